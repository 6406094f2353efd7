-- Saves one record, unless its fence is an old one, and tells of it in the stream of its shard.
-- KEYS: meta (hash), records (hash), stream. All in one slot.
-- ARGV: 1 epoch, 2 token of this save, 3 the length of the stream, 4 key, 5 JSON, 6 source and 7 fence of the guard ('' for none).
-- Answers its version, or 0 when it is fenced.
local known = redis.call('HMGET', KEYS[1], 'epoch', 'version', 'fence:' .. ARGV[6])
if known[1] ~= ARGV[1] then return redis.error_reply('EPOCH the store is another one') end
if ARGV[7] ~= '' and tonumber(ARGV[7]) < tonumber(known[3] or 0) then return 0 end
local version = string.format('%.0f', tonumber(known[2]) + 1)
redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], version .. '-0', 'n', ARGV[2], 'k', ARGV[4], 'v', ARGV[5])
redis.call('HSET', KEYS[1], 'version', version)
return tonumber(version)
