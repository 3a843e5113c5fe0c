-- What every process is asked to make events of: two values a queue, its name and for how many milliseconds from now.
local function listened()
  local asked, fields = {}, call('HGETALL', base .. ':listening')
  for at = 1, #fields, 2 do
    local left = tonumber(fields[at + 1]) - now
    if left > 0 then
      asked[#asked + 1] = fields[at]
      asked[#asked + 1] = format('%.0f', left)
    end
  end
  return asked
end
