-- Schedules: a definition that no script reads, and a state that only scripts write.
local DEFINITIONS, TIMES, DUE, WAITING = base .. ':schedules', base .. ':schedules:state', base .. ':schedules:due', base .. ':schedules:waiting'

-- The state of a schedule; nil when there is none that this version can read.
local function read_schedule(id)
  local text = call('HGET', TIMES, id)
  if not text then
    return nil
  end
  local revision, at, due, last, runs, waiting, recent = match(text, '^v1|(%d+)|(%d*)|(%d*)|(%d*)|(%d+)|(%d*)|(.*)$')
  if not revision then
    return nil
  end
  return { revision = revision, time = at, due = due, last = last, runs = runs, waiting = waiting, recent = recent }
end

-- True while a job has not ended. One that cannot be read counts as ended: it must not hold up its schedule for ever.
local ENDED = { completed = true, failed = true, cancelled = true, unreadable = true }
local function is_unfinished(id)
  local bucket, field = sub(id, 1, -3), sub(id, -2)
  local envelope = call('HGET', base .. ENVELOPES .. bucket, field)
  return envelope and not ENDED[record_of(envelope, call('HGET', base .. STATES .. bucket, field)).state]
end

-- The stored ids of those among its last jobs that have not ended.
local function unfinished_of(schedule)
  local ids = {}
  for id in string.gmatch(schedule.recent, '[^\n]+') do
    if is_unfinished(id) then
      ids[#ids + 1] = id
    end
  end
  return ids
end
