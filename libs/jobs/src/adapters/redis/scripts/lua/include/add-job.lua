-- Adds one job that is not there: pending, or scheduled for its time.
local NEW = { generation = '0', flags = '' }

local function due_at(text)
  if text == '' then
    return now
  end
  local value = tonumber(sub(text, 2))
  return sub(text, 1, 1) == '+' and now + value or value
end

local function add(id, job)
  local envelope = stamp .. job.envelope
  largest = math.max(largest, #envelope)
  put(ENVELOPES, id, envelope)
  if job.due == '' or due_at(job.due) <= now then
    arrive(id, NEW, job.priority)
    return 'pending'
  end
  local record, at = fresh(envelope), due_at(job.due)
  local order = defer(id, 'scheduled', at)
  put(STATES, id, render(record, { state = 'scheduled', at = at, order = order }))
  return 'scheduled'
end
