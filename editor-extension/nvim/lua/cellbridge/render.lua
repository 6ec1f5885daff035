--- Turns the run and outputs of a cell into what is drawn: a sign, a status text, and lines.
--- Owns the look of outputs. It must not touch buffers.
local ansi = require("cellbridge.ansi")
local output_lines = require("cellbridge.output_lines")
local config = require("cellbridge.config")

local M = {}

---@class (exact) cellbridge.Drawing
---@field sign string
---@field group string Group of the sign and the words.
---@field words string Status of the last run; empty if there was none.
---@field inline? cellbridge.Chunk[] A short result for the end of the last line of code.
---@field lines cellbridge.Chunk[][]
---@field folded integer Number of lines that are not drawn.

local BORDER = "┃ "
local NAME_LIMIT = 24 -- characters of an agent's name

---@param seconds number
---@return string
local function duration(seconds)
  if seconds < 0.1 then
    return ("%d ms"):format(math.max(1, math.floor(seconds * 1000 + 0.5)))
  elseif seconds < 9.95 then
    return ("%.1f s"):format(seconds)
  elseif seconds < 59.5 then
    return ("%.0f s"):format(seconds)
  elseif seconds < 3600 then
    return ("%d min %d s"):format(seconds / 60, seconds % 60)
  end
  return ("%d h %d min"):format(seconds / 3600, seconds % 3600 / 60)
end

--- The validity of a result, and the words of the server about it.
---@class (exact) cellbridge.Marks
---@field fresh boolean
---@field stale boolean
---@field mark string

--- Return the name of the agent that requested a run, to be appended; empty for a run of the user.
---@param run cellbridge.Run
---@return string
local function author(run)
  if not run.agent then
    return ""
  end
  local name = run.client or ""
  if vim.fn.strchars(name) > NAME_LIMIT then
    name = vim.fn.strcharpart(name, 0, NAME_LIMIT - 1) .. "…"
  end
  return " · " .. (name == "" and "agent" or name)
end

--- Return the status of a run as a sign and a text.
---@param run cellbridge.Run
---@param marks cellbridge.Marks
---@param stop string The place at which running code has stopped, in words; empty while it runs.
---@return string sign
---@return string group
---@return string words
function M.state(run, marks, stop)
  local sign, group, words
  if run.state == "queued" then
    return "…", "CellbridgeQueued", "queued" .. author(run)
  elseif run.state == "running" and run.waiting then
    return "?", "CellbridgeWaiting", "waits for input" .. author(run)
  elseif run.state == "running" then
    return "●", "CellbridgeRunning", (stop ~= "" and stop or "running") .. author(run)
  elseif run.state == "ok" then
    sign, group, words = "✓", "CellbridgeOk", "✓"
  elseif run.state == "error" and run.interrupted then
    sign, group, words = "✗", "CellbridgeMuted", "✗ interrupted"
  elseif run.state == "error" then
    sign, group, words = "✗", "CellbridgeFailed", "✗"
  elseif run.state == "cancelled" then
    return "-", "CellbridgeMuted", "cancelled" .. author(run)
  else
    sign, group, words = "✗", "CellbridgeFailed", "✗ kernel lost"
  end
  if run.count then
    words = ("%s [%d]"):format(words, run.count)
  end
  if run.startedAt and run.endedAt then
    words = ("%s %s"):format(words, duration(math.max(0, run.endedAt - run.startedAt)))
  end
  if run.exitCode == 0 then
    words = words .. " · exited"
  end
  words = words .. author(run)
  if not marks.fresh then
    sign, group = marks.stale and "~" or sign, "CellbridgeStale"
  end
  if marks.mark ~= "" then
    words = words .. " · " .. marks.mark
  end
  return sign, group, words
end

