#!lua flags=allow-oom
-- The holder ends: what it still holds goes back at once, unharmed.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  holder
-- Answers 'retired'.
-- @include queue
-- @include change
if answered then
  return answered
end
-- @include buckets
-- @include record
-- @include line
-- @include due
-- @include finish
-- @include failure
-- @include leases
-- @include reclaim
local holder = ARGV[6]
for _, claim in ipairs(claims_of(holder)) do
  take_back(holder, claim, {}, go_back)
end
forget_holder(holder)
if has_news() then
  wake()
end
return commit('retired')
