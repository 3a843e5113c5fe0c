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

-- Completes jobs of one bucket; answers how many. Their fields lie side by side; without them `bucket` is the whole id
-- of one job. Results are told apart by line breaks, which JSON has none of; '' where no job has one.
local function complete_run(bucket, packed, results, token)
  local fields = {}
  if packed == '' then
    bucket, fields[1] = sub(bucket, 1, -3), sub(bucket, -2)
  else
    for index = 1, #packed / 2 do
      fields[index] = sub(packed, 2 * index - 1, 2 * index)
    end
  end
  local result_of = {}
  local function result(index)
    if #result_of == 0 then
      for text in string.gmatch(results .. '\n', '([^\n]*)\n') do
        result_of[#result_of + 1] = text
      end
    end
    return result_of[index] or ''
  end
  local texts = call('HMGET', base .. STATES .. bucket, unpack(fields))
  local last, record, ours, drops
  local seen, gone, writes, done = {}, {}, {}, 0
  for index, field in ipairs(fields) do
    local text = texts[index]
    -- Jobs of one claim share their record.
    if text ~= last then
      last, record = text, text and parse(text)
      ours = record and leased_to(record, holder, token)
      drops = ours and (record.retain == '0' or (record.retain == '' and keeps_nothing))
    end
    place = place + 1
    if not ours or seen[field] then
      lost[#lost + 1] = place
    else
      seen[field], done = true, done + 1
      if drops then
        gone[#gone + 1] = field
        if record.flags ~= '' then
          drop_details(bucket .. field, record)
        end
      else
        local size = #writes
        writes[size + 1], writes[size + 2] = field, completed_head(record) .. result(index)
        index_kept(bucket .. field, record)
      end
      if waited_for then
        tell(bucket .. field, 'completed', result(index))
      end
    end
  end
  many('HDEL', base .. ENVELOPES .. bucket, gone)
  many('HDEL', base .. STATES .. bucket, gone)
  many('HSET', base .. STATES .. bucket, writes)
  return done
end

-- The jobs of one token that have completed, in runs of one bucket from ARGV[at] on.
local function complete_group(at, runs, token)
  local done = 0
  for _ = 1, runs do
    done = done + complete_run(ARGV[at], ARGV[at + 1], ARGV[at + 2], token)
    at = at + 3
  end
  if done > 0 then
    unlease(holder, token, done)
    bump('completed', done)
    settled = settled + done
  end
end
