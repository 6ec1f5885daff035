--- The window of the kernel's variables, as a tree.
--- Owns that window. The server formats the values.
local client = require("cellbridge.client")
local config = require("cellbridge.config")
local notebook = require("cellbridge.notebook")
local protocol = require("cellbridge.protocol_gen")
local variable_tree = require("cellbridge.variable_tree")
local window = require("cellbridge.window")

local M = {}

local namespace = vim.api.nvim_create_namespace("cellbridge.variables")

---@class (exact) cellbridge.VariablesView
---@field book cellbridge.Notebook
---@field buffer integer
---@field window integer
---@field tree cellbridge.Tree
---@field rows cellbridge.NodeRow[]
local View = {}
View.__index = View

local shown = nil ---@type cellbridge.VariablesView?

---@return boolean
function View:valid()
  return vim.api.nvim_buf_is_valid(self.buffer) and vim.api.nvim_win_is_valid(self.window)
end

---@param params table
---@param on_result fun(result: cellbridge.VariablesResult)
function View:request(params, on_result)
  self.book = notebook.of(self.book.buffer) or self.book -- the server may have been restarted
  params.uri = vim.uri_from_bufnr(self.book.buffer)
  client.request(self.book, protocol.methods.variables, params, function(result)
    if self:valid() then
      on_result(result)
    end
  end)
end

---@param row cellbridge.NodeRow
---@return cellbridge.Chunk[]
local function more_line(row)
  local node = row.node
  local left = node.total - #(node.children or {})
  local text = left > 0 and ("… %d more, <CR> shows them"):format(left) or ""
  if node.message ~= "" then
    text = vim.trim(text .. "  " .. node.message)
  end
  return { { (" "):rep(2 * row.depth + 3) .. text, "CellbridgeMuted" } }
end

---@param row cellbridge.NodeRow
---@param widths integer[]
---@return cellbridge.Chunk[]
local function variable_line(row, widths)
  local variable = row.node.variable --[[@as cellbridge.Variable]]
  local sign = " "
  if variable.children then
    sign = row.node.children and "▾" or "▸"
  end
  local name = ("%s%s %s"):format((" "):rep(2 * row.depth), sign, variable.name)
  local kind = variable.type
  if variable.shape and variable.shape ~= "" then
    kind = kind .. " " .. variable.shape
  elseif variable.length then
    kind = ("%s (%d)"):format(kind, variable.length)
  end
  local size = variable.size and window.size(variable.size) or ""
  return {
    { variable.changed and "•" or " ", "CellbridgeChanged" },
    { window.fit(name, widths[1]), "CellbridgeVariable" },
    { "  " .. window.fit(kind, widths[2]), "CellbridgeType" },
    { ("  %9s  "):format(size), "CellbridgeMuted" },
    { variable.value, "CellbridgeOutput" },
  }
end

