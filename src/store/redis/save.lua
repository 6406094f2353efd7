-- Saves changes of one shard, all in one step: judges versions and fences, gives versions, writes the hash and the stream.
-- KEYS: meta (hash), entries (hash), stream. All in one slot.
-- ARGV: 1 epoch of the shard as the node knows it, 2 the token of this save, 3 the length of the stream, then five for each change:
--   key, value without its version (empty: the entry goes), source, the version asked for ('' for any), fence ('' for none).
-- Answers a list: for each change its version; or {current value or ''} when the version is another; or 'fence' when it is fenced.
local known = redis.call('HMGET', KEYS[1], 'epoch', 'version')
if known[1] ~= ARGV[1] then return redis.error_reply('EPOCH the store is another one') end
local version = tonumber(known[2])
local results = {}
local fences = {}
for at = 4, #ARGV, 5 do
  local key, value, source, wanted, fence = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local refusal = nil
  if fence ~= '' then
    if fences[source] == nil then
      fences[source] = tonumber(redis.call('HGET', KEYS[1], 'fence:' .. source) or 0)
    end
    if tonumber(fence) < fences[source] then refusal = 'fence' end
  end
  if refusal == nil and wanted ~= '' then
    local current = redis.call('HGET', KEYS[2], key)
    local there = 0
    if current and #current >= 10 then there = struct.unpack('<d', current, 3) end
    if there ~= tonumber(wanted) then refusal = { current or '' } end
  end
  if refusal == nil then
    version = version + 1
    if value == '' then
      redis.call('HDEL', KEYS[2], key)
    else
      value = string.sub(value, 1, 2) .. struct.pack('<d', version) .. string.sub(value, 11)
      redis.call('HSET', KEYS[2], key, value)
    end
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], string.format('%.0f-0', version), 'n', ARGV[2], 'k', key, 'v', value)
    results[#results + 1] = version
  else
    results[#results + 1] = refusal
  end
end
redis.call('HSET', KEYS[1], 'version', string.format('%.0f', version))
return results
