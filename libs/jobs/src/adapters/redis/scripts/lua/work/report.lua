#!lua flags=allow-oom
-- Keeps progress and log lines of running jobs, for the holder and token that their records name.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]    holder
-- ARGV[7..]  a report: stored id, token, attempt, progress JSON or '', how many lines, and the lines as JSON texts; without a
--            token its lines are kept whoever holds the job now, also when it has ended
-- Answers the places of reports that came too late, from 1, joined by commas.
-- @include queue
-- @include change
if answered then
  return answered
end
-- @include buckets
-- @include record
-- @include leases
local LINES = 100
local lost, at, place = {}, 7, 0
while at <= #ARGV do
  local id, token, attempt, progress, lines = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], tonumber(ARGV[at + 4])
  local text = call('HGET', base .. STATES .. sub(id, 1, -3), sub(id, -2))
  local record = text and parse(text)
  place = place + 1
  local taken = record and (token == '' and record.state ~= 'unreadable' or leased_to(record, ARGV[6], token))
  if not taken then
    lost[#lost + 1] = place
  else
    local flags = record.flags
    if progress ~= '' then
      call('SET', base .. ':g:' .. id, progress)
      flags = with(flags, 'g')
    end
    if lines > 0 then
      local log = {}
      for line = math.max(1, lines - LINES + 1), lines do
        log[#log + 1] = format('{"at":%.0f,"attempt":%s,"message":', now, attempt) .. ARGV[at + 4 + line] .. '}'
      end
      many('RPUSH', base .. ':l:' .. id, log)
      call('LTRIM', base .. ':l:' .. id, -LINES, -1)
      flags = with(flags, 'l')
    end
    if flags ~= record.flags then
      put(STATES, id, render(record, { flags = flags }))
      flush_buckets()
    end
  end
  at = at + 5 + lines
end
return commit(concat(lost, ','))
