-- Greets a shard on a new connection: makes it if it isn't there, and notes which life of which server holds it now.
-- A new life may have lost the last changes (a failover, a crash): versions and fences jump, so that none is given twice, and leases
-- rest for a while, since a grant may have been lost as well.
-- A stream that has got ahead of the versions (somebody else has written into it) makes them jump as well, or is begun anew.
-- KEYS: meta (hash), rest (string), stream. All in one slot.
-- ARGV: 1 the server's life, 2 an epoch for a new shard, 3 the number of shards, 4 how long leases rest after a new life, in ms,
--   5 the same for a new shard (0: not at all), 6 the format,
--   7 how far versions jump.
-- Answers epoch, number of shards, format, version, and the version before the last jump ('' when there was none).
local known = redis.call('HMGET', KEYS[1], 'epoch', 'shards', 'format', 'version', 'life', 'before')
local rest = 0
local last = 0
local kind = redis.call('TYPE', KEYS[3]).ok
if kind == 'stream' then
  local facts = redis.call('XINFO', 'STREAM', KEYS[3])
  for at = 1, #facts, 2 do
    if facts[at] == 'last-generated-id' then last = tonumber(string.match(facts[at + 1], '^(%d+)')) end
  end
end
if last > 4503599627370496 or (kind ~= 'stream' and kind ~= 'none') then
  redis.call('DEL', KEYS[3])
  last = 0
end
if not known[1] then
  known = { ARGV[2], ARGV[3], ARGV[6], string.format('%.0f', last) }
  redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'shards', ARGV[3], 'format', ARGV[6], 'version', known[4], 'life', ARGV[1], 'fence', '0')
  rest = tonumber(ARGV[5])
elseif known[5] ~= ARGV[1] or last > tonumber(known[4] or 0) then
  local before = math.max(tonumber(known[4] or 0), last)
  known[4] = string.format('%.0f', before + tonumber(ARGV[7]))
  known[6] = string.format('%.0f', before)
  redis.call('HSET', KEYS[1], 'version', known[4], 'life', ARGV[1], 'before', known[6])
  redis.call('HINCRBY', KEYS[1], 'fence', 1000)
  rest = tonumber(ARGV[4])
end
if rest > 0 then redis.call('SET', KEYS[2], '1', 'PX', rest) end
return { known[1], known[2], known[3], known[4], known[6] or '' }