function View:title()
  local script = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(self.book.buffer), ":t")
  local words = { ("%d variables of %s"):format(self.tree.root.total, script) }
  words[#words + 1] = "by "
    .. variable_tree.SORT_ORDERS[self.tree.sort]
    .. (self.tree.descending and " ↓" or "")
  if self.tree.filter ~= "" then
    words[#words + 1] = "with “" .. self.tree.filter .. "”"
  end
  if self.tree.hidden then
    words[#words + 1] = "all"
  end
  words[#words + 1] = "? for help"
  local title = table.concat(words, " · "):gsub("%%", "%%%%")
  vim.wo[self.window].winbar = "%#CellbridgeTableHead# " .. title
end

function View:draw()
  local cursor = vim.api.nvim_win_get_cursor(self.window)
  self.rows = self.tree:rows()
  local room = vim.api.nvim_win_get_width(self.window)
  local longest = { 8, 8 }
  for _, row in ipairs(self.rows) do
    local variable = row.node.variable
    if variable and not row.more then
      local name = vim.fn.strdisplaywidth(variable.name) + 2 * row.depth + 2
      local kind = #variable.type + #(variable.shape or "") + (variable.length and 8 or 1)
      longest = { math.max(longest[1], name), math.max(longest[2], kind) }
    end
  end
  local widths = {
    math.min(longest[1], math.floor(room * 0.3)),
    math.min(longest[2], math.floor(room * 0.25)),
  }
  local lines = {} ---@type cellbridge.Chunk[][]
  for _, row in ipairs(self.rows) do
    lines[#lines + 1] = row.more and more_line(row) or variable_line(row, widths)
  end
  if #lines == 0 then
    lines = { { { "   No variables yet. Run a cell.", "CellbridgeMuted" } } }
  end
  window.paint(self.buffer, namespace, lines)
  self:title()
  vim.api.nvim_win_set_cursor(self.window, { math.min(cursor[1], #lines), cursor[2] })
end

---@return cellbridge.NodeRow?
function View:current_row()
  local rows = self.rows ---@type table<integer, cellbridge.NodeRow>
  return rows[vim.api.nvim_win_get_cursor(self.window)[1]]
end

--- Fold or unfold the node at the cursor.
function View:toggle()
  local row = self:current_row()
  if not row then
    return
  elseif row.more then
    if #row.node.children < row.node.total then
      self.tree:unfold(row.node)
    end
  elseif row.node.children then
    self.tree:fold(row.node)
  elseif row.node.variable and row.node.variable.children then
    self.tree:unfold(row.node)
  end
end

--- Open the node at the cursor: a table in its own window, other values in place.
function View:open()
  local row = self:current_row()
  if row and not row.more and row.node.variable and row.node.variable.table then
    require("cellbridge.table_window").open(self.book, row.node.path)
  else
    self:toggle()
  end
end

--- Return the name of the variable at the cursor; nil for a part of a variable.
---@return string?
function View:current_name()
  local row = self:current_row()
  if row and not row.more and #row.node.path == 1 then
    return row.node.variable and row.node.variable.name
  end
  vim.notify("Put the cursor on a variable, not on a part of one.")
end

---@param command string
---@param argument table
function View:run_command(command, argument)
  client.command(self.book, command, argument, function()
    self.tree:refresh()
  end)
end

function View:delete()
  local name = self:current_name()
  if name and vim.fn.confirm(("Delete %s in the kernel?"):format(name), "&Yes\n&No", 2) == 1 then
    self:run_command(protocol.commands.deleteVariable, { name = name })
  end
end

function View:rename()
  local name = self:current_name()
  if name then
    vim.ui.input({ prompt = ("Rename %s to: "):format(name), default = name }, function(new)
      if new and new ~= "" and new ~= name then
        self:run_command(protocol.commands.renameVariable, { name = name, newName = new })
      end
    end)
  end
end

function View:filter()
  vim.ui.input(
    { prompt = "Show only names or types that contain: ", default = self.tree.filter },
    function(text)
      if text then
        self.tree.filter = text
        self.tree:refresh()
      end
    end
  )
end

function View:yank()
  local row = self:current_row()
  local expression = row and row.node.variable and row.node.variable.expression or ""
  if expression ~= "" then
    vim.fn.setreg(vim.v.register, expression)
    vim.notify(("Yanked %s"):format(expression))
  else
    vim.notify("This value has no expression.")
  end
end

---@param change fun(of: cellbridge.Tree)
---@return fun()
function View:changing_tree(change)
  return function()
    change(self.tree)
    self.tree:refresh()
  end
end

---@return cellbridge.WindowKey[]
function View:keys()
  local function call(name)
    return function()
      self[name](self)
    end
  end
  local next_sort = self:changing_tree(function(of)
    of.sort = of.sort % #variable_tree.SORT_ORDERS + 1
  end)
  local reverse_order = self:changing_tree(function(of)
    of.descending = not of.descending
  end)
  local toggle_hidden = self:changing_tree(function(of)
    of.hidden = not of.hidden
  end)
  return {
    { "<CR> <2-LeftMouse>", "Open as a table, or unfold in place.", call("open") },
    { "<Tab> o", "Unfold in place, or fold.", call("toggle") },
    { "f", "Show only names or types that contain a text.", call("filter") },
    { "s", "Sort by name, type, size, or most recent.", next_sort },
    { "S", "Reverse the order.", reverse_order },
    { ".", "Show or hide modules, functions and private names.", toggle_hidden },
    { "y", "Yank the expression.", call("yank") },
    { "r", "Rename in the kernel.", call("rename") },
    { "d", "Delete in the kernel.", call("delete") },
    { "R", "Reload all.", self:changing_tree(function() end) },
  }
end

--- Show the variables of a notebook, in the existing window if there is one.
---@param book cellbridge.Notebook
function M.open(book)
  if shown and shown:valid() then
    vim.api.nvim_set_current_win(shown.window)
    if shown.book == book then
      return shown.tree:refresh()
    end
    vim.api.nvim_win_close(shown.window, true)
  end
  local buffer, opened = window.split("cellbridge://variables", config.get().variables_lines)
  local view = setmetatable({
    book = book,
    buffer = buffer,
    window = opened,
    rows = {},
  }, View)
  view.tree = variable_tree.new(function(params, on_result)
    view:request(params, on_result)
  end, function()
    view:draw()
  end)
  shown = view
  vim.bo[buffer].filetype = "cellbridge-variables"
  window.keys(buffer, view:keys())
  view:draw()
  view.tree:refresh()
end

--- Show the variables, or close their window.
---@param book cellbridge.Notebook
function M.toggle(book)
  if shown and shown:valid() and shown.book == book then
    vim.api.nvim_win_close(shown.window, true)
  else
    M.open(book)
  end
end

--- Reload the variables after they may have changed.
---@param uri string
function M.changed(uri)
  local book = notebook.of(vim.uri_to_bufnr(uri))
  if book and shown and shown:valid() and shown.book == book then
    shown.tree:refresh()
  end
end

return M
