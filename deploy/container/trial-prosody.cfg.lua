-- Prosody in the trial of compose.yaml: without TLS, so for this machine alone.
plugin_paths = { "/usr/local/lib/prosody/kopano-presence" }
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "presence", "smacks", "carbons", "blocklist", "vcard4" }
modules_disabled = { "s2s" }
authentication = "internal_hashed"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
log = { info = "*console" }

VirtualHost "example.com"
    modules_enabled = { "presence_bot" }
    presence_bot = "bot"
