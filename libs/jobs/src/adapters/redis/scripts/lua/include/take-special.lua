-- Jobs of a line that are not as they were submitted.
local RUNNING = { state = 'running', token = token, holder = holder, at = now, startedAt = now, order = '' }

-- What this version cannot read it leaves alone, for a process that can; what none could have written fails.
local function set_aside(id, envelope, level)
  local version = match(envelope, '^%d+v(%d+)|')
  local record = blank(level)
  if version and version ~= '1' then
    local order = defer(id, 'scheduled', now + 30000)
    put(STATES, id, render(record, { state = 'scheduled', at = now + 30000, order = order }))
  else
    give_up(id, record, 'corrupt')
  end
  spent = spent + ENDING
end

-- Answers the record that a job has once it is leased; '' where it has left its line for another end; nil where it was
-- not pending in this line.
local function take_special(id, generation, level, envelope, text)
  local record = text and parse(text) or fresh(envelope)
  if not record or record.state == 'unreadable' then
    set_aside(id, envelope, level)
    depart(level, 1)
    return ''
  end
  if record.state ~= 'pending' or record.generation ~= generation or (level ~= '' and record.priority ~= level) then
    return nil
  end
  depart(record.priority, 1)
  if not match(envelope, FRESH_HEAD) then
    set_aside(id, envelope, record.priority)
    return ''
  elseif expired(record) then
    give_up_expired(id, record, tonumber(sub(envelope, 1, 13)))
    spent = spent + ENDING
    return ''
  end
  return render(record, RUNNING)
end
