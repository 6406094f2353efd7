// A presence.cfg as Kopano's package had it, with every option set, and each to something else than its default.

export const OLD_FILE = `##############################################################
# PRESENCE SETTINGS

data_path           =   /srv/presence/
data_save_interval   =   5
run_as_user         = groupware
run_as_group        = groupware
pid_file            =   /run/presence/old.pid
running_path = /srv

server_bind = 0.0.0.0
server_port = 4321
server_auth_user = somebody
server_auth_password = something
server_secret_key = GEHEIM
server_token_expire = 10

log_method          =   syslog
log_level           =   5
log_file            =   /var/log/presence.log
log_timestamp       =   0

plugins = xmpp spreed
xmpp_jid = presence@chat.example.com
xmpp_password = p#ss = word
xmpp_user_id_strip_domain = yes
spreed_auto_unavailable = 3
`
