-- Ends of jobs, one at a time.
-- @include finished
local function finished_index(record, state)
  return base .. (own_retention(record, state) and state ~= 'failed' and ':kept:' or ':') .. state
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

-- Ends a job, which has left the index of the state it was in. Completed jobs do not come here.
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
