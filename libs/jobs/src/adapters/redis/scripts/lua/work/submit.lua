#!lua
-- Adds jobs; an id that is there is left as it is. Refused whole by a Redis at maxmemory, before anything has changed.
-- KEYS[1]    base key of the queue
-- ARGV[1]    offset of the clock, ms
-- ARGV[2]    where notices go: 'keys' or 'shards'
-- ARGV[3]    sender
-- ARGV[4]    slot
-- ARGV[5]    sequence
-- ARGV[6]    priority of a run of jobs
-- ARGV[7]    when they are due: '' at once, '+ms' from now, '@ms' epoch
-- ARGV[8]    how many jobs the run has
-- ARGV[9..]  a job each two: stored id, envelope; then the next run in the same way
-- Answers words joined by commas, one a job: pending | scheduled | duplicate:<state> | rejected:<depth> |
-- dropped:<depth> | too-many-scheduled:<number>; '*<word>' when all are the same.
-- @include queue
-- @include change
if answered then
  -- WAIT asks for the last write of its own connection, and this one may have made none: a time as it is anyway is one.
  call('HSET', META, 'now', format('%.0f', now))
  return answered
end
local stamp = format('%013.0f', now)
local largest = count('largest')

-- Jobs that come while somebody stands by and nothing else waits. Answers whether they were taken.
local function offer(level, ids, groups)
  -- @include hand-over
  return hand_over(level, ids, groups)
end

-- Jobs as nearly all are: one run, due at once, in a queue without a maximum, and none of them is there. Answers nil,
-- having changed nothing, where one is. The rest of this script is not even made for them.
local function add_plain()
  local level, number, groups, seen, ids = ARGV[6], tonumber(ARGV[8]), {}, {}, {}
  local last, fields, values
  for index = 1, number do
    local id = ARGV[7 + 2 * index]
    if seen[id] then
      return nil
    end
    seen[id], ids[index] = true, id
    local bucket, envelope = sub(id, 1, -3), stamp .. ARGV[8 + 2 * index]
    if bucket ~= last then
      last, fields, values = bucket, {}, {}
      groups[#groups + 1] = { bucket, fields, values }
    end
    local size = #fields
    local field = sub(id, -2)
    fields[size + 1], values[2 * size + 1], values[2 * size + 2] = field, field, envelope
    largest = math.max(largest, #envelope)
  end
  for _, group in ipairs(groups) do
    local there = call('HMGET', base .. ENVELOPES .. group[1], unpack(group[2]))
    for index = 1, #there do
      if there[index] then
        return nil
      end
    end
  end
  for _, group in ipairs(groups) do
    call('HSET', base .. ENVELOPES .. group[1], unpack(group[3]))
  end
  if was_pending == 0 and call('EXISTS', base .. ':standby') == 1 and offer(level, ids, groups) then
    return '*pending'
  end
  if call('RPUSH', base .. ':p:' .. level, unpack(ids)) == number then
    call('ZADD', base .. ':levels', level, level)
  end
  call('HINCRBY', base .. ':depths', level, number)
  bump('pending', number)
  return '*pending'
end

-- Any jobs, each looked at by itself.
local function add_each()
  -- @include submit-each
end

local reply = ARGV[7] == '' and #ARGV == 8 + 2 * ARGV[8] and not tonumber(meta.maxDepth) and add_plain() or add_each()
if largest > count('largest') then
  set('largest', largest)
end
if has_news() then
  wake()
end
return commit(reply)
