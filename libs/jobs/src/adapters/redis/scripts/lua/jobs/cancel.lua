#!lua flags=allow-oom
-- Cancels waiting jobs at once, and asks running ones to stop.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6..]  stored ids
-- Answers a receipt each, joined by commas: ok:<state> | requested:running | missing | illegal:<state>.
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
-- @include moves
-- @include cancel-one
return each(6, cancel_one)
