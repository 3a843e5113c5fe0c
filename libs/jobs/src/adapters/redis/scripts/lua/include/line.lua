-- The lines of pending jobs: a list a level of priority, and one of suspects. Lists are hints, the record decides.
local arrivals, suspects, departures = {}, {}, {}
-- A list that is longer keeps the entry of a job that leaves it early: a claim skips it, ticks sweep it.
local SEARCHED = 1000

local function entry(id, generation)
  return generation == '0' and id or '#' .. generation .. '#' .. id
end

local function read_entry(text)
  if sub(text, 1, 1) == '#' then
    local generation, id = match(text, '^#(%d+)#(.*)$')
    if id then
      return id, generation
    end
  end
  -- What is no entry names no job either.
  return text, '0'
end

-- Jobs of a level are pending no more.
local function depart(priority, number)
  priority = tostring(priority)
  departures[priority] = (departures[priority] or 0) + number
end

-- A job joins the end of its line; written by flush_lines.
local function arrive(id, record, priority)
  local level = tostring(priority)
  local entries = suspects
  if not has(record, 's') then
    entries = arrivals[level] or {}
    arrivals[level] = entries
  end
  entries[#entries + 1] = entry(id, record.generation)
  depart(level, -1)
end

-- A job that leaves the middle of its line takes its entry along where that is cheap.
local function leave_line(id, record)
  local list = has(record, 's') and base .. ':suspects' or base .. ':p:' .. record.priority
  if call('LLEN', list) <= SEARCHED then
    call('LREM', list, 1, entry(id, record.generation))
  else
    bump('strewn', 1)
  end
  depart(record.priority, 1)
end

local function flush_lines()
  for priority, entries in pairs(arrivals) do
    many('RPUSH', base .. ':p:' .. priority, entries)
    call('ZADD', base .. ':levels', priority, priority)
  end
  many('RPUSH', base .. ':suspects', suspects)
  for priority, number in pairs(departures) do
    bump('pending', -number)
    if number ~= 0 and call('HINCRBY', base .. ':depths', priority, format('%.0f', -number)) <= 0 then
      -- Whatever its list still holds are entries of jobs that have left it.
      call('HDEL', base .. ':depths', priority)
      call('UNLINK', base .. ':p:' .. priority)
      call('ZREM', base .. ':levels', priority)
    end
  end
  arrivals, suspects, departures = {}, {}, {}
end
