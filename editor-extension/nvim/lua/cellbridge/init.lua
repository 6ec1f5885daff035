--- cellbridge for Neovim: scripts with `# %%` markers as notebooks.
--- Owns the names that users call; everything else is loaded when it is needed.
local M = {}

--- Set options, and start the server for scripts.
---@param options? cellbridge.Options
function M.setup(options)
  for _, problem in ipairs(require("cellbridge.config").set(options)) do
    vim.notify(problem, vim.log.levels.WARN)
  end
  require("cellbridge.client").enable()
end

--- The kernel of the current buffer for a status line, as "python3 ● busy"; empty without one.
---@return string
function M.status()
  local book = require("cellbridge.notebook").of(0)
  local kernel = book and book.kernel
  if not kernel or kernel.state == "absent" then
    return ""
  end
  local sign = kernel.state == "idle" and "○" or "●"
  return vim.trim(("%s %s %s"):format(kernel.name or "", sign, kernel.state))
end

return M
