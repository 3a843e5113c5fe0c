-- Every other end of an attempt, a job at a time.
-- Back to the end of its line, or to the calendar where `due` says when.
local function come_back(id, record, state, due, changes)
  changes.token, changes.holder, changes.flags = '0', '', without(changes.flags or record.flags, 'sc')
  changes.state, changes.at = state, due
  if state == 'pending' then
    arrive(id, { generation = record.generation, flags = '' }, record.priority)
  else
    changes.order = defer(id, state, due)
  end
  put(STATES, id, render(record, changes))
end

local function fail(id, record, rest, state, delay)
  if record.startedAt ~= '' then
    -- A start that the worker tells itself comes later in the text, and wins.
    rest = '"startedAt":' .. record.startedAt .. ',' .. rest
  end
  local changes = { flags = add_failure(id, record, rest), attempts = record.attempts + 1 }
  if state == 'failed' then
    finish(id, record, 'failed', changes)
  else
    come_back(id, record, state, now + delay, changes)
  end
end

-- Answers 'cancelled' where that has taken the place of another outcome.
local function settle(id, record, kind, delay, rest)
  local comes_back = kind ~= 'failed' and kind ~= 'cancelled' and kind ~= 'corrupt'
  if kind == 'cancelled' or (comes_back and has(record, 'c')) then
    finish(id, record, 'cancelled')
    return kind ~= 'cancelled' and 'cancelled' or nil
  elseif kind == 'failed' then
    fail(id, record, rest, 'failed')
  elseif kind == 'retry' then
    fail(id, record, rest, 'retrying', delay)
  elseif kind == 'corrupt' then
    give_up(id, record, 'corrupt')
  elseif kind == 'snoozed' then
    come_back(id, record, 'scheduled', now + delay, {})
  else
    come_back(id, record, delay > 0 and 'scheduled' or 'pending', now + delay, { strays = record.strays + (kind == 'no-handler' and 1 or 0) })
  end
end
