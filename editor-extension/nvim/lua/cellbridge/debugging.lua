--- The actions that debug: with nvim-dap if it is installed, otherwise with the language server.
--- Owns this choice. nvim_dap.lua has the connection to nvim-dap.
local client = require("cellbridge.client")
local commands = require("cellbridge.protocol_gen").commands
local nvim_dap = require("cellbridge.nvim_dap")

local M = {}

---@return integer
local function cursor_row()
  return vim.api.nvim_win_get_cursor(0)[1] - 1
end

--- Debug the cell at the cursor with nvim-dap, or line by line if it is not installed.
---@param book cellbridge.Notebook
---@param on_entry boolean
local function start(book, on_entry)
  local dap, place = nvim_dap.find(), book:at(cursor_row())
  if dap and place then
    nvim_dap.debug(dap, book, place, on_entry)
  else
    book.stepping = true
    local position = { line = cursor_row(), character = 0 }
    client.command(book, commands.runByLine, { position = position })
  end
end

--- Set a breakpoint at the cursor, or remove it.
---@param book cellbridge.Notebook
local function toggle_breakpoint(book)
  local dap = nvim_dap.find()
  if dap then
    dap.toggle_breakpoint()
    return
  end
  local position = { line = cursor_row(), character = 0 }
  client.command(book, commands.toggleBreakpoint, { position = position })
end

--- Return an action for code that has stopped, or for the frames of an error.
---@param command string The command of the server.
---@param with_dap fun(dap: table) The same with nvim-dap.
---@return fun(book: cellbridge.Notebook)
local function step(command, with_dap)
  return function(book)
    local dap = nvim_dap.session(book) and nvim_dap.find()
    if dap then
      with_dap(dap)
    else
      book.stepping = book.debugged
      client.command(book, command)
    end
  end
end

--- Select the frame of the error in the cell at the cursor. The server shows its line.
---@param book cellbridge.Notebook
local function debug_error(book)
  client.command(book, commands.debugError, { position = { line = cursor_row(), character = 0 } })
end

---@type table<string, cellbridge.Action>
M.actions = {
  debug = {
    doc = "Debug the cell with nvim-dap, or line by line if it is not installed.",
    run = function(book)
      start(book, false)
    end,
  },
  run_by_line = {
    doc = "Run the cell line by line: stop on its first line.",
    run = function(book)
      start(book, true)
    end,
  },
  next_line = {
    doc = "Continue to the next line.",
    run = step(commands.nextLine, function(dap)
      dap.step_over()
    end),
  },
  step_into = {
    doc = "Step into the function that is called.",
    run = step(commands.stepInto, function(dap)
      dap.step_into()
    end),
  },
  step_out = {
    doc = "Continue to the end of the function.",
    run = step(commands.stepOut, function(dap)
      dap.step_out()
    end),
  },
  continue = {
    doc = "Continue to the next breakpoint, or to the end.",
    run = step(commands.continue, function(dap)
      dap.continue()
    end),
  },
  stop_debugging = {
    doc = "Stop debugging. The cell continues to run.",
    run = step(commands.stopDebugging, function(dap)
      dap.disconnect({ terminateDebuggee = false })
    end),
  },
  breakpoint = {
    doc = "Set a breakpoint at the cursor, or remove it.",
    run = toggle_breakpoint,
  },
  debug_error = {
    doc = "Select the frame of the cell's error, to examine its variables.",
    run = debug_error,
  },
  frame_up = {
    doc = "Select the frame that called the selected one.",
    run = step(commands.frameUp, function(dap)
      dap.up()
    end),
  },
  frame_down = {
    doc = "Select the frame that the selected one called.",
    run = step(commands.frameDown, function(dap)
      dap.down()
    end),
  },
  leave_frames = {
    doc = "Select no frame: examine the kernel's own variables again.",
    run = function(book)
      client.command(book, commands.leaveFrames)
    end,
  },
}

return M
