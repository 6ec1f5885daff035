--- Parses data frames, which kernels send as HTML, into rows of text.
--- Owns the parsing and the layout of such tables. It must not know how they are drawn.
local M = {}

---@class (exact) cellbridge.Table
---@field rows string[][]
---@field header integer Number of header rows.
---@field columns integer Number of columns that are drawn.
---@field index integer Number of index cells in each row.

local ROWS_LIMIT = 200 -- pandas sends 60 rows, other libraries may send all
local SPAN_LIMIT = 1000 -- columns or rows that one cell can take
local NAMES = { lt = "<", gt = ">", amp = "&", quot = '"', nbsp = " ", apos = "'" }

---@param html string
---@return string
local function text_of(html)
  local text = html:gsub("<[^>]*>", ""):gsub("&#(%d+);", function(code)
    return vim.fn.nr2char(tonumber(code) --[[@as integer]])
  end)
  text = text:gsub("&(%a+);", NAMES)
  return vim.trim((text:gsub("%s+", " ")))
end

---@param attributes string
---@param name string
---@return integer number Number of columns or rows that a cell takes.
local function span(attributes, name)
  local given = tonumber(attributes:match(name .. "%s*=%s*[\"']?(%d+)")) or 1
  return math.min(math.max(given, 1), SPAN_LIMIT)
end

--- Parse the first table. Return nil if it has no rows.
---@param html string
---@return cellbridge.Table?
function M.read(html)
  local body = html:match("<table.->(.-)</table>")
  if not body then
    return nil
  end
  local made = { rows = {}, header = 0, index = 0, columns = 0 } ---@type cellbridge.Table
  -- Columns that cells of earlier rows take, each with the number of rows.
  local taken = {} ---@type table<integer, integer>
  for row in body:gmatch("<tr.->(.-)</tr>") do
    local cells, names, values = {}, 0, 0
    local below = {} ---@type table<integer, integer>
    local function skip_taken()
      while taken[#cells + 1] do
        cells[#cells + 1] = ""
        names = values == 0 and #cells or names
      end
    end
    for tag, attributes, content in row:gmatch("<(t[hd])([^>]*)>(.-)</t[hd]>") do
      skip_taken()
      local wide, high = span(attributes, "colspan"), span(attributes, "rowspan")
      for column = 1, wide do
        below[#cells + 1] = high > 1 and high - 1 or nil
        cells[#cells + 1] = column == 1 and text_of(content) or ""
      end
      if tag == "th" then
        names = values == 0 and #cells or names
      else
        values = values + wide
      end
    end
    skip_taken()
    for column, rows in pairs(taken) do
      below[column] = below[column] or (rows > 1 and rows - 1 or nil)
    end
    taken = below
    made.columns = math.max(made.columns, values)
    if values == 0 and #made.rows == made.header then
      made.header = made.header + 1
    else
      made.index = math.max(made.index, names)
    end
    made.rows[#made.rows + 1] = cells
    if #made.rows > ROWS_LIMIT then
      break
    end
  end
  return #made.rows > made.header and made or nil
end

---@param text string
---@return boolean
local function is_number(text)
  return text:match("^[-+]?[%d.,]+[eE%%]?[-+]?%d*$") ~= nil or text == "NaN" or text == "<NA>"
end

--- Lay out a table in at most `width` screen columns. Table columns that do not fit are left out
--- and counted.
---@param given cellbridge.Table
---@param width integer
---@return string[] lines
---@return integer shown Number of columns in the lines, without the index and without `...`.
function M.lay_out(given, width)
  local widths, right = {}, {} ---@type integer[], boolean[]
  for at, row in ipairs(given.rows) do
    for column, cell in ipairs(row) do
      widths[column] = math.max(widths[column] or 0, vim.fn.strdisplaywidth(cell))
      if at > given.header and column > given.index and cell ~= "" and cell ~= "..." then
        right[column] = right[column] ~= false and is_number(cell)
      end
    end
  end
  local shown, room = 0, width
  for _, needed in ipairs(widths) do
    room = room - math.min(needed, width) - 2
    if room < 0 and shown > 0 then
      break
    end
    shown = shown + 1
  end
  local lines = {} ---@type string[]
  for _, row in ipairs(given.rows) do
    local cells = {} ---@type string[]
    for column = 1, shown do
      local cell = row[column] or ""
      local gap = (" "):rep(widths[column] - vim.fn.strdisplaywidth(cell))
      cells[column] = right[column] and gap .. cell or cell .. gap
    end
    lines[#lines + 1] = (table.concat(cells, "  "):gsub("%s+$", ""))
  end
  local heading = given.rows[given.header] or {}
  local values = 0
  for column = given.index + 1, shown do
    values = values + ((heading[column] == "..." or heading[column] == "…") and 0 or 1)
  end
  return lines, values
end

return M
