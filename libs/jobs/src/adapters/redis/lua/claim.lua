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
-- Answers { token, 'more' or 'done', ms until the next due job or '', now, then a job each three: stored id, envelope,
-- state record as it was ('' for a fresh job) }.
-- @include queue
-- @include change
-- @include buckets
-- @include record
local PROMOTED, SKIPPED, BYTES, BATCH = 500, 1000, 1048576, 500
local holder = ARGV[6]
local leases = base .. ':leases:' .. holder
local reply = { '0', 'done', '', format('%.0f', now) }

local function answer(token)
  reply[1] = token
  reply[2] = room() > 0 and count('pending') - call('LLEN', base .. ':suspects') > 0 and 'more' or 'done'
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
      reply[size + 1], reply[size + 2], reply[size + 3] = id, envelopes[index], records[index]
    end
  end
  return answer(answered)
end
-- @include line
-- @include due
-- @include finish
-- @include failure
-- @include promote-due

local token = format('%.0f', count('token') + 1)
local packed, taken = {}, {}
local RUNNING = { state = 'running', token = token, holder = holder, at = now, startedAt = now, order = '' }

local function lease(id, envelope, before, after)
  put(STATES, id, after)
  local size = #reply
  reply[size + 1], reply[size + 2], reply[size + 3] = id, envelope, before
  packed[#packed + 1] = id
  taken[id] = true
end

-- What this version cannot read it leaves alone, for a process that can; what none could have written fails.
local function set_aside(id, envelope, level)
  local version = match(envelope, '^%d+v(%d+)|')
  local record = {
    state = 'pending', token = '0', holder = '', generation = '0', attempts = '0', crashes = '0', strays = '0',
    flags = '', priority = level, at = now, startedAt = '', retain = '', expiresAt = '', order = '', result = '',
  }
  if version and version ~= '1' then
    local order = defer(id, 'scheduled', now + 30000)
    put(STATES, id, render(record, { state = 'scheduled', at = now + 30000, order = order }))
  else
    give_up(id, record, 'corrupt')
  end
  taken[id] = true
end

-- Leases the job of an entry that says more than the usual; answers whether it was pending in this line.
local function take_special(id, generation, level, envelope, text)
  local record = text and parse(text) or fresh(envelope)
  if not record or record.state == 'unreadable' then
    set_aside(id, envelope, level)
    depart(level, 1)
    return true
  end
  if record.state ~= 'pending' or record.generation ~= generation or (level ~= '' and record.priority ~= level) then
    return false
  end
  depart(record.priority, 1)
  if not match(envelope, FRESH_HEAD) then
    set_aside(id, envelope, record.priority)
  elseif expired(record) then
    give_up_expired(id, record, tonumber(sub(envelope, 1, 13)))
    taken[id] = true
  else
    lease(id, envelope, text or '', render(record, RUNNING))
  end
  return true
end

-- Leases what is still pending of a line's entries. Jobs as they were submitted share one new record, and one look at
-- the head of the envelope tells them: version 1, no time to live, nothing kept or the queue's retention, this level.
local function take(entries, level)
  local ids, generations = {}, {}
  for index = 1, #entries do
    ids[index], generations[index] = read_entry(entries[index])
  end
  local groups = grouped(ids)
  local envelopes, records = fetch(ENVELOPES, groups), fetch(STATES, groups)
  local kept_head, dropped_head = 'v1|||' .. level .. '|', 'v1||0|' .. level .. '|'
  local kept_end, dropped_end = 13 + #kept_head, 13 + #dropped_head
  local model = fresh('0000000000000v1|||' .. (level == '' and '0' or level) .. '|0|0|')
  local kept = render(model, RUNNING)
  RUNNING.retain = '0'
  local dropped = render(model, RUNNING)
  RUNNING.retain = nil
  local plain, stale = 0, 0
  for index = 1, #ids do
    local id, envelope, text = ids[index], envelopes[index], records[index]
    if not envelope or taken[id] then
      stale = stale + 1
    elseif not text and sub(envelope, 14, kept_end) == kept_head and generations[index] == '0' then
      plain = plain + 1
      lease(id, envelope, '', kept)
    elseif not text and sub(envelope, 14, dropped_end) == dropped_head and generations[index] == '0' then
      plain = plain + 1
      lease(id, envelope, '', dropped)
    elseif not take_special(id, generations[index], level, envelope, text) then
      stale = stale + 1
    end
  end
  if plain > 0 then
    depart(level, plain)
  end
  return stale
end

-- Keeps what one script may carry, and puts the rest back. Looked at only in queues that have had large jobs.
local bytes = 0
local function cut(entries, list)
  if #entries * count('largest') <= BYTES then
    return entries
  end
  local kept = {}
  for index = 1, #entries do
    local id = read_entry(entries[index])
    local size = call('HSTRLEN', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2))
    if bytes + size > BYTES and bytes > 0 then
      local rest = {}
      for place = #entries, index, -1 do
        rest[#rest + 1] = entries[place]
      end
      many('LPUSH', list, rest)
      bytes = BYTES + 1
      return kept
    end
    bytes = bytes + size
    kept[index] = entries[index]
  end
  return kept
end

call('ZADD', base .. ':holders', format('%.0f', now + tonumber(ARGV[8])), holder)
promote_due(PROMOTED)
local limit = math.min(tonumber(ARGV[7]), BATCH, room())
local skipped, suspect = 0, false
while limit > 0 and ARGV[9] == 'yes' and not suspect and skipped < SKIPPED do
  local text = call('LPOP', base .. ':suspects')
  if not text then
    break
  end
  skipped = skipped + 1
  take({ text }, '')
  suspect = #packed > 0
end
while #packed < limit and skipped < SKIPPED and bytes <= BYTES do
  local level = call('ZRANGE', base .. ':levels', 0, 0, 'REV')[1]
  if not level then
    break
  end
  local list, wanted = base .. ':p:' .. level, limit - #packed
  local entries = call('LPOP', list, wanted)
  if entries then
    skipped = skipped + take(cut(entries, list), level)
  end
  if not entries or #entries < wanted then
    if call('EXISTS', list) == 0 then
      call('ZREM', base .. ':levels', level)
    end
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
