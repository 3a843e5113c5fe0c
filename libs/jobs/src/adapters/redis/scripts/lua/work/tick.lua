#!lua flags=allow-oom
-- The heartbeat of a holder and its share of the queue's upkeep, bounded in entries.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]    holder
-- ARGV[7]    lease, ms
-- ARGV[8]    retention by age where the queue sets none, ms
-- ARGV[9]    retention by count where the queue sets none
-- ARGV[10]   until when it may take back what other holders hold, epoch ms; '' without a bound
-- ARGV[11..] what the holder believes to hold, a job each three: stored id, token, 'cleared' or ''
-- Answers { 'more' or 'done', ms until the next due job or '', 'ready' or 'idle', now, places of lost jobs, places of
-- jobs to cancel, ms until the next lease passes of those that have not }, places from 1 and joined by commas; a resend gets { 'again' }: the comparison is made anew.
-- @include queue
-- @include change
if answered then
  return { 'again' }
end
-- @include buckets
-- @include record
-- @include line
-- @include due
-- @include finish
-- @include failure
-- @include promote-due
-- @include leases
-- @include reclaim
-- @include retention
-- @include sweep

local BOUND, HOLDERS, TRAVELS = 500, 20, 5000
local holder = ARGV[6]
local left = BOUND
call('ZADD', base .. ':holders', format('%.0f', now + tonumber(ARGV[7])), holder)

-- What the holder believes to hold, against the records.
local ids, known, lost, cancelled = {}, {}, {}, {}
for place = 11, #ARGV, 3 do
  ids[#ids + 1] = ARGV[place]
end
local records = fetch(STATES, grouped(ids))
for index, id in ipairs(ids) do
  local token, record = ARGV[9 + index * 3], records[index] and parse(records[index])
  if not record or not leased_to(record, holder, token) then
    lost[#lost + 1] = index
  else
    known[token] = known[token] or { number = 0 }
    if not known[token][id] then
      known[token][id] = true
      known[token].number = known[token].number + 1
    end
    if ARGV[10 + index * 3] == 'cleared' and has(record, 's') then
      put(STATES, id, render(record, { flags = without(record.flags, 's') }))
    end
    if has(record, 'c') then
      cancelled[#cancelled + 1] = index
    end
  end
end
flush_buckets()

-- Leases that the holder does not know of: the answer to their claim never came, nor the notice of what was handed over,
-- which may be on its way for a while.
for _, claim in ipairs(claims_of(holder)) do
  local held = known[claim.token] or { number = 0 }
  if claim.open > held.number and now - (claim.handed or 0) > TRAVELS then
    take_back(holder, claim, held, go_back)
  end
end

if now <= (tonumber(ARGV[10]) or math.huge) then
  for _, dead in ipairs(call('ZRANGE', base .. ':holders', '-inf', now, 'BYSCORE', 'LIMIT', 0, HOLDERS)) do
    left = reclaim(dead, left)
  end
end
left = left - promote_due(left)
if left > 0 then
  left = left - trim_retained(left)
  flush_buckets()
end
local age, kept = tonumber(meta.retainAge) or tonumber(ARGV[8]), tonumber(meta.retainCount) or tonumber(ARGV[9])
for _, state in ipairs({ 'completed', 'cancelled' }) do
  if left > 0 then
    left = left - trim_finished(state, age, kept, left)
  end
end
flush_buckets()
flush_lines()
left = left - sweep(left)
trim_senders()
if count('pending') > was_pending and room() > 0 then
  wake()
end
commit('')
return {
  left <= 0 and 'more' or 'done',
  next_due() and format('%.0f', math.max(0, next_due() - now)) or '',
  room() > 0 and count('pending') > 0 and 'ready' or 'idle',
  format('%.0f', now),
  concat(lost, ','),
  concat(cancelled, ','),
  -- That of this holder is among them.
  format('%.0f', call('ZRANGE', base .. ':holders', format('(%.0f', now), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')[2] - now),
}
