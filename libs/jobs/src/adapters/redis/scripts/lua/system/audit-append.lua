#!lua flags=allow-oom
-- Adds an entry to the audit trail and forgets the one that is too many: it never grows, so a full Redis takes it too.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  the entry, as JSON
-- ARGV[7]  how many entries are kept
-- Answers the entry's number.
-- @include queue
-- @include change
if answered then
  return answered
end
local trail = base .. ':audit'
local number = call('HINCRBY', trail, '#', 1)
call('HSET', trail, format('%.0f', number), format('%.0f ', now) .. ARGV[6])
call('HDEL', trail, format('%.0f', number - tonumber(ARGV[7])))
return commit(format('%.0f', number))
