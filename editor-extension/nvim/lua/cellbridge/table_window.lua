--- The window of a variable that is a table: page by page, sorted and filtered in the kernel.
--- Owns that window and its requests. table_layout.lua lays out a page.
-- Size: one window and its keys. Layout and further requests have modules of their own.
local client = require("cellbridge.client")
local table_layout = require("cellbridge.table_layout")
local notebook = require("cellbridge.notebook")
local protocol = require("cellbridge.protocol_gen")
local table_requests = require("cellbridge.table_requests")
local window = require("cellbridge.window")

local M = {}

local COLUMN_LIMIT = 50
local HEADER_LINES = 2
local namespace = vim.api.nvim_create_namespace("cellbridge.grid")

---@class (exact) cellbridge.TableWindow
---@field book cellbridge.Notebook
---@field path string[]
---@field buffer integer
---@field window integer
---@field start integer First row of the page.
---@field first integer First column of the page.
---@field sort? cellbridge.TableSort
---@field filters cellbridge.TableFilter[]
---@field result? cellbridge.TableResult
---@field spans cellbridge.ColumnSpan[]
---@field request_number integer
local TableWindow = {}
TableWindow.__index = TableWindow

local shown = nil ---@type cellbridge.TableWindow?

---@return boolean
function TableWindow:valid()
  return vim.api.nvim_buf_is_valid(self.buffer) and vim.api.nvim_win_is_valid(self.window)
end

---@return integer
function TableWindow:rows()
  return vim.api.nvim_win_get_height(self.window) - HEADER_LINES
end

---@param more table
---@return table
function TableWindow:params(more)
  return vim.tbl_extend("force", {
    uri = vim.uri_from_bufnr(self.book.buffer),
    path = self.path,
    sort = { self.sort },
    filters = self.filters,
  }, more)
end

--- Request the page and show it.
---@param row? integer New row of the cursor within the page; without it the cursor stays.
function TableWindow:load(row)
  self.book = notebook.of(self.book.buffer) or self.book
  local number = self.request_number + 1
  self.request_number = number
  local params = self:params({
    start = self.start,
    count = self:rows(),
    firstColumn = self.first,
    columns = COLUMN_LIMIT,
  })
  client.request(self.book, protocol.methods.table, params, function(result)
    if self.request_number == number and self:valid() then
      self.result = result
      self:draw(row)
    end
  end)
end

