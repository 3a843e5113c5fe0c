-- New jobs for which a holder stands by are leased to it at once, and told to it: no line, no wake-up, no claim.
-- @include plain-jobs
local MOST_JOBS, MOST_BYTES, TRIES = 8, 16384, 2

-- The record that each job has once it is leased; nil when one of them is no plain job, or they are too long to tell.
local function leased_records(token, holder, level, groups)
  local plain, records, bytes = plain_jobs(token, holder, level), {}, 0
  for number, group in ipairs(groups) do
    local writes = {}
    for index, field in ipairs(group[2]) do
      local envelope, record = group[3][2 * index], nil
      for _, kind in ipairs(plain) do
        record = record or (sub(envelope, 14, 13 + #kind[1]) == kind[1] and kind[2])
      end
      bytes = bytes + #envelope
      if not record or bytes > MOST_BYTES then
        return nil
      end
      writes[2 * index - 1], writes[2 * index] = field, record
    end
    records[number] = writes
  end
  return records
end

-- Tells the holder of its jobs; false when nobody listens there any more.
local function tell_holder(holder, token, ids, groups)
  local message = { token, format('%.0f', now) }
  for _, group in ipairs(groups) do
    for index = 2, #group[3], 2 do
      local place = #message
      message[place + 1], message[place + 2] = ids[place / 2], group[3][index]
    end
  end
  return publish(':handed:' .. holder, cjson.encode(message)) > 0
end

-- Answers whether somebody has taken the jobs, whose envelopes are written.
local function hand_over(level, ids, groups)
  if #ids > MOST_JOBS or room() < #ids then
    return false
  end
  local token = format('%.0f', count('token') + 1)
  for _ = 1, TRIES do
    local holder, slots = unpack(call('HRANDFIELD', base .. ':standby', 1, 'WITHVALUES'))
    if not holder then
      return false
    end
    local alive = (tonumber(call('ZSCORE', base .. ':holders', holder)) or 0) > now
    local records = alive and tonumber(slots) >= #ids and leased_records(token, holder, level, groups)
    if records and tell_holder(holder, token, ids, groups) then
      for number, group in ipairs(groups) do
        call('HSET', base .. STATES .. group[1], unpack(records[number]))
      end
      call('HSET', base .. ':leases:' .. holder, token, concat(ids, '\n'), token .. '#', #ids, token .. '!', format('%.0f', now))
      if call('HINCRBY', base .. ':standby', holder, -#ids) <= 0 then
        call('HDEL', base .. ':standby', holder)
      end
      set('token', token)
      bump('running', #ids)
      return true
    elseif records or not alive then
      call('HDEL', base .. ':standby', holder)
    end
  end
  return false
end
