--- The actions of the command `:Cellbridge`, by name.
--- Owns the table of actions. Keys and the command only look them up.
local client = require("cellbridge.client")
local notebook = require("cellbridge.notebook")
local commands = require("cellbridge.protocol_gen").commands

local M = {}

---@class (exact) cellbridge.Action
---@field doc string
---@field run fun(book: cellbridge.Notebook, area?: [integer, integer])

---@return integer
local function cursor_row()
  return vim.api.nvim_win_get_cursor(0)[1] - 1
end

---@return table
local function cursor_params()
  return { position = { line = cursor_row(), character = 0 }, wait = false }
end

--- Move the cursor to a cell: to the first line below its marker, or to the marker.
---@param place cellbridge.Place
---@param body boolean
local function jump_to(place, body)
  local row = body and math.min(place.first + 1, place.last) or place.first
  vim.cmd("normal! m'")
  vim.api.nvim_win_set_cursor(0, { row + 1, 0 })
end

--- Move the cursor by cells, and stop at the first and the last.
---@param book cellbridge.Notebook
---@param count integer
---@param body? boolean
function M.move(book, count, body)
  local row = cursor_row()
  local place, at, all = book:at(row)
  if not place then
    return
  end
  local target = at + count
  -- From within a cell, "previous" is the start of that cell, as in motions by paragraph.
  if count < 0 and row > place.first then
    target = target + 1
  end
  local found = all[math.max(1, math.min(target, #all))]
  if found and (found ~= place or count < 0) then
    jump_to(found, body == true)
  end
end

---@param command string
---@return fun(book: cellbridge.Notebook)
local function on_cell(command)
  return function(book)
    client.command(book, command, cursor_params())
  end
end

---@param command string
---@param more? table
---@return fun(book: cellbridge.Notebook)
local function on_notebook(command, more)
  return function(book)
    client.command(book, command, more)
  end
end

--- Run a range of lines, whatever cells they belong to.
---@param book cellbridge.Notebook
---@param first integer
---@param last integer
function M.run_lines(book, first, last)
  local line = vim.api.nvim_buf_get_lines(book.buffer, last, last + 1, false)[1] or ""
  local lsp = vim.lsp.get_client_by_id(book.client)
  local encoding = lsp and lsp.offset_encoding or "utf-16"
  local character = encoding == "utf-8" and #line or vim.fn.strutf16len(line)
  local range = {
    start = { line = first, character = 0 },
    ["end"] = { line = last, character = character },
  }
  client.command(book, commands.runSelection, { range = range, wait = false })
end

---@type table<string, cellbridge.Action>
M.actions = {
  run = { doc = "Run the cell.", run = on_cell(commands.runCell) },
  advance = {
    doc = "Run the cell and go to the next one.",
    run = function(book)
      client.command(book, commands.runCell, cursor_params())
      M.move(book, 1, true)
    end,
  },
  above = { doc = "Run all cells above.", run = on_cell(commands.runAbove) },
  below = { doc = "Run the cell and all below.", run = on_cell(commands.runBelow) },
  all = { doc = "Run all cells.", run = on_notebook(commands.runAll, { wait = false }) },
  selection = {
    doc = "Run the lines of a range.",
    run = function(book, area)
      local row = cursor_row()
      M.run_lines(book, area and area[1] or row, area and area[2] or row)
    end,
  },
  interrupt = { doc = "Interrupt the kernel.", run = on_notebook(commands.interrupt) },
  restart = { doc = "Restart the kernel.", run = on_notebook(commands.restart) },
  restart_all = {
    doc = "Restart the kernel and run all cells.",
    run = on_notebook(commands.restartAndRunAll, { wait = false }),
  },
  shutdown = { doc = "Shut down the kernel.", run = on_notebook(commands.shutdown) },
  force_stop = {
    doc = "Force stop a session that does not respond, with its kernel.",
    run = on_notebook(commands.forceStopSession),
  },
  trust = {
    doc = "Trust the folders whose files are ignored for this script.",
    run = on_notebook(commands.trustFolder),
  },
  clear = {
    doc = "Clear the cell's outputs.",
    run = function(book)
      client.command(book, commands.clearOutputs, { position = cursor_params().position })
    end,
  },
  clear_all = { doc = "Clear all outputs.", run = on_notebook(commands.clearOutputs) },
  input = {
    doc = "Respond to a cell that waits for input().",
    run = function(book)
      require("cellbridge.input_prompt").ask_again(book)
    end,
  },
  output = {
    doc = "Show the whole output of the cell in a window.",
    run = function(book)
      require("cellbridge.output_window").open(book, book:at(cursor_row()))
    end,
  },
  page = { doc = "Show the session in a browser, at the cell.", run = on_cell(commands.openPage) },
  expand = {
    doc = "Expand the output of the cell, or fold it again.",
    run = function(book)
      local place = book:at(cursor_row())
      if place then
        place.cell.expanded, place.cell.dirty = not place.cell.expanded, true
        book:schedule()
      end
    end,
  },
  allow_agents = {
    doc = "Allow agents, such as coding assistants, to run cells in this session.",
    run = on_notebook(commands.allowAgents),
  },
  always_allow_agents = {
    doc = "Allow agents in all sessions of the script.",
    run = on_notebook(commands.allowAgents, { remember = true }),
  },
  forbid_agents = {
    doc = "Disconnect all agents, and allow none.",
    run = on_notebook(commands.forbidAgents),
  },
  cancel_agents = {
    doc = "Cancel all runs of agents, and interrupt the running one.",
    run = on_notebook(commands.cancelAgentRuns),
  },
  agent_log = {
    doc = "Show what agents have done with the script.",
    run = on_notebook(commands.showAgentLog),
  },
  variables = {
    doc = "Show or close the window of the kernel's variables.",
    run = function(book)
      require("cellbridge.variables_window").toggle(book)
    end,
  },
  save = {
    doc = "Save the kernel's variables, to restore them after a restart.",
    run = on_notebook(commands.saveVariables),
  },
  restore = {
    doc = "Restore the saved variables.",
    run = on_notebook(commands.restoreVariables),
  },
  table = {
    doc = "Show the variable under the cursor as a table.",
    run = function(book)
      local name = vim.fn.expand("<cword>")
      if name == "" then
        vim.notify("Put the cursor on the name of a variable.")
      else
        require("cellbridge.table_window").open(book, { name })
      end
    end,
  },
  kernel = {
    doc = "Select the kernel of the script.",
    run = function(book)
      require("cellbridge.pickers").kernels(book)
    end,
  },
  sessions = {
    doc = "List the sessions on this machine, to open or stop one.",
    run = function(book)
      require("cellbridge.pickers").sessions(book)
    end,
  },
  notebook = {
    doc = "Export the script as a notebook with outputs. Saving keeps it up to date.",
    run = function(book)
      require("cellbridge.conversion").to_notebook(book)
    end,
  },
  script = {
    doc = "Open a notebook file as a script.",
    run = function()
      vim.notify("This buffer is already a script.")
    end,
  },
  image = {
    doc = "Open the images of the cell.",
    run = function(book)
      require("cellbridge.output_window").open_images(book, book:at(cursor_row()))
    end,
  },
  plots = {
    doc = "List the plots of the session, those of earlier runs too, to open one.",
    run = function(book)
      require("cellbridge.pickers").plots(book)
    end,
  },
  next = {
    doc = "Go to the next cell.",
    run = function(book)
      M.move(book, vim.v.count1)
    end,
  },
  previous = {
    doc = "Go to the previous cell.",
    run = function(book)
      M.move(book, -vim.v.count1)
    end,
  },
}

for name, action in pairs(require("cellbridge.debugging").actions) do
  M.actions[name] = action
end

--- Execute an action in the current buffer.
---@param name string
---@param area? [integer, integer] First and last line, from 0.
function M.execute(name, area)
  local action = M.actions[name]
  if not action then
    vim.notify(("Unknown action :Cellbridge %s. See :help cellbridge-commands."):format(name))
    return
  end
  local book = notebook.of(0)
  if not book and name == "script" and vim.api.nvim_buf_get_name(0):find("%.ipynb$") then
    require("cellbridge.conversion").open_as_script(vim.api.nvim_get_current_buf())
    return
  end
  if not book then
    vim.notify("Cellbridge is not attached to this buffer. Run :checkhealth cellbridge.")
    return
  end
  action.run(book, area)
end

return M
