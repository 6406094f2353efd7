// The package prosody-mod-kopano-presence: the module with which one account of Prosody sees everybody.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tree } from './files.ts'
import { type Making, pack } from './package.ts'

const NAME = 'prosody-mod-kopano-presence'

const README = `Prosody finds the module by itself. Enable it for the domain whose users
kopano-presence shall see, in /etc/prosody/prosody.cfg.lua or in a file
of /etc/prosody/conf.d/, and name the account that kopano-presence logs
in with:

    VirtualHost "example.com"
        modules_enabled = { "presence_bot" }
        presence_bot = "bot"

Then restart Prosody, and make the account: prosodyctl adduser
bot@example.com. What the account is for stands in
/usr/share/doc/kopano-presence/docs/installing.md.
`

/** Returns the path of the archive. */
export function prosodyPackage(making: Making): string {
  const tree = new Tree(join(making.work, NAME))
  const module = 'mod_presence_bot.lua'
  tree.copy(join(making.root, 'src/plugins/xmpp/prosody', module), `usr/lib/prosody/modules/${module}`)
  tree.write(`usr/share/doc/${NAME}/README.Debian`, README)
  tree.write(`usr/share/doc/${NAME}/copyright`, readFileSync(join(making.root, 'LICENSE'), 'utf8'))
  tree.copy(join(making.root, 'deploy/debian/prosody-lintian-overrides'), `usr/share/lintian/overrides/${NAME}`)
  tree.settleModes(() => false)
  return pack(
    tree,
    {
      ...{ name: NAME, architecture: 'all' },
      fields: { Depends: 'prosody (>= 0.12)', Enhances: 'prosody, kopano-presence' },
      summary: 'Prosody module by which one account sees who is there',
      text: [
        "This module of Prosody lets one account of a domain see every user's presence, without touching anybody's roster. kopano-presence logs in with that account.",
      ],
    },
    making,
  )
}
