--- The window of a variable that is a table: page by page, sorted and filtered in the kernel.
--- Owns that window and what it asks for. How a page looks is grid_layout.lua's matter.
-- Size: one window and its keys; what it asks and how a page looks are apart already.
local client = require("cellbridge.client")
local layout = require("cellbridge.grid_layout")
local notebook = require("cellbridge.notebook")
local protocol = require("cellbridge.protocol_gen")
local questions = require("cellbridge.grid_questions")
local window = require("cellbridge.window")

local M = {}

local COLUMNS = 50
local HEADS = 2
local namespace = vim.api.nvim_create_namespace("cellbridge.grid")

---@class (exact) cellbridge.Grid
---@field book cellbridge.Notebook
---@field path string[]
---@field buffer integer
---@field window integer
---@field start integer First row of the page.
---@field first integer First column of the page.
---@field sort? cellbridge.TableSort
---@field filters cellbridge.TableFilter[]
---@field result? cellbridge.TableResult
---@field spans cellbridge.Span[]
---@field asked integer
local Grid = {}
Grid.__index = Grid

local shown = nil ---@type cellbridge.Grid?

---@return boolean
function Grid:valid()
  return vim.api.nvim_buf_is_valid(self.buffer) and vim.api.nvim_win_is_valid(self.window)
end

---@return integer
function Grid:rows()
  return vim.api.nvim_win_get_height(self.window) - HEADS
end

---@param more table
---@return table
function Grid:params(more)
  return vim.tbl_extend("force", {
    uri = vim.uri_from_bufnr(self.book.buffer),
    path = self.path,
    sort = { self.sort },
    filters = self.filters,
  }, more)
end

--- Ask for the page and show it.
---@param row? integer Where the cursor goes, from the page's first row; it stays without.
function Grid:load(row)
  self.book = notebook.of(self.book.buffer) or self.book
  local number = self.asked + 1
  self.asked = number
  local params = self:params({
    start = self.start,
    count = self:rows(),
    firstColumn = self.first,
    columns = COLUMNS,
  })
  client.request(self.book, protocol.methods.table, params, function(result)
    if self.asked == number and self:valid() then
      self.result = result
      self:draw(row)
    end
  end)
end

