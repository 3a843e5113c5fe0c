-- Leases the jobs of a line's entries, as far as they are still pending in it. Adds them to `reply` and to `packed`.
-- @include plain-jobs

-- Leases what is still pending of entries of one bucket.
local function take_run(bucket, ids, fields, generations, level, plain)
  local envelopes = call('HMGET', base .. ENVELOPES .. bucket, unpack(fields))
  local texts = call('HMGET', base .. STATES .. bucket, unpack(fields))
  local writes, size, left, kind = {}, #reply, 0, plain[1]
  for index = 1, #ids do
    local id, envelope, text = ids[index], envelopes[index], texts[index]
    if not envelope or taken[id] then
      spent = spent + 1
    else
      local is_plain = false
      if not text and generations[index] == '0' and level ~= '' then
        if sub(envelope, 14, 13 + #kind[1]) ~= kind[1] then
          kind = kind == plain[1] and plain[2] or plain[1]
        end
        is_plain = sub(envelope, 14, 13 + #kind[1]) == kind[1]
      end
      local record
      if is_plain then
        left, record = left + 1, kind[2]
      else
        record = seldom().take_special(id, generations[index], level, envelope, text)
      end
      if not record then
        spent = spent + 1
      else
        taken[id] = true
      end
      if record and record ~= '' then
        local number = #writes
        writes[number + 1], writes[number + 2] = fields[index], record
        size = size + 1
        reply[size] = text and text .. '\n' .. envelope or envelope
        packed[#packed + 1] = id
      end
    end
  end
  many('HSET', base .. STATES .. bucket, writes)
  return left
end

-- Leases what is still pending of a line's entries.
local function take(entries, level)
  local plain, index, number, left = plain_jobs(token, holder, level), 1, #entries, 0
  local id, generation = read_entry(entries[1])
  while index <= number do
    local bucket, ids, fields, generations, size = sub(id, 1, -3), {}, {}, {}, 0
    repeat
      size = size + 1
      ids[size], fields[size], generations[size] = id, sub(id, -2), generation
      index = index + 1
      if index <= number then
        id, generation = read_entry(entries[index])
      end
    until index > number or size == 1000 or sub(id, 1, -3) ~= bucket
    left = left + take_run(bucket, ids, fields, generations, level, plain)
  end
  if left > 0 then
    depart(level, left)
  end
end
