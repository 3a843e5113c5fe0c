-- The stored form of a job: an envelope that never changes, and a state record once there is something to say.
local FRESH_HEAD = '^(%d%d%d%d%d%d%d%d%d%d%d%d%d)v1|(%d*)|(%d*)|(-?%d+)|(%d+)|(%d+)|'
-- Numbers are digits: what else stands there would end a script in the middle of what it writes.
local RECORD = '^(%l+)|(%d*)|([^|]*)|(%d*)|(%d+)|(%d+)|(%d+)|(%l*)|(-?%d+)|(%d+)|(%d*)|(%d*)|(%d*)|(%d*)|(.*)$'
local NAMES = {
  'state', 'token', 'holder', 'generation', 'attempts', 'crashes', 'strays', 'flags', 'priority', 'at', 'startedAt',
  'retain', 'expiresAt', 'order', 'result',
}
-- A number with more characters has been written by no version: it could become one that is written as 'inf'.
local LONGEST_NUMBER, TEXTS = 17, { state = true, holder = true, flags = true, result = true }
local parsed = {}

-- Reads a state record; jobs of one claim share theirs, so it is read once. Never change what this answers.
local function parse(text)
  local record = parsed[text]
  if record == nil then
    local values = { match(text, RECORD) }
    record = { state = 'unreadable', flags = '', token = '', generation = '' }
    local read = values[1] and {}
    for index = 1, #values do
      local name, value = NAMES[index], values[index]
      if read and (TEXTS[name] or #value <= LONGEST_NUMBER) then
        read[name] = value
      else
        read = nil
      end
    end
    record = read or record
    parsed[text] = record
  end
  return record
end

-- The record that a job without one has: as submitted, pending. Nil when the envelope cannot be read.
local function fresh(envelope)
  local created, ttl, retain, priority = match(envelope, FRESH_HEAD)
  if not created or math.max(#ttl, #retain, #priority) > LONGEST_NUMBER then
    return nil
  end
  return {
    state = 'pending', token = '0', holder = '', generation = '0', attempts = '0', crashes = '0', strays = '0',
    flags = '', priority = priority, at = created, startedAt = '', retain = retain,
    expiresAt = ttl == '' and '' or format('%.0f', created + ttl), order = '', result = '',
  }
end

-- Stands for a record that cannot be read, for the job to end with.
local function blank(priority)
  return {
    state = 'pending', token = '0', holder = '', generation = '0', attempts = '0', crashes = '0', strays = '0',
    flags = '', priority = priority, at = now, startedAt = '', retain = '', expiresAt = '', order = '', result = '',
  }
end

-- The job's record, whichever way it is kept. An unreadable one has the state 'unreadable'.
local function record_of(envelope, text)
  if text then
    return parse(text)
  end
  return fresh(envelope) or parse('')
end

-- A record's text, with some fields changed.
local function render(record, changes)
  local parts = {}
  for index = 1, #NAMES do
    local name = NAMES[index]
    local value = changes[name]
    if value == nil then
      value = record[name]
    end
    parts[index] = type(value) == 'number' and format('%.0f', value) or value
  end
  return concat(parts, '|')
end

local function has(record, flag)
  return string.find(record.flags, flag, 1, true) ~= nil
end

-- The flags without some: s suspect, c cancel requested, h history, l log, g progress.
local function without(flags, letters)
  return (string.gsub(flags, '[' .. letters .. ']', ''))
end

local function with(flags, letter)
  return string.find(flags, letter, 1, true) and flags or flags .. letter
end

local function expired(record)
  return record.expiresAt ~= '' and tonumber(record.expiresAt) <= now
end
