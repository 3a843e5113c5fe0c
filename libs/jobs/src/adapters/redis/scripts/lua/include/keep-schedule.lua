-- Writes the state of a schedule, one revision later, and where its times are looked for.
local function keep_schedule(id, schedule)
  local revision = format('%.0f', schedule.revision + 1)
  call('HSET', TIMES, id, concat({
    'v1', revision, schedule.time, schedule.due, schedule.last, schedule.runs, schedule.waiting, schedule.recent,
  }, '|'))
  if schedule.due == '' then
    call('ZREM', DUE, id)
  else
    call('ZADD', DUE, schedule.due, id)
  end
  call(schedule.waiting == '' and 'SREM' or 'SADD', WAITING, id)
  return revision
end
