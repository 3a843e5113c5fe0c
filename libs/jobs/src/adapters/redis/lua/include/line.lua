-- The lines of pending jobs: a list a level of priority, and one of suspects. Lists are hints, the record decides.
local arrivals, departures = {}, {}
-- A list that is longer keeps the entry of a job that leaves it early: a claim skips it.
local SEARCHED = 1000

local function entry(id, generation)
  return generation == '0' and id or '#' .. generation .. '#' .. id
end

local function read_entry(text)
  if sub(text, 1, 1) == '#' then
    local generation, id = match(text, '^#(%d+)#(.*)$')
    return id, generation
  end
  return text, '0'
end

-- A job joins the end of its line; written by flush_lines.
local function arrive(id, record, priority)
  priority = tostring(priority)
  local level = arrivals[priority]
  if not level then
    level = { ordinary = {}, suspects = {} }
    arrivals[priority] = level
  end
  local entries = has(record, 's') and level.suspects or level.ordinary
  entries[#entries + 1] = entry(id, record.generation)
end

-- Jobs of a level are pending no more.
local function depart(priority, number)
  priority = tostring(priority)
  departures[priority] = (departures[priority] or 0) + number
end

-- A job that leaves the middle of its line takes its entry along where that is cheap.
local function leave_line(id, record)
  local list = has(record, 's') and base .. ':suspects' or base .. ':p:' .. record.priority
  if call('LLEN', list) <= SEARCHED then
    call('LREM', list, 1, entry(id, record.generation))
  end
  depart(record.priority, 1)
end

local function flush_lines()
  for priority, level in pairs(arrivals) do
    local ordinary, suspects = #level.ordinary, #level.suspects
    if ordinary > 0 then
      many('RPUSH', base .. ':p:' .. priority, level.ordinary)
      call('ZADD', base .. ':levels', priority, priority)
    end
    many('RPUSH', base .. ':suspects', level.suspects)
    depart(priority, -ordinary - suspects)
  end
  for priority, number in pairs(departures) do
    bump('pending', -number)
    if number ~= 0 and call('HINCRBY', base .. ':depths', priority, format('%.0f', -number)) <= 0 then
      -- Whatever its list still holds are entries of jobs that have left it.
      call('HDEL', base .. ':depths', priority)
      call('UNLINK', base .. ':p:' .. priority)
      call('ZREM', base .. ':levels', priority)
    end
  end
  arrivals, departures = {}, {}
end
