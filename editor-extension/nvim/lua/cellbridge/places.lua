--- Where lines of an earlier version of a buffer stand now.
--- Owns the latest edits of a buffer. The server's places are true for the version it names, which
--- may be some keystrokes old when they arrive:
---
---     version   7 ──edit──▶ 8 ──edit──▶ 9        now
---     message   └── "cell at line 12 of version 7" ──▶ line 14
local M = {}

---@class (exact) cellbridge.Edit
---@field version integer The version it led to.
---@field first integer
---@field removed integer
---@field added integer

local LIMIT = 1000 -- older edits are forgotten; a place from before them is taken as it is

---@class cellbridge.Edits
---@field private edits cellbridge.Edit[]
local Edits = {}
Edits.__index = Edits

---@return cellbridge.Edits
function M.new()
  return setmetatable({ edits = {} }, Edits)
end

--- Lines [first, first + removed) have become `added` lines.
---@param version integer
---@param first integer
---@param removed integer
---@param added integer
function Edits:note(version, first, removed, added)
  self.edits[#self.edits + 1] =
    { version = version, first = first, removed = removed, added = added }
  if #self.edits > 2 * LIMIT then
    self.edits = vim.list_slice(self.edits, LIMIT + 1)
  end
end

--- Return where a line of `version` stands now.
---@param line integer
---@param version integer
---@return integer
function Edits:now(line, version)
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
