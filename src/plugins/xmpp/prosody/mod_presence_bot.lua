-- Lets one account of a VirtualHost see the presence of every user, without touching anybody's roster.
--
--   VirtualHost "example.com"
--       modules_enabled = { "presence_bot" }
--       presence_bot = "bot"      -- the account's name, without @ and domain
--
-- Written for Prosody 0.12. The account's roster holds every user as a contact (subscription "to") in memory only. The users'
-- rosters stay as they are: this module hands their presence on, and answers for them when the account asks (probes).

local jid_bare, jid_join, jid_prep = import("util.jid", "bare", "join", "prep");
local usermanager = require "core.usermanager";
local rostermanager = require "core.rostermanager";
local st = require "util.stanza";

local host, bare_sessions = module.host, prosody.bare_sessions;
local presence = module:depends("presence");

local bot = module:get_option_string("presence_bot", "presence");
local bot_jid = jid_prep(jid_join(bot, host));
if not bot_jid or bot:find("@", 1, true) then
	error("presence_bot must be the name of an account of " .. host .. ", without @ and domain; it is \"" .. bot .. "\"");
end
bot = bot_jid:sub(1, -2 - #host);

-- Where the authentication backend can't list its users, everybody who has logged in since is remembered, here and on disk.
local seen_store = module:open_store("presence_bot", "map");
local seen = module:open_store("presence_bot"):get(bot) or {};
local can_list;

-- What `for ... in` needs to go through the names of all accounts, or nil where nobody can tell.
local function list_users()
	local iterator, state, first = usermanager.users(host);
	can_list = iterator ~= nil;
	return iterator, state, first;
end

local function remember(username)
	if can_list == nil then list_users(); end
	if can_list or seen[username] then return; end
	seen[username] = true;
	seen_store:set(bot, username, true);
end

-- The bot's roster while it is logged in, else nil: nobody needs to be told anything then.
local function online_roster()
	local user = bare_sessions[bot_jid];
	return user and user.roster;
end

local function sees(roster, jid)
	local item = roster[jid];
	return item ~= nil and (item.subscription == "to" or item.subscription == "both");
end

-- Makes a user a contact. `persist = false` marks what is ours, so that it can go again; real subscriptions are kept.
local function grant(roster, jid)
	local item = roster[jid];
	if not item then
		roster[jid] = { subscription = "to", groups = {}, persist = false };
	elseif item.subscription == "none" then
		item.subscription = "to";
	elseif item.subscription == "from" then
		item.subscription = "both";
	end
end

-- Tells the bot what a user's devices say now, or that none is online.
local function tell_state(username, jid)
	if presence.send_presence_of_available_resources(username, host, bot_jid, prosody.hosts[host]) == 0 then
		module:send(st.presence({ from = jid, to = bot_jid, type = "unavailable" }));
	end
end

-- A user exists: if the bot is online and doesn't know of them, it learns it now.
local function cover(username)
	if username == bot then return; end
	local jid, roster = jid_join(username, host), online_roster();
	if not roster or sees(roster, jid) then return; end
	grant(roster, jid);
	rostermanager.roster_push(bot, host, jid);
	tell_state(username, jid);
end

-- A user is gone: so is the contact, as far as it was ours.
local function uncover(jid)
	local roster = online_roster();
	local item = roster and roster[jid];
	if not item or item.persist ~= false then return; end
	roster[jid] = nil;
	rostermanager.roster_push(bot, host, jid);
end

-- Everybody there is, as a set of JIDs.
local function everybody()
	local wanted = {};
	local iterator, state, first = list_users();
	if iterator then
		for username in iterator, state, first do wanted[jid_join(username, host)] = true; end
	else
		for username in pairs(seen) do wanted[jid_join(username, host)] = true; end
	end
	for username in pairs(prosody.hosts[host].sessions) do wanted[jid_join(username, host)] = true; end
	wanted[bot_jid] = nil;
	return wanted;
end

-- At each login of the bot its contacts become exactly the users there are, whatever changed while it was away.
local function refresh(roster)
	local wanted = everybody();
	for jid, item in pairs(roster) do
		if jid and item.persist == false and not wanted[jid] then roster[jid] = nil; end
	end
	for jid in pairs(wanted) do grant(roster, jid); end
end

module:hook("resource-bind", function (event)
	local session = event.session;
	if session.username == bot then
		refresh(session.roster);
	else
		remember(session.username);
		cover(session.username);
	end
end);

-- What a client of the bot remembers of the roster (XEP-0237) can't be trusted: users come and go without a new version.
module:hook("iq/self/jabber:iq:roster:query", function (event)
	if event.origin.username == bot then event.stanza.tags[1].attr.ver = nil; end
end, 10);

module:hook("presence/bare", function (event)
	local origin, stanza = event.origin, event.stanza;
	local kind, to = stanza.attr.type, stanza.attr.to;
	local roster = online_roster();
	if not roster then return; end
	if to == nil then
		-- Presence for everyone: the bot's copy. Whoever has the bot in their own roster sends it without our help.
		if kind ~= nil and kind ~= "unavailable" or origin.username == bot then return; end
		local own = origin.roster and origin.roster[bot_jid];
		if own and (own.subscription == "from" or own.subscription == "both") then return; end
		if not sees(roster, jid_join(origin.username, host)) then return; end
		stanza.attr.to = bot_jid;
		prosody.core_post_stanza(origin, stanza, true);
		stanza.attr.to = nil;
	elseif kind == "probe" and jid_bare(stanza.attr.from) == bot_jid and sees(roster, to) then
		local username = to:sub(1, -2 - #host);
		tell_state(username, to);
		return true;
	end
end, 10);

module:hook("user-registered", function (event)
	if event.host == host then cover(event.username); end
end);

module:hook_global("user-deleted", function (event)
	if event.host ~= host then return; end
	if seen[event.username] then
		seen[event.username] = nil;
		seen_store:set(bot, event.username, nil);
	end
	uncover(jid_join(event.username, host));
end);

-- Loaded while the bot is online already: it learns of everybody now. Unloaded: our contacts go.
function module.load()
	if not online_roster() then return; end
	for jid in pairs(everybody()) do cover(jid:sub(1, -2 - #host)); end
end

function module.unload()
	for jid in pairs(online_roster() or {}) do
		if jid then uncover(jid); end
	end
end
