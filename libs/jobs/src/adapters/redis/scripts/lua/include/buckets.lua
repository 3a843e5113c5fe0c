-- Reading and writing bucket hashes.
-- Groups ids by bucket, so that one command serves a bucket: { { bucket, fields, places } … }.
local function grouped(ids)
  local groups, by_bucket = {}, {}
  local last_bucket, group
  for place = 1, #ids do
    local id = ids[place]
    local bucket = sub(id, 1, -3)
    if bucket ~= last_bucket then
      last_bucket, group = bucket, by_bucket[bucket]
      if not group then
        group = { bucket = bucket, fields = {}, places = {}, size = 0 }
        by_bucket[bucket] = group
        groups[#groups + 1] = group
      end
    end
    local size = group.size + 1
    group.size, group.fields[size], group.places[size] = size, sub(id, -2), place
  end
  return groups
end

-- The values of grouped ids, in the ids' own places; false where there is none.
local function fetch(part, groups)
  local found = {}
  for _, group in ipairs(groups) do
    local fields, places = group.fields, group.places
    for first = 1, group.size, 1000 do
      local values = call('HMGET', base .. part .. group.bucket, unpack(fields, first, math.min(first + 999, group.size)))
      for index = 1, #values do
        found[places[first + index - 1]] = values[index]
      end
    end
  end
  return found
end

-- Writes are gathered and made a bucket at a time by flush_buckets: what is put or forgotten here is not there before.
local puts, forgotten_fields = { [ENVELOPES] = {}, [STATES] = {} }, {}

local function fields_in(buckets, bucket)
  local fields = buckets[bucket]
  if not fields then
    fields = {}
    buckets[bucket] = fields
  end
  return fields
end

local function put(part, id, value)
  local writes = fields_in(puts[part], sub(id, 1, -3))
  local size = #writes
  writes[size + 1], writes[size + 2] = sub(id, -2), value
end

-- Envelope and state record go together.
local function forget(id)
  local fields = fields_in(forgotten_fields, sub(id, 1, -3))
  fields[#fields + 1] = sub(id, -2)
end

local function flush_buckets()
  for part, buckets in pairs(puts) do
    for bucket, writes in pairs(buckets) do
      many('HSET', base .. part .. bucket, writes)
    end
    puts[part] = {}
  end
  for bucket, fields in pairs(forgotten_fields) do
    many('HDEL', base .. ENVELOPES .. bucket, fields)
    many('HDEL', base .. STATES .. bucket, fields)
  end
  forgotten_fields = {}
end
