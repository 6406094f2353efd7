// The names of the plugins that belong to this project, whether or not this version has them all.

/** Options that begin with one of these names are never mistyped options of the daemon; nothing else is imported on a guess. */
export const KNOWN_PLUGINS: readonly string[] = ['spreed', 'manual', 'xmpp', 'asterisk', 'irc']
