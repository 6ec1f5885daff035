--- Applies `cellsChanged` notifications to the outputs of a cell.
--- Owns the rules for kept, extended and new outputs. It must not know buffers.
local M = {}

--- Return the number of bytes that the last units of a text take, in units of an encoding.
---@param text string
---@param units integer
---@param encoding string
---@return integer
local function bytes_of(text, units, encoding)
  if encoding == "utf-8" then
    return units
  end
  -- Only the last line is replaced, so the loop is short.
  local at = #text
  while units > 0 and at > 0 do
    local start = at
    while start > 1 and text:byte(start) >= 0x80 and text:byte(start) < 0xC0 do
      start = start - 1
    end
    local wide = encoding == "utf-16" and text:byte(start) >= 0xF0
    units = units - (wide and 2 or 1)
    at = start - 1
  end
  return #text - at
end

---@param before cellbridge.TextOutput
---@param append cellbridge.TextAppend
---@param encoding string
---@return cellbridge.TextOutput
local function append_text(before, append, encoding)
  local drop = bytes_of(before.text, append.drop or 0, encoding)
  return {
    kind = "stream",
    name = before.name,
    text = before.text:sub(1, #before.text - drop) .. append.text,
    chars = append.chars,
    lines = append.lines,
    tail = append.tail or "",
  }
end

--- Return the outputs of a cell after a change.
---@param before cellbridge.Output[]
---@param given cellbridge.Cell
---@param encoding string The position encoding, in whose units the server counts characters.
---@return cellbridge.Output[]
function M.apply(before, given, encoding)
  local outputs = vim.list_slice(before, 1, given.keptOutputs or 0)
  for _, append in ipairs(given.extended or {}) do
    local known = outputs[append.output + 1]
    outputs[append.output + 1] =
      append_text(known --[[@as cellbridge.TextOutput]], append, encoding)
  end
  return vim.list_extend(outputs, given.outputs or {})
end

return M
