--- A stand-in of nvim-dap's list of breakpoints; see dap.lua next to this folder.
local M = {}

local set = {} -- buffer -> line from 1 -> true

function M.toggle(buffer, line)
  set[buffer] = set[buffer] or {}
  set[buffer][line] = not set[buffer][line] or nil
end

function M.get(buffer)
  local made = {}
  for one, lines in pairs(set) do
    if (buffer == nil or buffer == one) and next(lines) then
      made[one] = {}
      for line in pairs(lines) do
        table.insert(made[one], { buf = one, line = line })
      end
    end
  end
  return made
end

return M
