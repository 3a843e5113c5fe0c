#!lua flags=allow-oom
-- Forgets jobs that wait, at most so many a call.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  how many at most
-- Answers '<how many>:more' or '<how many>:done'.
-- @include queue
-- @include change
if answered then
  return answered
end
-- @include buckets
-- @include record
-- @include line
-- @include due
-- @include finish
local bound, forgotten, looked_at = tonumber(ARGV[6]), 0, 0

-- Drops the jobs of a line's entries that are pending; others have left entries behind.
local function clear_line(list, level)
  local entries = call('LPOP', list, bound - looked_at)
  if not entries then
    return false
  end
  looked_at = looked_at + #entries
  local ids, generations = {}, {}
  for index = 1, #entries do
    ids[index], generations[index] = read_entry(entries[index])
  end
  local records, seen = fetch(STATES, grouped(ids)), {}
  for index, id in ipairs(ids) do
    local record = records[index] and parse(records[index])
    local pending
    if record then
      pending = record.state == 'pending' and record.generation == generations[index]
    else
      pending = call('HSTRLEN', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2)) > 0
    end
    if pending and not seen[id] then
      seen[id] = true
      forgotten = forgotten + 1
      depart(record and record.priority or level, 1)
      drop(id, record or { flags = '' })
    end
  end
  flush_buckets()
  flush_lines()
  return true
end

local lines = call('ZRANGE', base .. ':levels', 0, -1)
lines[#lines + 1] = false
for _, level in ipairs(lines) do
  local list = level and base .. ':p:' .. level or base .. ':suspects'
  while looked_at < bound and clear_line(list, level) do
  end
  if level and looked_at < bound then
    call('ZREM', base .. ':levels', level)
    call('HDEL', base .. ':depths', level)
  end
end
for _, state in ipairs({ 'scheduled', 'retrying' }) do
  if looked_at < bound then
    local popped, ids = call('ZPOPMIN', base .. ':' .. state, bound - looked_at), {}
    for index = 1, #popped, 2 do
      ids[#ids + 1] = sub(popped[index], 13)
    end
    local records = fetch(STATES, grouped(ids))
    for index, id in ipairs(ids) do
      drop(id, records[index] and parse(records[index]) or { flags = '' })
    end
    looked_at, forgotten = looked_at + #ids, forgotten + #ids
    flush_buckets()
  end
end
if looked_at < bound then
  call('UNLINK', base .. ':depths')
  set('pending', 0)
end
read_due()
return commit(forgotten .. (looked_at < bound and ':done' or ':more'))
