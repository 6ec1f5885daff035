--- One output as lines, of which the first or the last can be taken without splitting all of it.
--- Owns the choice among the representations of a MIME bundle. It must not know how lines are drawn.
local ansi = require("cellbridge.ansi")
local html_table = require("cellbridge.html_table")
local images = require("cellbridge.images")
local interactive = require("cellbridge.interactive")

local M = {}

---@class (exact) cellbridge.OutputLines
---@field count integer Number of lines.
---@field head fun(n: integer): string[] The first n lines, or fewer.
---@field tail fun(n: integer): string[] The last n lines, or fewer.
---@field group string Highlight group of its text.
---@field header? integer Number of header lines of a table.
---@field single? string Text for the end of a line of code, if the output is a result of one line.

--- Return the first n lines of a text.
---@param text string
---@param n integer
---@return string[]
local function first_lines(text, n)
  local lines, at = {}, 1
  while #lines < n and at <= #text do
    local stop = text:find("\n", at, true) or #text + 1
    lines[#lines + 1] = text:sub(at, stop - 1)
    at = stop + 1
  end
  return lines
end

--- Return the last n lines of a text. A newline at the end starts no further line.
---@param text string
---@param n integer
---@return string[]
local function last_lines(text, n)
  local lines, stop = {}, text:sub(-1) == "\n" and #text - 1 or #text
  while #lines < n and stop > 0 do
    local start = stop
    while start > 0 and text:byte(start) ~= 10 do
      start = start - 1
    end
    table.insert(lines, 1, text:sub(start + 1, stop))
    stop = start - 1
  end
  return lines
end

---@param lines string[]
---@param group string
---@return cellbridge.OutputLines
local function from_lines(lines, group)
  return {
    count = #lines,
    group = group,
    head = function(n)
      return vim.list_slice(lines, 1, math.min(n, #lines))
    end,
    tail = function(n)
      return vim.list_slice(lines, math.max(1, #lines - n + 1), #lines)
    end,
  }
end

---@param text string
---@param group string
---@return cellbridge.OutputLines
local function from_text(text, group)
  text = text:gsub("\n+$", "")
  -- A display that has ended, such as a closed progress bar, has an empty text and no line.
  return from_lines(text == "" and {} or vim.split(text, "\n", { plain = true }), group)
end

---@param output cellbridge.TextOutput
---@return cellbridge.OutputLines
local function from_stream(output)
  local tail = output.tail ~= "" and output.tail or nil
  local ending = tail or output.text
  local open = ending ~= "" and ending:sub(-1) ~= "\n"
  return {
    count = output.lines + (open and 1 or 0),
    group = output.name == "stderr" and "CellbridgeStderr" or "CellbridgeOutput",
    head = function(n)
      return first_lines(output.text, n)
    end,
    tail = function(n)
      return last_lines(ending, n)
    end,
  }
end

---@param output cellbridge.ErrorOutput
---@return cellbridge.OutputLines
local function from_error(output)
  local summary = output.message ~= "" and output.name .. ": " .. output.message or output.name
  local trace = table.concat(output.traceback or {}, "\n")
  -- IPython starts with a rule, which only takes up a line.
  trace = trace:gsub("^[\27%[%d;m]*%-+[\27%[%d;m]*\n", "")
  return from_text(vim.trim(trace) ~= "" and trace or summary, "CellbridgeError")
end

---@param output cellbridge.RichOutput
---@param width integer
---@return cellbridge.OutputLines?
local function from_table(output, width)
  local data = output.data
  local html = data["text/html"]
  local read = type(html) == "string" and html:find("<table", 1, true) and html_table.read(html)
  if not read then
    return nil
  end
  local lines, shown = html_table.lay_out(read, width)
  local plain = type(data["text/plain"]) == "string" and data["text/plain"] or ""
  local shape, all = plain:match("(%[[%d,]+ rows x ([%d,]+) columns%])%s*$")
  local total = output.shape and output.shape[2] or tonumber(((all or ""):gsub(",", "")))
  local omitted = (total or read.columns) - shown
  if shape or omitted > 0 then
    local more = omitted > 0 and ("… %d more columns"):format(omitted) or ""
    lines[#lines + 1] = vim.trim((shape and vim.trim(shape) or "") .. " " .. more)
  end
  local block = from_lines(lines, "CellbridgeOutput")
  block.header = read.header
  return block
end

--- Return the lines of the best text of a bundle.
---@param output cellbridge.RichOutput
---@return cellbridge.OutputLines?
local function from_texts(output)
  for _, mime in ipairs({ "text/markdown", "text/latex", "text/plain" }) do
    local text = output.data[mime]
    if type(text) == "string" and not interactive.is_stand_in(text) then
      local block = from_text(text, "CellbridgeResult")
      if output.kind == "result" and block.count == 1 then
        block.single = ansi.strip(text)
      end
      return block
    end
  end
  local html = output.data["text/html"]
  local words = type(html) == "string" and vim.trim((html:gsub("<[^>]*>", " "):gsub("%s+", " ")))
  return words and words ~= "" and from_text(words, "CellbridgeResult") or nil
end

---@param output cellbridge.RichOutput
---@param width integer
---@return cellbridge.OutputLines
local function from_bundle(output, width)
  local image = images.describe(output)
  if image then
    return from_lines({ image }, "CellbridgeImage")
  end
  if interactive.loads_library(output) then
    return from_lines({}, "CellbridgeMuted")
  end
  local name, has_text = interactive.name(output)
  local block = (name == nil or has_text) and (from_table(output, width) or from_texts(output))
    or nil
  if name then
    local lines = block and block.head(block.count) or {}
    lines[#lines + 1] = ("‹%s› :Cellbridge page"):format(name)
    return from_lines(lines, block and "CellbridgeResult" or "CellbridgeMuted")
  end
  return block
    or from_lines({ ("‹%s›"):format(interactive.main_type(output)) }, "CellbridgeMuted")
end

--- Return the lines of one output for a width in screen columns.
---@param output cellbridge.Output
---@param width integer
---@return cellbridge.OutputLines
function M.from_output(output, width)
  if output.kind == "stream" then
    return from_stream(output --[[@as cellbridge.TextOutput]])
  elseif output.kind == "error" then
    return from_error(output --[[@as cellbridge.ErrorOutput]])
  end
  return from_bundle(output --[[@as cellbridge.RichOutput]], width)
end

return M