---@param line cellbridge.Chunk[]
---@param width integer
---@return cellbridge.Chunk[]
local function truncate(line, width)
  local made, room = {}, width ---@type cellbridge.Chunk[], integer
  for _, chunk in ipairs(line) do
    local needed = vim.fn.strdisplaywidth(chunk[1])
    if needed > room then
      made[#made + 1] = { vim.fn.strcharpart(chunk[1], 0, math.max(0, room - 1)), chunk[2] }
      made[#made + 1] = { "…", "CellbridgeMuted" }
      return made
    end
    made[#made + 1], room = chunk, room - needed
  end
  return made
end

---@class (exact) cellbridge.DrawOptions
---@field width integer
---@field marks cellbridge.Marks
---@field stop string The place at which running code has stopped, in words; empty while it runs.
---@field expanded boolean

---@param block cellbridge.OutputLines
---@param lines string[]
---@param first integer Index of the first of these lines within the block.
---@param options cellbridge.DrawOptions
---@param into cellbridge.Chunk[][]
local function append(block, lines, first, options, into)
  local style = {} ---@type cellbridge.Style
  local border = block.group == "CellbridgeError" and "CellbridgeErrorBorder" or "CellbridgeBorder"
  for at, line in ipairs(lines) do
    local group = block.group
    if block.header and first + at - 1 <= block.header then
      group = "CellbridgeTableHead"
    end
    local chunks ---@type cellbridge.Chunk[]
    if not options.marks.stale then
      chunks, style = ansi.chunks(line, style, group)
    else
      chunks = { { ansi.strip(line), "CellbridgeStale" } }
      border = "CellbridgeStale"
    end
    into[#into + 1] = { { BORDER, border }, unpack(truncate(chunks, options.width)) }
  end
end

---@param options cellbridge.DrawOptions
---@param folded integer
---@return cellbridge.Chunk[]
local function fold_line(options, folded)
  local how = {} ---@type string[]
  local expand, output = config.key("expand"), config.key("output")
  if expand and not options.expanded then
    how[#how + 1] = expand .. " expands"
  end
  if output then
    how[#how + 1] = output .. " shows all"
  end
  local text = ("… %d more lines"):format(folded)
  if #how > 0 then
    text = text .. "  (" .. table.concat(how, ", ") .. ")"
  end
  return truncate({ { BORDER, "CellbridgeBorder" }, { text, "CellbridgeMuted" } }, options.width)
end

---@param given cellbridge.OutputLines[]
---@param total integer
---@param limit integer
---@param options cellbridge.DrawOptions
---@return cellbridge.Chunk[][] lines
---@return integer folded
local function draw_outputs(given, total, limit, options)
  local lines = {} ---@type cellbridge.Chunk[][]
  if total <= limit then
    for _, block in ipairs(given) do
      append(block, block.head(block.count), 1, options, lines)
    end
    return lines, 0
  end
  -- Too long: the first lines, the fold line, the last lines. After an error the end matters most.
  local failed = given[#given].group == "CellbridgeError"
  local tail = math.min(failed and limit - 3 or config.get().tail_lines, limit - 2)
  local head = limit - tail - 1
  for _, block in ipairs(given) do
    if head <= 0 then
      break
    end
    local shown = block.head(head)
    append(block, shown, 1, options, lines)
    head = head - #shown
  end
  local folded = total - #lines - tail
  lines[#lines + 1] = fold_line(options, folded)
  local ends = {} ---@type {block: cellbridge.OutputLines, lines: string[]}[]
  for at = #given, 1, -1 do
    if tail <= 0 then
      break
    end
    local shown = given[at].tail(tail)
    table.insert(ends, 1, { block = given[at], lines = shown })
    tail = tail - #shown
  end
  for _, one in ipairs(ends) do
    append(one.block, one.lines, one.block.count - #one.lines + 1, options, lines)
  end
  return lines, folded
end

--- Return the drawing of a run and its outputs.
---@param run cellbridge.Run?
---@param outputs cellbridge.Output[]
---@param options cellbridge.DrawOptions
---@return cellbridge.Drawing
function M.drawing(run, outputs, options)
  if not run then
    return { sign = "", group = "CellbridgeMuted", words = "", lines = {}, folded = 0 }
  end
  local sign, group, words = M.state(run, options.marks, options.stop)
  local made = { sign = sign, group = group, words = words, lines = {}, folded = 0 }
  local given, total = {}, 0 ---@type cellbridge.OutputLines[], integer
  for _, output in ipairs(outputs) do
    local block = output_lines.from_output(output, options.width)
    given[#given + 1], total = block, total + block.count
  end
  local only = #given == 1 and given[1].single
  if only and config.get().short_results and vim.fn.strdisplaywidth(only) <= options.width / 2 then
    local shade = options.marks.fresh and "CellbridgeResult" or "CellbridgeStale"
    made.inline = { { "→ " .. only, shade } }
  elseif total > 0 then
    local limit = options.expanded and config.get().expanded_lines or config.get().max_lines
    made.lines, made.folded = draw_outputs(given, total, limit, options)
  end
  if run.note and run.note ~= "" then
    made.lines[#made.lines + 1] =
      truncate({ { BORDER .. run.note, "CellbridgeMuted" } }, options.width)
  end
  return made
end

return M
