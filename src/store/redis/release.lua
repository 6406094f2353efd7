-- Gives a lease back, and tells of it in the stream, so that others ask at once.
-- KEYS: meta (hash), lease (string), stream. All in one slot.
-- ARGV: 1 who gives it back, 2 token, 3 the length of the stream, 4 key that tells of it.
-- Answers 1, or 0 when they did not hold it.
local holder = redis.call('GET', KEYS[2])
if not holder or string.match(holder, '^(%S+) ') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
local version = redis.call('HGET', KEYS[1], 'version')
if version then
  version = string.format('%.0f', tonumber(version) + 1)
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], version .. '-0', 'n', ARGV[2], 'k', ARGV[4], 'v', '')
  redis.call('HSET', KEYS[1], 'version', version)
end
return 1
