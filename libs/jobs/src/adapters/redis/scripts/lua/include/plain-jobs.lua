-- Jobs that are as they were submitted share the record they have once they are leased, and one look at the head of the
-- envelope tells them: version 1, no time to live, the queue's retention or nothing kept, this level. Answers the two
-- heads, each with its record.
local function plain_jobs(token, holder, level)
  local at = format('%.0f', now)
  local common = 'running|' .. token .. '|' .. holder .. '|0|0|0|0||' .. level .. '|' .. at .. '|' .. at .. '|'
  return { { 'v1|||' .. level .. '|', common .. '|||' }, { 'v1||0|' .. level .. '|', common .. '0|||' } }
end
