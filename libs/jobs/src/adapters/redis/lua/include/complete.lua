-- The usual end: the job has completed. Jobs of one token that lie in one bucket are handled together.
local heads, completed, kept_completed, retained = {}, {}, {}, {}

-- The completed record of all jobs that share a running one, up to the result.
local function completed_head(record)
  local head = heads[record]
  if not head then
    head = render(record, {
      state = 'completed', token = '0', holder = '', at = now, order = '', result = '',
      attempts = record.attempts + 1, flags = without(record.flags, 'sc'),
    })
    heads[record] = head
  end
  return head
end

-- Gathers what a job that is kept is to be found by.
local function index_kept(id, record)
  local own = own_retention(record, 'completed')
  local writes = own and kept_completed or completed
  local size = #writes
  writes[size + 1], writes[size + 2] = next_finish(), id
  if own then
    local number = #retained
    retained[number + 1], retained[number + 2] = format('%.0f', now + record.retain), id
  end
  kept = kept + 1
end

-- Completes jobs of one bucket, whose results are in ARGV from `result` on, every second; answers how many.
local function complete_run(bucket, ids, fields, token, result)
  local texts = call('HMGET', base .. STATES .. bucket, unpack(fields))
  local last, record, ours, drops
  local gone, writes, done = {}, {}, 0
  for index = 1, #ids do
    local id, text = ids[index], texts[index]
    -- Jobs of one claim share their record.
    if text ~= last then
      last, record = text, text and parse(text)
      ours = record and leased_to(record, holder, token)
      drops = ours and (record.retain == '0' or (record.retain == '' and keeps_nothing))
    end
    place = place + 1
    if not ours or ended[id] then
      lost[#lost + 1] = place
    else
      ended[id], done = true, done + 1
      if drops then
        gone[#gone + 1] = fields[index]
        drop_details(id, record)
      else
        local size = #writes
        writes[size + 1], writes[size + 2] = fields[index], completed_head(record) .. ARGV[result + 2 * index - 2]
        index_kept(id, record)
      end
      if waited_for then
        tell(id, 'completed', ARGV[result + 2 * index - 2])
      end
    end
  end
  many('HDEL', base .. ENVELOPES .. bucket, gone)
  many('HDEL', base .. STATES .. bucket, gone)
  many('HSET', base .. STATES .. bucket, writes)
  return done
end

-- The jobs of one token that have completed: their ids in ARGV from `first` on, every second.
local function complete_group(first, number, token)
  local index, done = 0, 0
  while index < number do
    local id = ARGV[first + 2 * index]
    local bucket, ids, fields, from = sub(id, 1, -3), {}, {}, index
    repeat
      local size = #ids + 1
      ids[size], fields[size] = id, sub(id, -2)
      index = index + 1
      id = index < number and ARGV[first + 2 * index] or ''
    until sub(id, 1, -3) ~= bucket or index == number or size == 1000
    done = done + complete_run(bucket, ids, fields, token, first + 2 * from + 1)
  end
  if done > 0 then
    unlease(holder, token, done)
    bump('completed', done)
    settled = settled + done
  end
end
