-- Finished jobs: their indexes, their retention, their news.
local TOLD = 65536

-- 0 keeps nothing of a completed job and says nothing of failed ones: a dead letter never vanishes at once.
local function own_retention(record, state)
  return record.retain ~= '' and not (state == 'failed' and record.retain == '0')
end

local function finished_index(record, state)
  return base .. (own_retention(record, state) and state ~= 'failed' and ':kept:' or ':') .. state
end

-- Each finish has a score of its own: its time, and a count within the millisecond.
local function next_finish()
  local score = math.max(now * 1000, count('finished') + 1)
  set('finished', score)
  return format('%.0f', score)
end

-- Waiters are counted by the server's own clock: they wait in real time.
local waited_for = count('waiters') > time[1] * 1000

local function tell(id, state, result)
  if waited_for then
    publish(':finished', state .. '\n' .. id .. '\n' .. (#result <= TOLD and result or '…'))
  end
end

local function drop_details(id, record)
  if record.flags ~= '' then
    call('UNLINK', base .. ':h:' .. id, base .. ':l:' .. id, base .. ':g:' .. id)
  end
end

-- Forgets a job that stands in no index any more.
local function drop(id, record)
  forget(id)
  drop_details(id, record)
end

-- Takes a finished job out of its indexes.
local function unfinish(id, record)
  call('ZREM', finished_index(record, record.state), id)
  if own_retention(record, record.state) then
    call('ZREM', base .. ':retained', id)
  end
end

-- Ends a job, which has left the index of the state it was in. Completed jobs that keep nothing do not come here.
local function finish(id, record, state, changes)
  changes = changes or {}
  changes.state, changes.token, changes.holder, changes.at, changes.order = state, '0', '', now, ''
  changes.flags = without(changes.flags or record.flags, 'sc')
  put(STATES, id, render(record, changes))
  call('ZADD', finished_index(record, state), next_finish(), id)
  if own_retention(record, state) then
    call('ZADD', base .. ':retained', format('%.0f', now + record.retain), id)
  end
  bump(state, 1)
  tell(id, state, changes.result or '')
end
