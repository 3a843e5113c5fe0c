-- What every script begins with: the queue's base key, its time, its meta fields.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
local base, call = KEYS[1], redis.call
local sub, match, format, concat = string.sub, string.match, string.format, table.concat

-- Envelopes and state records, in bucket hashes. A stored id's last two bytes are the field, the rest is the bucket.
local ENVELOPES, STATES = ':e:', ':s:'

-- The fields that most scripts look at are read at once, the others when they are asked for.
local META = base .. ':meta'
local meta, changed = {}, {}
do
  local values = call('HMGET', META, 'now', 'pending', 'running', 'due', 'paused', 'concurrency', 'maxDepth', 'largest', 'token', 'waiters', 'completed', 'finished', 'retainAge', 'retainCount')
  meta.now, meta.pending, meta.running, meta.due, meta.paused, meta.concurrency = unpack(values, 1, 6)
  meta.maxDepth, meta.largest, meta.token, meta.waiters, meta.completed = unpack(values, 7, 11)
  meta.finished, meta.retainAge, meta.retainCount = unpack(values, 12, 14)
end
setmetatable(meta, { __index = function(fields, field)
  local value = call('HGET', META, field)
  fields[field] = value
  return value
end })

-- A meta field as a number: 0 where it is not set.
local function count(field)
  return tonumber(meta[field]) or 0
end

-- The queue's time never goes back, whatever the server's clock does.
local time = call('TIME')
local now = math.max(math.floor(time[1] * 1000 + time[2] / 1000) + tonumber(ARGV[1]), count('now'))

local function set(field, value)
  meta[field] = value
  changed[field] = value
end

local function bump(field, by)
  set(field, count(field) + by)
end

-- Where the next scheduled or retrying job may be due: never later than it is. Nil when there is none.
local function next_due()
  return tonumber(meta.due)
end

-- How many more jobs may run now.
local function room()
  if meta.paused == '1' then
    return 0
  end
  local limit = tonumber(meta.concurrency)
  return limit and math.max(0, limit - count('running')) or math.huge
end

-- Calls a command with any number of arguments, within what Lua can unpack.
local function many(command, key, values, step)
  local last = #values
  step = step or 2000
  for first = 1, last, step do
    call(command, key, unpack(values, first, math.min(first + step - 1, last)))
  end
end
