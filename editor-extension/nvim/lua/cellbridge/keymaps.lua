--- Keys in scripts: mappings, text objects and the operator.
--- Owns the mappings only. actions.lua implements them.
local actions = require("cellbridge.actions")
local config = require("cellbridge.config")
local notebook = require("cellbridge.notebook")

local M = {}

local PLAIN = {
  "run",
  "advance",
  "above",
  "below",
  "all",
  "output",
  "expand",
  "image",
  "clear",
  "variables",
  "table",
  "kernel",
  "sessions",
  "interrupt",
  "restart",
}

--- Select the lines of a cell, with or without its marker.
---@param around boolean
function M.select(around)
  local book = notebook.of(0)
  local place = book and book:at(vim.api.nvim_win_get_cursor(0)[1] - 1)
  if not book or not place then
    return
  end
  local first, last = place.first, place.last
  if not around then
    local line = vim.api.nvim_buf_get_lines(0, first, first + 1, false)[1] or ""
    local marker = line:find("%%%%") ~= nil
    last = math.max(book:last_row(place), first)
    first = marker and math.min(first + 1, last) or first
  end
  -- In Visual mode, the keys below would extend the selection.
  if vim.fn.mode():find("[vV\22]") then
    vim.cmd.normal({ "\27", bang = true })
  end
  vim.cmd.normal({ ("%dGV%dG"):format(first + 1, last + 1), bang = true })
end

--- The operator's function: run the lines that a motion covers.
function M.operate()
  local book = notebook.of(0)
  if book then
    local first = vim.api.nvim_buf_get_mark(0, "[")[1]
    local last = vim.api.nvim_buf_get_mark(0, "]")[1]
    actions.run_lines(book, first - 1, last - 1)
  end
end

---@param count integer
---@param key string
---@return function
local function jump(count, key)
  return function()
    local book = notebook.of(0)
    if vim.wo.diff or not book then
      vim.cmd.normal({ vim.v.count1 .. key, bang = true })
    else
      actions.move(book, count * vim.v.count1)
    end
  end
end

--- Map the keys of a script.
---@param buffer integer
function M.map(buffer)
  local keys = config.get().keys
  if type(keys) ~= "table" then
    return
  end
  local function map(modes, key, action, doc, expr)
    if key then
      local options = { buffer = buffer, desc = "Cellbridge: " .. doc, expr = expr }
      vim.keymap.set(modes, key, action, options)
    end
  end
  for _, name in ipairs(PLAIN) do
    map("n", keys[name], function()
      actions.execute(name)
    end, actions.actions[name].doc)
  end
  map("n", keys.operator, function()
    vim.go.operatorfunc = "v:lua.require'cellbridge.keymaps'.operate"
    return "g@"
  end, "Run the lines that a motion covers.", true)
  map("x", keys.operator, function()
    local first, last = vim.fn.line("v"), vim.fn.line(".")
    vim.cmd.normal({ "\27", bang = true })
    actions.execute("selection", { math.min(first, last) - 1, math.max(first, last) - 1 })
  end, "Run the selection.")
  map({ "n", "x", "o" }, keys.next, jump(1, "]c"), "Go to the next cell.")
  map({ "n", "x", "o" }, keys.previous, jump(-1, "[c"), "Go to the previous cell.")
  map({ "x", "o" }, keys.inner, function()
    M.select(false)
  end, "The text of the cell.")
  map({ "x", "o" }, keys.around, function()
    M.select(true)
  end, "The cell with its marker.")
end

return M
