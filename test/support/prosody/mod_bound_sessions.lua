-- Tells in the log whenever somebody binds or loses a resource, and how many they have then.

local function count(session)
	local user = prosody.hosts[module.host].sessions[session.username];
	local bound = 0;
	for _ in pairs(user and user.sessions or {}) do bound = bound + 1; end
	return bound;
end

module:hook("resource-bind", function (event)
	module:log("info", "bound: %s has %d", event.session.username, count(event.session));
end);

module:hook("resource-unbind", function (event)
	module:log("info", "unbound: %s has %d", event.session.username, count(event.session));
end);
