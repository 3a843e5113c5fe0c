#!lua flags=allow-oom
-- Leases ready jobs to a holder: a suspect first where one may be, then by level and in order of arrival.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  holder
-- ARGV[7]  limit
-- ARGV[8]  lease, ms
-- ARGV[9]  whether one suspect may be among them: 'yes' or 'no'
-- ARGV[10] for how many jobs the holder stands by once nothing is left to claim: submits may hand it as many unasked
-- Answers { token, 'more' or 'done', followed by ' suspects' where there are some that another claim would get, ms until the
-- next due job or '', now, stored ids with line breaks between, then the envelope of each; the state record as it was and a
-- line break stand before the envelope of a job that had one }.
-- @include queue
-- @include change
-- @include record
-- @include line
local PROMOTED, MOST_SPENT, BATCH, BYTES, FEW = 500, 1000, 500, 131072, 64
local holder, token = ARGV[6], format('%.0f', count('token') + 1)
local leases = base .. ':leases:' .. holder
local reply = { '0', 'done', '', format('%.0f', now), '' }
-- What is leased, in order and by id.
local packed, taken = {}, {}
-- Bytes of envelopes in the reply, counted in queues that have had large jobs; work done for entries that lead to no
-- lease: one for what is looked past, more for a job that ends here.
local bytes, spent, ENDING, put_back = 0, 0, 10, false

-- What few claims need is made when it is needed: each function that a script makes costs it a part of a microsecond.
local made
local function seldom()
  if not made then
    -- @include buckets
    -- @include due
    -- @include finish
    -- @include failure
    -- @include promote-due
    -- @include take-special
    -- @include cut
    -- @include claim-again
    made = {
      promote_due = promote_due, take_special = take_special, cut = cut, claim_again = claim_again, flush_buckets = flush_buckets,
    }
  end
  return made
end
-- @include take

-- Suspects stand apart, and there are none as a rule.
local suspects_known = suspects_before
local function suspects_left()
  return suspects_known > 0 and call('LLEN', base .. ':suspects') or 0
end

local more, suspect, more_suspects = false, false, false
local function answer(told)
  reply[1] = told
  local suspects = suspects_left()
  -- Whoever is told of more comes back at once: a count alone, of jobs whose lines are gone, would bring it back for ever.
  more = room() > 0 and count('pending') > suspects and call('EXISTS', base .. ':levels') == 1
  -- Who asked for one and got none does not get one by asking again.
  more_suspects = suspects > 0 and room() > 0 and (suspect or answered or ARGV[9] == 'no')
  reply[2] = (more and 'more' or 'done') .. (more_suspects and ' suspects' or '')
  reply[3] = next_due() and format('%.0f', math.max(0, next_due() - now)) or ''
  return reply
end

if answered then
  seldom().claim_again()
  return answer(answered)
end

call('ZADD', base .. ':holders', format('%.0f', now + tonumber(ARGV[8])), holder)
if next_due() and next_due() <= now then
  seldom().promote_due(PROMOTED)
  -- One that was put off may have come back among them.
  suspects_known = call('LLEN', base .. ':suspects')
end
local limit = math.min(tonumber(ARGV[7]), BATCH, room())
while limit > 0 and ARGV[9] == 'yes' and suspects_known > 0 and not suspect and spent < MOST_SPENT do
  local text = call('LPOP', base .. ':suspects')
  if not text then
    break
  end
  spent = spent + 1
  take({ text }, '')
  suspect = #packed > 0
end
while #packed < limit and count('pending') > 0 and spent < MOST_SPENT and bytes < BYTES and not put_back do
  local level = call('ZRANGE', base .. ':levels', 0, 0, 'REV')[1]
  if not level then
    break
  end
  local list, wanted = base .. ':p:' .. level, limit - #packed
  -- As many as are surely not too much to carry. In a queue that has had a very large job that would be next to none:
  -- there each is measured.
  local measured = FEW * count('largest') > BYTES
  if not measured then
    wanted = math.max(1, math.min(wanted, math.floor((BYTES - bytes) / math.max(count('largest'), 1))))
    bytes = bytes + wanted * count('largest')
  end
  local entries = call('LPOP', list, wanted) or {}
  if #entries > 0 then
    take(measured and seldom().cut(entries, list) or entries, level)
  end
  -- A line that gave less than it was asked for is empty, unless some were put back.
  if #entries < wanted and not put_back then
    call('ZREM', base .. ':levels', level)
  end
end
if made then
  made.flush_buckets()
end
flush_lines()
local number = #packed
if number > 0 then
  set('token', token)
  bump('running', number)
  reply[5] = concat(packed, '\n')
  call('HSET', leases, token, reply[5], token .. '#', number)
else
  token = '0'
end
answer(token)
if more or (suspect and more_suspects) then
  wake()
end
local stands_by = more and 0 or tonumber(ARGV[10]) - number
if stands_by > 0 then
  call('HSET', base .. ':standby', holder, stands_by)
else
  call('HDEL', base .. ':standby', holder)
end
commit(token)
return reply
