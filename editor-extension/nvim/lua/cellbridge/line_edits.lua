--- Maps lines of an earlier version of a buffer to their current position.
--- Owns the latest edits of a buffer. The positions that the server sends are valid for one version,
--- which may be some keystrokes old when they arrive:
---
---     version   7 ──edit──▶ 8 ──edit──▶ 9        now
---     message   └── "cell at line 12 of version 7" ──▶ line 14
local M = {}

---@class (exact) cellbridge.LineEdit
---@field version integer The version after the edit.
---@field first integer
---@field removed integer
---@field added integer

local LIMIT = 1000 -- older edits are dropped; positions from before them stay as they are

---@class cellbridge.LineEdits
---@field private edits cellbridge.LineEdit[]
local LineEdits = {}
LineEdits.__index = LineEdits

---@return cellbridge.LineEdits
function M.new()
  return setmetatable({ edits = {} }, LineEdits)
end

--- Record that the lines [first, first + removed) were replaced by `added` lines.
---@param version integer
---@param first integer
---@param removed integer
---@param added integer
function LineEdits:record(version, first, removed, added)
  self.edits[#self.edits + 1] =
    { version = version, first = first, removed = removed, added = added }
  if #self.edits > 2 * LIMIT then
    self.edits = vim.list_slice(self.edits, LIMIT + 1)
  end
end

--- Return the current position of a line of `version`.
---@param line integer
---@param version integer
---@return integer
function LineEdits:current_line(line, version)
  for _, edit in ipairs(self.edits) do
    if edit.version > version and line >= edit.first then
      if line >= edit.first + edit.removed then
        line = line + edit.added - edit.removed
      else
        line = math.min(line, edit.first + math.max(edit.added - 1, 0))
      end
    end
  end
  return line
end

return M
