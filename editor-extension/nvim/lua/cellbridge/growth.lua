--- A cell's outputs after news of them: what is kept, what went on, what came after.
--- Owns the application of such news. It must not know buffers.
local M = {}

--- How many bytes at the end of a text so many units of an encoding take.
---@param text string
---@param units integer
---@param encoding string
---@return integer
local function bytes_of(text, units, encoding)
  if encoding == "utf-8" then
    return units
  end
  -- What is taken back is the open line, so that is all there is to count in.
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
local function grown(before, append, encoding)
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

--- The outputs of a cell, from those it had and what the server says of it.
---@param before cellbridge.Output[]
---@param given cellbridge.Cell
---@param encoding string In whose units the server counts characters.
---@return cellbridge.Output[]
function M.outputs(before, given, encoding)
  local outputs = vim.list_slice(before, 1, given.keptOutputs or 0)
  for _, append in ipairs(given.extended or {}) do
    local known = outputs[append.output + 1]
    outputs[append.output + 1] = grown(known --[[@as cellbridge.TextOutput]], append, encoding)
  end
  return vim.list_extend(outputs, given.outputs or {})
end

return M
