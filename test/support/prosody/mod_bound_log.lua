-- Logs how many sessions an account has, each time that these become more or fewer.
local function tell(event)
    local session = event.session;
    local account = prosody.bare_sessions[session.username .. "@" .. session.host];
    local count = 0;
    for _ in pairs(account and account.sessions or {}) do
        count = count + 1;
    end
    module:log("info", "bound %s@%s %d", session.username, session.host, count);
end

module:hook("resource-bind", tell);
module:hook("resource-unbind", tell);