---@param row? integer
function TableWindow:draw(row)
  local result = self.result --[[@as cellbridge.TableResult]]
  local sorted, filtered = {}, {} ---@type table<integer, string>, table<integer, boolean>
  if self.sort then
    sorted[self.sort.column] = self.sort.descending and "↓" or "↑"
  end
  for _, filter in ipairs(self.filters) do
    filtered[filter.column] = true
  end
  local cursor = vim.api.nvim_win_get_cursor(self.window)
  local page = table_layout.page(result, vim.api.nvim_win_get_width(self.window), sorted, filtered)
  self.spans = page.spans
  window.paint(self.buffer, namespace, page.lines)
  local line = row and row + HEADER_LINES + 1 or cursor[1]
  line = math.max(math.min(HEADER_LINES + 1, #page.lines), math.min(line, #page.lines))
  vim.api.nvim_win_set_cursor(self.window, { line, cursor[2] })
  self:title()
end

function TableWindow:title()
  local result = self.result --[[@as cellbridge.TableResult]]
  local words = { table.concat(self.path, " › ") }
  local last = (result.start or 0) + #result.rows
  local rows = ("rows %d–%d of %d"):format((result.start or 0) + 1, last, result.filteredRows)
  if #result.rows == 0 then
    rows = "no rows"
  end
  if result.filteredRows < result.totalRows then
    rows = ("%s (%d in total)"):format(rows, result.totalRows)
  end
  words[#words + 1] = rows
  local final = self.spans[#self.spans]
  if final and (self.first > 0 or final.column + 1 < result.totalColumns) then
    local columns = "columns %d–%d of %d"
    words[#words + 1] = columns:format(self.first + 1, final.column + 1, result.totalColumns)
  end
  local footer = (result.message or "") ~= "" and result.message or "? for help"
  vim.api.nvim_win_set_config(self.window, {
    title = " " .. table.concat(words, " · ") .. " ",
    footer = " " .. footer .. " ",
    footer_pos = "right",
  })
end

--- Return true if the table supports an operation, otherwise notify the user.
---@param what "sort"|"filter"|"summary"|"export"
---@return boolean
function TableWindow:check_can(what)
  local able = self.result ~= nil and vim.tbl_contains(self.result.operations, what)
  if not able and self.result then
    vim.notify(("A table of type %s does not support this: %s."):format(self.result.kind, what))
  end
  return able
end

--- Return the column at the cursor, or the one left of it.
---@return cellbridge.ColumnSpan?
---@return integer
function TableWindow:column()
  local cell = vim.fn.virtcol(".", true, self.window)[1] - 1
  for at = #self.spans, 1, -1 do
    if self.spans[at].from <= cell + 1 then
      return self.spans[at], at
    end
  end
  return self.spans[1], 1
end

--- Go to a row of the page that starts at a row of the table.
---@param start integer
---@param row integer
function TableWindow:go_to_row(start, row)
  local result = self.result
  if not result then
    return
  end
  local pages = math.max(0, math.ceil(result.filteredRows / self:rows()) - 1)
  local wanted = math.max(0, math.min(start, pages * self:rows()))
  if wanted == self.start then
    local last = HEADER_LINES + math.max(1, #result.rows)
    local line = math.max(HEADER_LINES + 1, math.min(row + HEADER_LINES + 1, last))
    local cursor = vim.api.nvim_win_get_cursor(self.window)
    vim.api.nvim_win_set_cursor(self.window, { line, cursor[2] })
  else
    self.start = wanted
    self:load(row)
  end
end

--- Move by rows, across pages.
---@param by integer
function TableWindow:move_rows(by)
  local rows, last = self:rows(), math.max(0, (self.result and self.result.filteredRows or 0) - 1)
  local here = self.start + vim.api.nvim_win_get_cursor(self.window)[1] - HEADER_LINES - 1
  local wanted = math.max(0, math.min(here + by * vim.v.count1, last))
  self:go_to_row(wanted - wanted % rows, wanted % rows)
end

--- Go to the next or previous column, and show further columns if needed.
---@param by integer
function TableWindow:move_column(by)
  local _, at = self:column()
  local target = self.spans[at + by]
  if target then
    local line = vim.api.nvim_win_get_cursor(self.window)[1]
    local byte = vim.fn.virtcol2col(self.window, line, target.from + 1)
    vim.api.nvim_win_set_cursor(self.window, { line, math.max(0, byte - 1) })
  else
    self:shift_columns(by)
  end
end

--- Show the columns to the right or left of the visible ones.
---@param by integer
function TableWindow:shift_columns(by)
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

--- Sort by the column: ascending, then descending, then unsorted.
function TableWindow:sort_by_column()
  local span = self:column()
  if not span or not self:check_can("sort") then
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

--- Filter rows by a condition on the column. An empty condition removes the filter.
function TableWindow:filter()
  local span, at = self:column()
  if not span or not self:check_can("filter") then
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
      self.filters[#self.filters + 1] = table_requests.parse_condition(span.column, text)
    end
    self.start = 0
    self:load(0)
  end)
end

function TableWindow:clear_filters()
  self.filters, self.start = {}, 0
  self:load(0)
end

function TableWindow:summary()
  local span = self:column()
  if span and self:check_can("summary") then
    table_requests.summary(self.book, self.path, span.column)
  end
end

--- Write the sorted and filtered table to a file that the user chooses.
function TableWindow:export()
  if self:check_can("export") then
    table_requests.export(self.book, self.path[#self.path], self:params({}))
  end
end

function TableWindow:yank()
  local span, at = self:column()
  local row = vim.api.nvim_win_get_cursor(self.window)[1] - HEADER_LINES
  local values = self.result and self.result.rows[row]
  if span and values then
    vim.fn.setreg(vim.v.register, values[at])
    vim.notify(("Yanked %s"):format(values[at]))
  end
end

---@return cellbridge.WindowKey[]
function TableWindow:keys()
  local function call(name, ...)
    local given = { ... }
    return function()
      self[name](self, unpack(given))
    end
  end
  local function page(by)
    return function()
      self:go_to_row(self.start + by * vim.v.count1 * self:rows(), 0)
    end
  end
  local function ending()
    local rows = self.result and self.result.filteredRows or 0
    self:go_to_row(rows, self:rows())
  end
  return {
    { "<C-f> <PageDown>", "Go to the next page.", page(1) },
    { "<C-b> <PageUp>", "Go to the previous page.", page(-1) },
    { "j <Down>", "Go to the next row.", call("move_rows", 1) },
    { "k <Up>", "Go to the previous row.", call("move_rows", -1) },
    { "gg", "Go to the first row.", call("go_to_row", 0, 0) },
    { "G", "Go to the last row.", ending },
    { "<Tab> w", "Go to the next column.", call("move_column", 1) },
    { "<S-Tab> b", "Go to the previous column.", call("move_column", -1) },
    { "s", "Sort: ascending, descending, off.", call("sort_by_column") },
    { "f", "Filter by the column.", call("filter") },
    { "F", "Remove all filters.", call("clear_filters") },
    { "i", "Summarize the column.", call("summary") },
    { "y", "Yank the value.", call("yank") },
    { "e", "Write the table to a file.", call("export") },
    { "R", "Reload the page.", call("load") },
  }
end

--- Open a variable as a table.
---@param book cellbridge.Notebook
---@param path string[]
function M.open(book, path)
  local rows = math.floor(vim.o.lines * 0.8)
  local params = { uri = vim.uri_from_bufnr(book.buffer), path = path, count = rows }
  client.request(book, protocol.methods.table, params, function(result)
    local height = HEADER_LINES + math.max(1, math.min(rows - HEADER_LINES, result.totalRows))
    local buffer, opened = window.float(path[#path], height)
    vim.wo[opened].wrap, vim.wo[opened].cursorline = false, true
    local view = setmetatable({
      book = book,
      path = path,
      buffer = buffer,
      window = opened,
      start = 0,
      first = 0,
      filters = {},
      spans = {},
      request_number = 0,
    }, TableWindow)
    shown = view
    vim.bo[buffer].filetype = "cellbridge-table"
    window.keys(buffer, view:keys())
    view.result = result
    view.result.rows = vim.list_slice(result.rows, 1, view:rows())
    view.result.index = vim.list_slice(result.index, 1, view:rows())
    view:draw(0)
  end)
end

--- Reload the table after the variables may have changed.
---@param uri string
function M.changed(uri)
  local book = notebook.of(vim.uri_to_bufnr(uri))
  if book and shown and shown:valid() and shown.book.buffer == book.buffer then
    shown:load()
  end
end

return M
