-- Raises the fence of a source in one shard, never lowers it.
-- KEYS: meta (hash). ARGV: 1 epoch, 2 source, 3 fence.
local known = redis.call('HMGET', KEYS[1], 'epoch', 'fence:' .. ARGV[2])
if known[1] ~= ARGV[1] then return redis.error_reply('EPOCH the store is another one') end
if tonumber(ARGV[3]) > tonumber(known[2] or 0) then redis.call('HSET', KEYS[1], 'fence:' .. ARGV[2], ARGV[3]) end
return 1
