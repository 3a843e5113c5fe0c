-- Takes back what a holder holds.
-- A running job returns to its line unharmed; one that was to be cancelled ends there.
local function go_back(id, record)
  if has(record, 'c') then
    finish(id, record, 'cancelled')
  else
    put(STATES, id, render(record, { state = 'pending', token = '0', holder = '', at = now }))
    arrive(id, record, record.priority)
  end
end

-- Gives each job of a claim that is still leased by it, and is not among the known, to `act(id, record)`. The claim's
-- index is left with the known ones.
local function take_back(holder, claim, known, act)
  local unknown, remaining = {}, {}
  for _, id in ipairs(split_ids(claim.ids)) do
    local list = known[id] and remaining or unknown
    list[#list + 1] = id
  end
  local records = fetch(STATES, grouped(unknown))
  for index, id in ipairs(unknown) do
    local record = records[index] and parse(records[index])
    if record and leased_to(record, holder, claim.token) then
      act(id, record)
    elseif record and record.state == 'unreadable' then
      -- A running job whose record cannot be read can be settled by nobody.
      give_up_unreadable(id)
    end
  end
  flush_buckets()
  flush_lines()
  bump('running', #remaining - claim.open)
  local leases = base .. ':leases:' .. holder
  if #remaining == 0 then
    call('HDEL', leases, claim.token, claim.token .. '#', claim.token .. '!')
  else
    call('HSET', leases, claim.token, concat(remaining, '\n'), claim.token .. '#', #remaining)
  end
  return #unknown
end

-- A job whose process died. The first death makes it a suspect and is not blamed on it: it was one of many. A suspect
-- runs without other suspects, so every later death is its own, until it has as many as it may.
local function blame(holder, id, record, max_crashes)
  if has(record, 'c') then
    return finish(id, record, 'cancelled')
  end
  local crashes = tonumber(record.crashes)
  if has(record, 's') or max_crashes == 0 then
    crashes = crashes + 1
    if crashes >= max_crashes then
      local flags = add_failure(id, record, format('"process":%s,"startedAt":%s,"code":"crashed","crashes":%.0f,"maxCrashes":%.0f}',
        cjson.encode(holder), record.startedAt, crashes, max_crashes))
      return finish(id, record, 'failed', { flags = flags, crashes = crashes })
    end
  end
  local flags = with(record.flags, 's')
  put(STATES, id, render(record, { state = 'pending', token = '0', holder = '', at = now, flags = flags, crashes = crashes }))
  arrive(id, { generation = record.generation, flags = flags }, record.priority)
end

-- A holder has ended, and holds nothing any more.
local function forget_holder(holder)
  call('ZREM', base .. ':holders', holder)
  call('HDEL', base .. ':standby', holder)
  call('UNLINK', base .. ':leases:' .. holder)
end

-- Takes back the claims of a dead holder, oldest first, while entries are left to handle; answers how many are left.
local function reclaim(holder, left)
  for _, claim in ipairs(claims_of(holder)) do
    if left <= 0 then
      return left
    end
    left = left - take_back(holder, claim, {}, function(id, record)
      local envelope = call('HGET', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2)) or ''
      local max_crashes = select(6, match(envelope, FRESH_HEAD))
      -- A job whose envelope this process cannot read goes back as it is.
      if max_crashes then
        blame(holder, id, record, tonumber(max_crashes))
      else
        go_back(id, record)
      end
    end)
  end
  if left > 0 then
    forget_holder(holder)
  end
  return left
end
