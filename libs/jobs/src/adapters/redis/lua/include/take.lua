-- Leases the jobs of a line's entries, as far as they are still pending in it. Adds them to `reply` and to `packed`.
local token = format('%.0f', count('token') + 1)
local packed, taken = {}, {}
-- Work done for entries that lead to no lease: one for what is looked past, more for a job that ends here.
local spent, ENDING = 0, 10
local RUNNING = { state = 'running', token = token, holder = holder, at = now, startedAt = now, order = '' }

local function lease(id, text, after)
  put(STATES, id, after)
  local size = #reply
  reply[size + 1], reply[size + 2] = id, text
  packed[#packed + 1] = id
  taken[id] = true
end

-- What this version cannot read it leaves alone, for a process that can; what none could have written fails.
local function set_aside(id, envelope, level)
  local version = match(envelope, '^%d+v(%d+)|')
  local record = {
    state = 'pending', token = '0', holder = '', generation = '0', attempts = '0', crashes = '0', strays = '0',
    flags = '', priority = level, at = now, startedAt = '', retain = '', expiresAt = '', order = '', result = '',
  }
  if version and version ~= '1' then
    local order = defer(id, 'scheduled', now + 30000)
    put(STATES, id, render(record, { state = 'scheduled', at = now + 30000, order = order }))
  else
    give_up(id, record, 'corrupt')
  end
  taken[id] = true
  spent = spent + ENDING
end

-- Leases the job of an entry that says more than the usual; answers whether it was pending in this line.
local function take_special(id, generation, level, envelope, text)
  local record = text and parse(text) or fresh(envelope)
  if not record or record.state == 'unreadable' then
    set_aside(id, envelope, level)
    depart(level, 1)
    return true
  end
  if record.state ~= 'pending' or record.generation ~= generation or (level ~= '' and record.priority ~= level) then
    return false
  end
  depart(record.priority, 1)
  if not match(envelope, FRESH_HEAD) then
    set_aside(id, envelope, record.priority)
  elseif expired(record) then
    give_up_expired(id, record, tonumber(sub(envelope, 1, 13)))
    taken[id] = true
    spent = spent + ENDING
  else
    lease(id, text and text .. '\n' .. envelope or envelope, render(record, RUNNING))
  end
  return true
end

-- Leases what is still pending of a line's entries. Jobs as they were submitted share one new record, and one look at
-- the head of the envelope tells them: version 1, no time to live, nothing kept or the queue's retention, this level.
local function take(entries, level)
  local ids, generations = {}, {}
  for index = 1, #entries do
    ids[index], generations[index] = read_entry(entries[index])
  end
  local groups = grouped(ids)
  local envelopes, records = fetch(ENVELOPES, groups), fetch(STATES, groups)
  local kept_head, dropped_head = 'v1|||' .. level .. '|', 'v1||0|' .. level .. '|'
  local kept_end, dropped_end = 13 + #kept_head, 13 + #dropped_head
  local model = fresh('0000000000000v1|||' .. (level == '' and '0' or level) .. '|0|0|')
  local kept = render(model, RUNNING)
  RUNNING.retain = '0'
  local dropped = render(model, RUNNING)
  RUNNING.retain = nil
  local plain = 0
  for index = 1, #ids do
    local id, envelope, text = ids[index], envelopes[index], records[index]
    if not envelope or taken[id] then
      spent = spent + 1
    elseif not text and sub(envelope, 14, kept_end) == kept_head and generations[index] == '0' then
      plain = plain + 1
      lease(id, envelope, kept)
    elseif not text and sub(envelope, 14, dropped_end) == dropped_head and generations[index] == '0' then
      plain = plain + 1
      lease(id, envelope, dropped)
    elseif not take_special(id, generations[index], level, envelope, text) then
      spent = spent + 1
    end
  end
  if plain > 0 then
    depart(level, plain)
  end
end
