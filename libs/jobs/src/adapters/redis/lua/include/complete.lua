-- The usual end: the job has completed. Jobs of one token are handled together, their index writes gathered.
local indexes = { [base .. ':completed'] = {}, [base .. ':kept:completed'] = {}, [base .. ':retained'] = {} }
local heads = {}

local function index_add(index, score, id)
  local writes = indexes[index]
  local size = #writes
  writes[size + 1], writes[size + 2] = score, id
end

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

local function complete(id, record, result)
  if record.retain == '0' or (record.retain == '' and keeps_nothing) then
    drop(id, record)
  else
    kept = kept + 1
    put(STATES, id, completed_head(record) .. result)
    index_add(finished_index(record, 'completed'), next_finish(), id)
    if record.retain ~= '' then
      index_add(base .. ':retained', format('%.0f', now + record.retain), id)
    end
  end
  if waited_for then
    tell(id, 'completed', result)
  end
end

-- The jobs of one token that have completed.
local function complete_group(first, number, token)
  local ids, done = {}, 0
  for index = 1, number do
    ids[index] = ARGV[first + 2 * index - 2]
  end
  local records = fetch(STATES, grouped(ids))
  for index = 1, number do
    local id, record = ids[index], records[index] and parse(records[index])
    place = place + 1
    if not record or ended[id] or not leased_to(record, holder, token) then
      lost[#lost + 1] = place
    else
      ended[id] = true
      done = done + 1
      complete(id, record, ARGV[first + 2 * index - 1])
    end
  end
  if done > 0 then
    unlease(holder, token, done)
    bump('completed', done)
    settled = settled + done
  end
end
