--- Cellbridge for Neovim: scripts with `# %%` markers as notebooks.
--- Owns the public functions. All other modules are loaded on first use.
local M = {}

--- Set the options, and start the server for scripts.
---@param options? cellbridge.Options
function M.setup(options)
  for _, problem in ipairs(require("cellbridge.config").set(options)) do
    vim.notify(problem, vim.log.levels.WARN)
  end
  require("cellbridge.client").enable()
end

--- Return the kernel of the current buffer for a status line, such as "python3 ● busy", with the
--- agent whose code is running; or an empty string.
---@return string
function M.status()
  local book = require("cellbridge.notebook").of(0)
  local kernel = book and book.kernel
  if not kernel or kernel.state == "absent" then
    return ""
  end
  local sign = kernel.state == "idle" and "○" or "●"
  local agent = book and book.agents and book.agents.running or ""
  local said = vim.trim(("%s %s %s"):format(kernel.name or "", sign, kernel.state))
  return agent == "" and said or said .. " · " .. agent
end

return M
