#!lua flags=no-writes
-- Schedules by id.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2..]  ids
-- Answers now, then three values for each that is there: id, state, definition.
-- @include queue
local found = { format('%.0f', now) }
for place = 2, #ARGV do
  local id = ARGV[place]
  local state = call('HGET', base .. ':schedules:state', id)
  if state then
    found[#found + 1] = id
    found[#found + 1] = state
    found[#found + 1] = call('HGET', base .. ':schedules', id) or ''
  end
end
return found
