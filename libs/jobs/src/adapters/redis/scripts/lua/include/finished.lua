-- Finished jobs: their indexes, their retention, their news.
local TOLD = 65536

-- 0 keeps nothing of a completed job and says nothing of failed ones: a dead letter never vanishes at once.
local function own_retention(record, state)
  return record.retain ~= '' and not (state == 'failed' and record.retain == '0')
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
