-- A waiting job leaves the line or the calendar it stands in.
local function leave(id, record)
  if record.state == 'pending' then
    leave_line(id, record)
  elseif record.state == 'scheduled' or record.state == 'retrying' then
    undefer(id, record)
  end
end
