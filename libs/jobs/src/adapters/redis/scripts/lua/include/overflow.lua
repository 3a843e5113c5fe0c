-- Queues with a maximum: what happens to a job that would be one too many.
local max_depth = tonumber(meta.maxDepth)

local function depth()
  return count('pending') + call('ZCARD', base .. ':scheduled') + call('ZCARD', base .. ':retrying')
end

-- Gives up the oldest job of the lowest level. Suspects are spared: what a death brought back is never refused.
local function drop_oldest()
  while true do
    local level = call('ZRANGE', base .. ':levels', 0, 0)[1]
    if not level then
      return false
    end
    local text = call('LPOP', base .. ':p:' .. level)
    if not text then
      call('ZREM', base .. ':levels', level)
    else
      local id, generation = read_entry(text)
      local bucket, field = sub(id, 1, -3), sub(id, -2)
      local envelope = call('HGET', base .. ENVELOPES .. bucket, field)
      local record = envelope and record_of(envelope, call('HGET', base .. STATES .. bucket, field))
      if record and record.state == 'pending' and record.generation == generation and record.priority == level then
        depart(level, 1)
        give_up(id, record, 'dropped', ',"maxDepth":' .. max_depth)
        return true
      end
    end
  end
end

-- Adds a job where there is room, or does what the queue does when it is full.
local function add_within(id, job)
  if depth() >= max_depth then
    if meta.onFull ~= 'drop-newest' and meta.onFull ~= 'drop-oldest' then
      return 'rejected:' .. max_depth
    end
    if meta.onFull == 'drop-newest' or not drop_oldest() then
      put(ENVELOPES, id, stamp .. job.envelope)
      give_up(id, fresh(stamp .. job.envelope), 'dropped', ',"maxDepth":' .. max_depth)
      return 'dropped:' .. max_depth
    end
  end
  return add(id, job)
end
