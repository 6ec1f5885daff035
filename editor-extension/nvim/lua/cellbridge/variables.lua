--- The window of a kernel's variables: a tree that is asked for as it is unfolded.
--- Owns that window. Values come from the server as they are shown.
local client = require("cellbridge.client")
local config = require("cellbridge.config")
local notebook = require("cellbridge.notebook")
local protocol = require("cellbridge.protocol_gen")
local tree = require("cellbridge.tree")
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
---@param answered fun(result: cellbridge.VariablesResult)
function View:ask(params, answered)
  self.book = notebook.of(self.book.buffer) or self.book -- the server may have been restarted
  params.uri = vim.uri_from_bufnr(self.book.buffer)
  client.request(self.book, protocol.methods.variables, params, function(result)
    if self:valid() then
      answered(result)
    end
  end)
end

---@param row cellbridge.NodeRow
---@return cellbridge.Chunk[]
local function more(row)
  local node = row.node
  local left = node.total - #(node.children or {})
  local said = left > 0 and ("… %d more; <CR> shows them"):format(left) or ""
  if node.message ~= "" then
    said = vim.trim(said .. "  " .. node.message)
  end
  return { { (" "):rep(2 * row.depth + 3) .. said, "CellbridgeMuted" } }
end

---@param row cellbridge.NodeRow
---@param widths integer[]
---@return cellbridge.Chunk[]
local function line(row, widths)
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
  words[#words + 1] = "by " .. tree.SORTS[self.tree.sort] .. (self.tree.descending and " ↓" or "")
  if self.tree.filter ~= "" then
    words[#words + 1] = "with “" .. self.tree.filter .. "”"
  end
  if self.tree.hidden then
    words[#words + 1] = "all"
  end
  words[#words + 1] = "? helps"
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
    lines[#lines + 1] = row.more and more(row) or line(row, widths)
  end
  if #lines == 0 then
    lines = { { { "   There are no variables yet; run a cell.", "CellbridgeMuted" } } }
  end
  window.paint(self.buffer, namespace, lines)
  self:title()
  vim.api.nvim_win_set_cursor(self.window, { math.min(cursor[1], #lines), cursor[2] })
end

---@return cellbridge.NodeRow?
function View:here()
  local rows = self.rows ---@type table<integer, cellbridge.NodeRow>
  return rows[vim.api.nvim_win_get_cursor(self.window)[1]]
end

--- Fold or unfold what the cursor is on.
function View:toggle()
  local row = self:here()
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

--- Open what the cursor is on: a table as a table, all else in place.
function View:open()
  local row = self:here()
  if row and not row.more and row.node.variable and row.node.variable.table then
    require("cellbridge.grid").open(self.book, row.node.path)
  else
    self:toggle()
  end
end

--- The name at the top that the cursor is on; nothing for what lies below one.
---@return string?
function View:name()
  local row = self:here()
  if row and not row.more and #row.node.path == 1 then
    return row.node.variable and row.node.variable.name
  end
  vim.notify("Put the cursor on a variable itself, not on a part of it.")
end

---@param command string
---@param more_of_it table
function View:change(command, more_of_it)
  client.command(self.book, command, more_of_it, function()
    self.tree:refresh()
  end)
end

function View:delete()
  local name = self:name()
  if name and vim.fn.confirm(("Delete %s in the kernel?"):format(name), "&Yes\n&No", 2) == 1 then
    self:change(protocol.commands.deleteVariable, { name = name })
  end
end

function View:rename()
  local name = self:name()
  if name then
    vim.ui.input({ prompt = ("Rename %s to: "):format(name), default = name }, function(new)
      if new and new ~= "" and new ~= name then
        self:change(protocol.commands.renameVariable, { name = name, newName = new })
      end
    end)
  end
end

function View:narrow()
  vim.ui.input({ prompt = "Only names or types with: ", default = self.tree.filter }, function(text)
    if text then
      self.tree.filter = text
      self.tree:refresh()
    end
  end)
end

function View:yank()
  local row = self:here()
  local expression = row and row.node.variable and row.node.variable.expression or ""
  if expression ~= "" then
    vim.fn.setreg(vim.v.register, expression)
    vim.notify(("Yanked %s"):format(expression))
  else
    vim.notify("There is no expression for this.")
  end
end

---@param change fun(of: cellbridge.Tree)
---@return fun()
function View:with(change)
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
  local next_sort = self:with(function(of)
    of.sort = of.sort % #tree.SORTS + 1
  end)
  local turn = self:with(function(of)
    of.descending = not of.descending
  end)
  local hide = self:with(function(of)
    of.hidden = not of.hidden
  end)
  return {
    { "<CR> <2-LeftMouse>", "Open it: a table as a table, all else in place.", call("open") },
    { "<Tab> o", "Unfold it in place, or fold it.", call("toggle") },
    { "f", "Show only names or types with a text.", call("narrow") },
    { "s", "Sort by name, type, size, or the latest first.", next_sort },
    { "S", "Turn the order round.", turn },
    { ".", "Show modules, functions and private names too.", hide },
    { "y", "Yank the expression that gives it.", call("yank") },
    { "r", "Rename it in the kernel.", call("rename") },
    { "d", "Delete it in the kernel.", call("delete") },
    { "R", "Ask for everything anew.", self:with(function() end) },
  }
end

--- Show the variables of a notebook; the window that is there already is used for them.
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
  view.tree = tree.new(function(params, answered)
    view:ask(params, answered)
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

--- The server says that variables may have changed.
---@param uri string
function M.changed(uri)
  local book = notebook.of(vim.uri_to_bufnr(uri))
  if book and shown and shown:valid() and shown.book == book then
    shown.tree:refresh()
  end
end

return M
