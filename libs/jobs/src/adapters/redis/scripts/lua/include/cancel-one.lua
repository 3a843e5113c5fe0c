-- Cancels a job that waits at once, and asks one that runs to stop. Answers a receipt; nil for one that has ended.
local function cancel_one(id, record)
  local state = record.state
  if state == 'running' then
    if not has(record, 'c') then
      put(STATES, id, render(record, { flags = record.flags .. 'c' }))
    end
    publish(':cancel', id)
    return 'requested:running'
  elseif state == 'completed' or state == 'failed' or state == 'cancelled' then
    return nil
  end
  leave(id, record)
  finish(id, record, 'cancelled')
  return 'ok:cancelled'
end
