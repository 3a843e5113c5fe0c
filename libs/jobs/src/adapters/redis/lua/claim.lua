#!lua flags=allow-oom
-- Leases ready jobs to a holder: a suspect first where one may be, then by level and in order of arrival.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  holder
-- ARGV[7]  limit
-- ARGV[8]  lease, ms
-- ARGV[9]  whether one suspect may be among them: 'yes' or 'no'
-- Answers { token, 'more' or 'done', ms until the next due job or '', now, then a job each two: stored id, envelope; the
-- state record as it was and a line break stand before the envelope of a job that had one }.
-- @include queue
-- @include change
-- @include buckets
-- @include record
local PROMOTED, MOST_SPENT, BATCH = 500, 1000, 500
local holder = ARGV[6]
local leases = base .. ':leases:' .. holder
local reply = { '0', 'done', '', format('%.0f', now) }

local function answer(token)
  reply[1] = token
  -- Whoever is told of more comes back at once: a count alone, of jobs whose lines are gone, would bring it back for ever.
  local ordinary = count('pending') - call('LLEN', base .. ':suspects')
  reply[2] = room() > 0 and ordinary > 0 and call('EXISTS', base .. ':levels') == 1 and 'more' or 'done'
  reply[3] = next_due() and format('%.0f', math.max(0, next_due() - now)) or ''
  return reply
end

-- The same jobs again, as far as they are still leased by that claim.
if answered then
  local ids = {}
  for id in string.gmatch(call('HGET', leases, answered) or '', '[^\n]+') do
    ids[#ids + 1] = id
  end
  local groups = grouped(ids)
  local envelopes, records = fetch(ENVELOPES, groups), fetch(STATES, groups)
  for index, id in ipairs(ids) do
    local record = records[index] and parse(records[index])
    if envelopes[index] and record and record.state == 'running' and record.token == answered and record.holder == holder then
      local size = #reply
      reply[size + 1], reply[size + 2] = id, records[index] .. '\n' .. envelopes[index]
    end
  end
  return answer(answered)
end
-- @include line
-- @include due
-- @include finish
-- @include failure
-- @include promote-due

-- @include take
-- @include cut

call('ZADD', base .. ':holders', format('%.0f', now + tonumber(ARGV[8])), holder)
promote_due(PROMOTED)
local limit = math.min(tonumber(ARGV[7]), BATCH, room())
local suspect = false
while limit > 0 and ARGV[9] == 'yes' and not suspect and spent < MOST_SPENT do
  local text = call('LPOP', base .. ':suspects')
  if not text then
    break
  end
  spent = spent + 1
  take({ text }, '')
  suspect = #packed > 0
end
while #packed < limit and spent < MOST_SPENT and bytes <= BYTES do
  local level = call('ZRANGE', base .. ':levels', 0, 0, 'REV')[1]
  if not level then
    break
  end
  local list, wanted = base .. ':p:' .. level, limit - #packed
  local entries = call('LPOP', list, wanted)
  if entries then
    take(cut(entries, list), level)
  end
  if call('EXISTS', list) == 0 then
    call('ZREM', base .. ':levels', level)
  end
end
flush_buckets()
flush_lines()
local number = #packed
if number > 0 then
  set('token', token)
  bump('running', number)
  call('HSET', leases, token, concat(packed, '\n'), token .. '#', number)
else
  token = '0'
end
answer(token)
if reply[2] == 'more' or (suspect and room() > 0 and call('LLEN', base .. ':suspects') > 0) then
  wake()
end
commit(token)
return reply
