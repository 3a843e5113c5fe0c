#!lua flags=allow-oom
-- Writes what is known of alerts, if it is still the holder's turn and nobody has written since.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  holder
-- ARGV[7]  version that was read
-- ARGV[8]  what is to be known, as JSON
-- Answers 'saved' or 'lost'.
-- @include queue
-- @include change
if answered then
  return answered
end
local alerts = base .. ':alerts'
local has, ends, version = unpack(call('HMGET', alerts, 'holder', 'until', 'version'))
if has ~= ARGV[6] or tonumber(ends) <= now or (version or '0') ~= ARGV[7] then
  return commit('lost')
end
call('HSET', alerts, 'version', format('%.0f', ARGV[7] + 1), 'book', ARGV[8])
return commit('saved')
