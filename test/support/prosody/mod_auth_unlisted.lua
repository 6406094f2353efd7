-- An authentication backend that knows its users but can't list them, as LDAP, HTTP or PAM backends often can't.

local accounts = module:open_store("accounts");
local new_sasl = require "util.sasl".new;
local provider = {};

function provider.test_password(username, password)
	local account = accounts:get(username);
	return account ~= nil and account.password == password;
end

function provider.user_exists(username)
	return accounts:get(username) ~= nil;
end

function provider.create_user(username, password)
	return accounts:set(username, { password = password });
end

function provider.delete_user(username)
	return accounts:set(username, nil);
end

function provider.get_sasl_handler()
	return new_sasl(module.host, {
		plain_test = function (_, username, password)
			return provider.test_password(username, password), true;
		end;
	});
end

module:provides("auth", provider);
