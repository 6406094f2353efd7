-- Asks for a lease, or renews it.
-- KEYS: meta (hash), rest (string), lease (string: its holder, a space, the fence). All in one slot.
-- ARGV: 1 who asks, 2 for how many ms, 3 the fence under which they believe to hold it (0: they don't).
-- Answers the fence under which they hold it now; 0 when they don't.
local holder = redis.call('GET', KEYS[3])
if holder then
  local name, fence = string.match(holder, '^(%S+) (%d+)$')
  if name ~= ARGV[1] then return 0 end
  redis.call('PEXPIRE', KEYS[3], ARGV[2])
  return tonumber(fence)
end
-- Its holder may still believe in a grant that the server has lost.
if ARGV[3] == '0' and redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('SET', KEYS[3], ARGV[1] .. ' ' .. fence, 'PX', ARGV[2])
return fence
