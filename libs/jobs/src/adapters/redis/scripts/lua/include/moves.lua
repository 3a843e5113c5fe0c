-- Moves by hand, a job at a time: each job is written before the next is read, so that an id may come twice.
-- @include leave
-- Tells the entries of a job's new place from any that it has left behind.
local function new_generation()
  bump('order', 1)
  return format('%.0f', count('order'))
end

-- Calls `move(id, record)` for the ids from ARGV[first] on; it answers a receipt, or nil where the state forbids it.
local function each(first, move)
  local receipts = {}
  for place = first, #ARGV do
    local id, receipt = ARGV[place], 'missing'
    local bucket, field = sub(id, 1, -3), sub(id, -2)
    local envelope = call('HGET', base .. ENVELOPES .. bucket, field)
    if envelope then
      local record = record_of(envelope, call('HGET', base .. STATES .. bucket, field))
      -- What cannot be read is not touched here: it waits for a claim, which sets it aside or fails it.
      local state = record.state == 'unreadable' and 'pending' or record.state
      receipt = record.state ~= 'unreadable' and move(id, record) or 'illegal:' .. state
    end
    receipts[#receipts + 1] = receipt
    flush_buckets()
    flush_lines()
  end
  read_due()
  if has_news() then
    wake()
  end
  return commit(concat(receipts, ','))
end
