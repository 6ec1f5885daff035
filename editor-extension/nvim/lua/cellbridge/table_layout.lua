--- A page of a table as lines of text, with the positions of its columns.
--- Owns the layout of tables. It must not know windows or requests.
local window = require("cellbridge.window")

local M = {}

local MAX_COLUMN_WIDTH = 40

---@class (exact) cellbridge.ColumnSpan
---@field column integer Index in the whole table, from 0.
---@field from integer First screen column, from 0.
---@field stop integer

---@class (exact) cellbridge.TablePage
---@field lines cellbridge.Chunk[][] Two header lines, then the rows.
---@field spans cellbridge.ColumnSpan[]

---@param dtype string
---@return boolean
local function is_numeric(dtype)
  local name = dtype:lower()
  for _, part in ipairs({ "int", "float", "decimal", "complex", "f8", "f4", "i8", "i4" }) do
    if name:find(part, 1, true) == 1 or name:find("u" .. part, 1, true) == 1 then
      return true
    end
  end
  return false
end

---@param text string
---@param width integer
---@param right boolean
---@return string
local function pad(text, width, right)
  text = text:gsub("[\r\n\t]", "␊")
  local gap = width - vim.fn.strdisplaywidth(text)
  if right and gap > 0 then
    return (" "):rep(gap) .. text
  end
  return window.fit(text, width)
end

---@param texts string[]
---@return integer
local function column_width(texts)
  local width = 1
  for _, text in ipairs(texts) do
    width = math.max(width, vim.fn.strdisplaywidth(text))
  end
  return math.min(width, MAX_COLUMN_WIDTH)
end

---@param result cellbridge.TableResult
---@param sorted table<integer, string> The sign of the sort order, by column.
---@param filtered table<integer, boolean>
---@return string[] names
local function names_of(result, sorted, filtered)
  local names = {} ---@type string[]
  for at, column in ipairs(result.columns) do
    local place = (result.firstColumn or 0) + at - 1
    local signs = (sorted[place] or "") .. (filtered[place] and "▽" or "")
    names[at] = signs == "" and column.name or column.name .. " " .. signs
  end
  return names
end

--- Lay out a page for a width in screen columns. Columns that do not fit are left out.
---@param result cellbridge.TableResult
---@param room integer
---@param sorted table<integer, string>
---@param filtered table<integer, boolean>
---@return cellbridge.TablePage
function M.page(result, room, sorted, filtered)
  local names = names_of(result, sorted, filtered)
  local labels = column_width(result.index)
  local page = { lines = { {}, {} }, spans = {} } ---@type cellbridge.TablePage
  local function append(row, text, group)
    page.lines[row][#page.lines[row] + 1] = { text, group }
  end
  append(1, (" "):rep(labels), "CellbridgeTableHead")
  append(2, (" "):rep(labels), "CellbridgeMuted")
  for at, label in ipairs(result.index) do
    page.lines[at + 2] = {
      { pad(label, labels, is_numeric(label:match("^%d+$") and "int" or "")), "CellbridgeMuted" },
    }
  end
  local from = labels
  for at, column in ipairs(result.columns) do
    local texts = { names[at], column.dtype }
    for _, row in ipairs(result.rows) do
      texts[#texts + 1] = (row[at] or ""):gsub("[\r\n\t]", "␊")
    end
    local width = column_width(texts)
    if from + 2 + width > room and #page.spans > 0 then
      break
    end
    local right = is_numeric(column.dtype)
    append(1, "  " .. pad(names[at], width, right), "CellbridgeTableHead")
    append(2, "  " .. pad(column.dtype, width, right), "CellbridgeMuted")
    for row, values in ipairs(result.rows) do
      local value = values[at] or ""
      local group = value == "" and "CellbridgeMuted" or "CellbridgeOutput"
      append(row + 2, "  " .. pad(value == "" and "·" or value, width, right), group)
    end
    local place = (result.firstColumn or 0) + at - 1
    page.spans[at] = { column = place, from = from + 2, stop = from + 2 + width }
    from = from + 2 + width
  end
  return page
end

--- Return the summary of a column as lines: counts, range, and the frequency of values.
---@param summary cellbridge.TableSummaryResult
---@return cellbridge.Chunk[][]
function M.summary(summary)
  local lines = {} ---@type cellbridge.Chunk[][]
  local function add_fact(word, value)
    if value ~= nil and value ~= "" then
      lines[#lines + 1] =
        { { (" %-10s"):format(word), "CellbridgeMuted" }, { tostring(value), "CellbridgeOutput" } }
    end
  end
  add_fact("type", summary.dtype)
  add_fact("rows", summary.rows)
  add_fact("missing", summary.nulls)
  add_fact("distinct", summary.distinct)
  add_fact("min", summary.min)
  add_fact("max", summary.max)
  add_fact("mean", summary.mean)
  add_fact("sampled", summary.sampled and ("%d rows"):format(summary.sampled))
  local bars = {} ---@type {label: string, count: integer}[]
  for _, bin in ipairs(summary.histogram or {}) do
    bars[#bars + 1] = { label = ("%.4g … %.4g"):format(bin.low, bin.high), count = bin.count }
  end
  for _, top in ipairs(summary.top or {}) do
    bars[#bars + 1] = { label = top.value, count = top.count }
  end
  local most = 1
  for _, bar in ipairs(bars) do
    most = math.max(most, bar.count)
  end
  if #bars > 0 then
    lines[#lines + 1] = { { "" } }
  end
  for _, bar in ipairs(bars) do
    lines[#lines + 1] = {
      { " " .. window.fit(bar.label, 24) .. " ", "CellbridgeOutput" },
      { window.fit(("█"):rep(math.ceil(bar.count / most * 20)), 20), "CellbridgeResult" },
      { (" %d"):format(bar.count), "CellbridgeMuted" },
    }
  end
  if (summary.message or "") ~= "" then
    lines[#lines + 1] = { { " " .. summary.message, "CellbridgeMuted" } }
  end
  return lines
end

return M