---@param row? integer
function Grid:draw(row)
  local result = self.result --[[@as cellbridge.TableResult]]
  local sorted, filtered = {}, {} ---@type table<integer, string>, table<integer, boolean>
  if self.sort then
    sorted[self.sort.column] = self.sort.descending and "↓" or "↑"
  end
  for _, filter in ipairs(self.filters) do
    filtered[filter.column] = true
  end
  local cursor = vim.api.nvim_win_get_cursor(self.window)
  local page = layout.page(result, vim.api.nvim_win_get_width(self.window), sorted, filtered)
  self.spans = page.spans
  window.paint(self.buffer, namespace, page.lines)
  local line = row and row + HEADS + 1 or cursor[1]
  line = math.max(math.min(HEADS + 1, #page.lines), math.min(line, #page.lines))
  vim.api.nvim_win_set_cursor(self.window, { line, cursor[2] })
  self:title()
end

function Grid:title()
  local result = self.result --[[@as cellbridge.TableResult]]
  local words = { table.concat(self.path, " › ") }
  local last = (result.start or 0) + #result.rows
  local rows = ("rows %d–%d of %d"):format((result.start or 0) + 1, last, result.filteredRows)
  if #result.rows == 0 then
    rows = "no rows"
  end
  if result.filteredRows < result.totalRows then
    rows = ("%s (%d in all)"):format(rows, result.totalRows)
  end
  words[#words + 1] = rows
  local final = self.spans[#self.spans]
  if final and (self.first > 0 or final.column + 1 < result.totalColumns) then
    local columns = "columns %d–%d of %d"
    words[#words + 1] = columns:format(self.first + 1, final.column + 1, result.totalColumns)
  end
  local footer = (result.message or "") ~= "" and result.message or "? helps"
  vim.api.nvim_win_set_config(self.window, {
    title = " " .. table.concat(words, " · ") .. " ",
    footer = " " .. footer .. " ",
    footer_pos = "right",
  })
end

--- Whether something can be asked of this table; says so where it cannot.
---@param what "sort"|"filter"|"summary"|"export"
---@return boolean
function Grid:can(what)
  local able = self.result ~= nil and vim.tbl_contains(self.result.can, what)
  if not able and self.result then
    vim.notify(("A table of this kind (%s) cannot do that: %s."):format(self.result.kind, what))
  end
  return able
end

--- The column that the cursor is in, or the one left of it.
---@return cellbridge.Span?
---@return integer
function Grid:column()
  local cell = vim.fn.virtcol(".", true, self.window)[1] - 1
  for at = #self.spans, 1, -1 do
    if self.spans[at].from <= cell + 1 then
      return self.spans[at], at
    end
  end
  return self.spans[1], 1
end

--- Go to a row of the whole table; a page further on begins there.
---@param start integer
---@param row integer
function Grid:go(start, row)
  local result = self.result
  if not result then
    return
  end
  local pages = math.max(0, math.ceil(result.filteredRows / self:rows()) - 1)
  local wanted = math.max(0, math.min(start, pages * self:rows()))
  if wanted == self.start then
    local last = HEADS + math.max(1, #result.rows)
    local line = math.max(HEADS + 1, math.min(row + HEADS + 1, last))
    local cursor = vim.api.nvim_win_get_cursor(self.window)
    vim.api.nvim_win_set_cursor(self.window, { line, cursor[2] })
  else
    self.start = wanted
    self:load(row)
  end
end

--- Move by rows, over the ends of pages.
---@param by integer
function Grid:move(by)
  local rows, last = self:rows(), math.max(0, (self.result and self.result.filteredRows or 0) - 1)
  local here = self.start + vim.api.nvim_win_get_cursor(self.window)[1] - HEADS - 1
  local wanted = math.max(0, math.min(here + by * vim.v.count1, last))
  self:go(wanted - wanted % rows, wanted % rows)
end

--- Go to the next or the previous column; those that do not fit come into view.
---@param by integer
function Grid:aside(by)
  local _, at = self:column()
  local target = self.spans[at + by]
  if target then
    local line = vim.api.nvim_win_get_cursor(self.window)[1]
    local byte = vim.fn.virtcol2col(self.window, line, target.from + 1)
    vim.api.nvim_win_set_cursor(self.window, { line, math.max(0, byte - 1) })
  else
    self:shift(by)
  end
end

--- Show the columns right or left of those that are seen.
---@param by integer
function Grid:shift(by)
  local final = self.spans[#self.spans]
  local first = self.first
  if by > 0 and final and self.result and final.column + 1 < self.result.totalColumns then
    first = final.column + 1
  elseif by < 0 then
    first = math.max(0, first - #self.spans)
  end
  if first ~= self.first then
    self.first = first
    self:load()
  end
end

--- Sort by the column: upwards, downwards, not at all.
function Grid:order()
  local span = self:column()
  if not span or not self:can("sort") then
    return
  end
  local sort = self.sort
  if not sort or sort.column ~= span.column then
    self.sort = { column = span.column }
  else
    self.sort = not sort.descending and { column = span.column, descending = true } or nil
  end
  self.start = 0
  self:load(0)
end

--- Leave only rows that meet a condition on the column; an empty one takes it back.
function Grid:filter()
  local span, at = self:column()
  if not span or not self:can("filter") then
    return
  end
  local name = self.result.columns[at].name
  local prompt = ("%s (> 3, != x, ~ text, null, not null): "):format(name)
  vim.ui.input({ prompt = prompt }, function(text)
    if not text or not self:valid() then
      return
    end
    self.filters = vim.tbl_filter(function(one)
      return one.column ~= span.column
    end, self.filters)
    if vim.trim(text) ~= "" then
      self.filters[#self.filters + 1] = questions.condition(span.column, text)
    end
    self.start = 0
    self:load(0)
  end)
end

function Grid:unfilter()
  self.filters, self.start = {}, 0
  self:load(0)
end

function Grid:summary()
  local span = self:column()
  if span and self:can("summary") then
    questions.summary(self.book, self.path, span.column)
  end
end

--- Write the table, as it is sorted and filtered, to a file of a person's choice.
function Grid:export()
  if self:can("export") then
    questions.export(self.book, self.path[#self.path], self:params({}))
  end
end

function Grid:yank()
  local span, at = self:column()
  local row = vim.api.nvim_win_get_cursor(self.window)[1] - HEADS
  local values = self.result and self.result.rows[row]
  if span and values then
    vim.fn.setreg(vim.v.register, values[at])
    vim.notify(("Yanked %s"):format(values[at]))
  end
end

---@return cellbridge.WindowKey[]
function Grid:keys()
  local function call(name, ...)
    local given = { ... }
    return function()
      self[name](self, unpack(given))
    end
  end
  local function page(by)
    return function()
      self:go(self.start + by * vim.v.count1 * self:rows(), 0)
    end
  end
  local function ending()
    local rows = self.result and self.result.filteredRows or 0
    self:go(rows, self:rows())
  end
  return {
    { "<C-f> <PageDown>", "Go to the next page.", page(1) },
    { "<C-b> <PageUp>", "Go to the page before.", page(-1) },
    { "j <Down>", "Go to the next row.", call("move", 1) },
    { "k <Up>", "Go to the row before.", call("move", -1) },
    { "gg", "Go to the first row.", call("go", 0, 0) },
    { "G", "Go to the last row.", ending },
    { "<Tab> w", "Go to the next column.", call("aside", 1) },
    { "<S-Tab> b", "Go to the column before.", call("aside", -1) },
    { "s", "Sort by the column: up, down, not.", call("order") },
    { "f", "Keep rows by a condition on it.", call("filter") },
    { "F", "Show all rows again.", call("unfilter") },
    { "i", "Sum the column up.", call("summary") },
    { "y", "Yank the value.", call("yank") },
    { "e", "Write the table to a file.", call("export") },
    { "R", "Ask for the page anew.", call("load") },
  }
end

--- Show a variable as a table.
---@param book cellbridge.Notebook
---@param path string[]
function M.open(book, path)
  local rows = math.floor(vim.o.lines * 0.8)
  local params = { uri = vim.uri_from_bufnr(book.buffer), path = path, count = rows }
  client.request(book, protocol.methods.table, params, function(result)
    local height = HEADS + math.max(1, math.min(rows - HEADS, result.totalRows))
    local buffer, opened = window.float(path[#path], height)
    vim.wo[opened].wrap, vim.wo[opened].cursorline = false, true
    local grid = setmetatable({
      book = book,
      path = path,
      buffer = buffer,
      window = opened,
      start = 0,
      first = 0,
      filters = {},
      spans = {},
      asked = 0,
    }, Grid)
    shown = grid
    vim.bo[buffer].filetype = "cellbridge-table"
    window.keys(buffer, grid:keys())
    grid.result = result
    grid.result.rows = vim.list_slice(result.rows, 1, grid:rows())
    grid.result.index = vim.list_slice(result.index, 1, grid:rows())
    grid:draw(0)
  end)
end

--- The server says that variables may have changed.
---@param uri string
function M.changed(uri)
  local book = notebook.of(vim.uri_to_bufnr(uri))
  if book and shown and shown:valid() and shown.book.buffer == book.buffer then
    shown:load()
  end
end

return M
