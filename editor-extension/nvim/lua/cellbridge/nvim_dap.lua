--- The connection to nvim-dap, if it is installed: an adapter, configurations, and the cell to debug.
--- Owns everything that depends on nvim-dap. The plugin works without it.
local client = require("cellbridge.client")
local commands = require("cellbridge.protocol_gen").commands
local config = require("cellbridge.config")
local notebook = require("cellbridge.notebook")

local M = {}

local NAME = "cellbridge"
-- A kernel may have to be started first; nvim-dap warns after four seconds by default.
local TIMEOUT = 60

---@class cellbridge.DapSession The part of a session of nvim-dap that is used here.
---@field config cellbridge.DapConfiguration
---@field closed boolean

--- The plugin itself runs the cells, once the breakpoints are set, so that the text is the buffer's.
---@class (exact) cellbridge.DapConfiguration
---@field type string
---@field name string
---@field request "attach"
---@field script string
---@field run? cellbridge.DapRun

---@class (exact) cellbridge.DapRun
---@field cell? string The id of the cell; all cells without one.
---@field stopOnEntry boolean

---@param name string
---@return table?
local function load(name)
  local found, module = pcall(require, name)
  return found and module or nil
end

--- Return nvim-dap, or nil if it is not installed.
---@return table?
function M.find()
  return load("dap")
end

--- Return the command of the debug adapter, which is the server's with `dap` in place of `lsp`.
---@return string[]
function M.command()
  local made = {} ---@type string[]
  for _, word in ipairs(config.get().cmd) do
    if word == "lsp" then
      made[#made + 1] = "dap"
      return made
    end
    made[#made + 1] = word
  end
  return { "cellbridge", "dap" }
end

---@param book cellbridge.Notebook
---@return string
local function script_of(book)
  return vim.api.nvim_buf_get_name(book.buffer)
end

---@param book cellbridge.Notebook
---@param title string
---@param run? cellbridge.DapRun
---@return cellbridge.DapConfiguration
local function configuration(book, title, run)
  local name = "Cellbridge: " .. title
  return { type = NAME, request = "attach", name = name, script = script_of(book), run = run }
end

--- Return true if a breakpoint is set on a line of a cell.
---@param book cellbridge.Notebook
---@param place cellbridge.Place
---@return boolean
local function has_breakpoint(book, place)
  local known = load("dap.breakpoints")
  local set = known and known.get(book.buffer)[book.buffer] or {}
  for _, breakpoint in ipairs(set) do
    if place.first < breakpoint.line and breakpoint.line <= place.last + 1 then
      return true
    end
  end
  return false
end

--- Return the configurations for a buffer, as nvim-dap lists them.
---@param buffer integer
---@return cellbridge.DapConfiguration[]
function M.configurations(buffer)
  local book = notebook.of(buffer)
  if not book or vim.bo[book.buffer].filetype ~= "python" then
    return {}
  end
  local made = { configuration(book, "attach to this script") }
  local place = book:at(vim.api.nvim_win_get_cursor(0)[1] - 1)
  if place then
    local run = { cell = place.cell.id, stopOnEntry = not has_breakpoint(book, place) }
    made[#made + 1] = configuration(book, "debug the cell", run)
  end
  made[#made + 1] = configuration(book, "debug all cells", { stopOnEntry = false })
  return made
end

--- Return the session of nvim-dap that debugs a script.
---@param book cellbridge.Notebook
---@return cellbridge.DapSession?
function M.session(book)
  local dap = package.loaded.dap
  if not dap or not dap.sessions then
    return nil
  end
  for _, session in pairs(dap.sessions()) do
    local given = session.config
    if not session.closed and given.type == NAME and given.script == script_of(book) then
      return session
    end
  end
  return nil
end

---@param book cellbridge.Notebook
---@param run cellbridge.DapRun
local function run_cells(book, run)
  if run.cell then
    local more = { cell = run.cell, wait = false, stopOnEntry = run.stopOnEntry }
    client.command(book, commands.runCell, more)
  else
    client.command(book, commands.runAll, { wait = false })
  end
end

--- Run the cells of a configuration when the session has its breakpoints.
---@param session cellbridge.DapSession
---@param err any
local function on_configured(session, err)
  local given = session.config
  local book = given.type == NAME and notebook.of(vim.fn.bufnr(given.script))
  if book and given.run and not err then
    run_cells(book, given.run)
  end
end

--- Register the adapter and the configurations. An adapter of this name that the user has set is kept.
function M.register()
  local dap = M.find()
  if not dap or not dap.adapters then
    return
  end
  dap.adapters[NAME] = dap.adapters[NAME]
    or function(on_adapter)
      local command = M.command()
      on_adapter({
        type = "executable",
        command = command[1],
        args = vim.list_slice(command, 2),
        options = { source_filetype = "python", initialize_timeout_sec = TIMEOUT },
      })
    end
  if dap.providers then
    dap.providers.configs[NAME] = M.configurations
  end
  dap.listeners.after.configurationDone[NAME] = on_configured
end

--- Debug a cell: attach nvim-dap to the script if it is not attached, then run the cell.
---@param dap table
---@param book cellbridge.Notebook
---@param place cellbridge.Place
---@param on_entry boolean Stop on the first line even if the cell has a breakpoint.
function M.debug(dap, book, place, on_entry)
  M.register()
  local stop = on_entry or not has_breakpoint(book, place)
  local run = { cell = place.cell.id, stopOnEntry = stop }
  if M.session(book) then
    run_cells(book, run)
  else
    dap.run(configuration(book, "debug the cell", run), { new = true })
  end
end

return M
