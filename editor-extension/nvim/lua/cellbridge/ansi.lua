--- Parses text with ANSI escapes into chunks of highlighted text.
--- Owns the escape sequences and the highlight groups for their styles. It must not know where
--- the text is drawn.
local M = {}

---@class (exact) cellbridge.Style
---@field fg? integer Index into the 256 colours.
---@field bg? integer
---@field bold? boolean
---@field italic? boolean
---@field underline? boolean
---@field reverse? boolean

---@alias cellbridge.Chunk [string, string|string[]]

local GROUPS_LIMIT = 1000 -- styles beyond this limit stay plain
local groups = {} ---@type table<string, string>
local groups_made = 0

-- Colours for a dark background, used where Neovim's theme defines none.
local BASE = {
  [0] = 0x3b4048,
  0xe06c75,
  0x98c379,
  0xe5c07b,
  0x61afef,
  0xc678dd,
  0x56b6c2,
  0xabb2bf,
  0x7f848e,
  0xf07178,
  0xb5e890,
  0xffcb6b,
  0x82aaff,
  0xd8a0f0,
  0x7fdbca,
  0xffffff,
} -- stylua: ignore

---@param index integer
---@return integer|string
local function palette_colour(index)
  if index < 16 then
    return vim.g["terminal_color_" .. index] or BASE[index]
  end
  if index >= 232 then
    local level = 8 + (index - 232) * 10
    return level * 0x10101
  end
  local steps = { 0, 95, 135, 175, 215, 255 }
  local n = index - 16
  local red, green, blue = math.floor(n / 36), math.floor(n / 6) % 6, n % 6
  return steps[red + 1] * 0x10000 + steps[green + 1] * 0x100 + steps[blue + 1]
end

---@param style cellbridge.Style
---@return string? group Nil for plain text.
local function group_of(style)
  if next(style) == nil then
    return nil
  end
  local name = ("CellbridgeAnsi_%s_%s_%s%s%s%s"):format(
    style.fg or "",
    style.bg or "",
    style.bold and "b" or "",
    style.italic and "i" or "",
    style.underline and "u" or "",
    style.reverse and "r" or ""
  )
  if not groups[name] then
    if groups_made >= GROUPS_LIMIT then
      return nil
    end
    groups_made = groups_made + 1
    groups[name] = name
    vim.api.nvim_set_hl(0, name, {
      default = true,
      fg = style.fg and palette_colour(style.fg) or nil,
      bg = style.bg and palette_colour(style.bg) or nil,
      ctermfg = style.fg,
      ctermbg = style.bg,
      bold = style.bold,
      italic = style.italic,
      underline = style.underline,
      reverse = style.reverse,
    })
  end
  return groups[name]
end

--- Forget the groups. They are created again for the new colour scheme.
function M.clear_groups()
  groups, groups_made = {}, 0
end

---@param r integer
---@param g integer
---@param b integer
---@return integer index The nearest of the 256 colours.
local function nearest_index(r, g, b)
  local function step(value)
    return value < 48 and 0 or value < 115 and 1 or math.floor((value - 35) / 40)
  end
  return 16 + 36 * step(r) + 6 * step(g) + step(b)
end

local FLAGS = { [1] = "bold", [3] = "italic", [4] = "underline", [7] = "reverse" }
local CLEARED = { [22] = "bold", [23] = "italic", [24] = "underline", [27] = "reverse" }
CLEARED[39], CLEARED[49] = "fg", "bg"

---@param style cellbridge.Style
---@param codes integer[]
---@return cellbridge.Style
local function apply_codes(style, codes)
  local made = vim.deepcopy(style)
  local i = 1
  while i <= #codes do
    local code = codes[i]
    local field = (code == 38 and "fg") or (code == 48 and "bg")
    if code == 0 then
      made = {}
    elseif field and codes[i + 1] == 5 then
      made[field], i = math.min(codes[i + 2] or 0, 255), i + 2
    elseif field and codes[i + 1] == 2 then
      made[field] = nearest_index(codes[i + 2] or 0, codes[i + 3] or 0, codes[i + 4] or 0)
      i = i + 4
    elseif FLAGS[code] then
      made[FLAGS[code]] = true
    elseif CLEARED[code] then
      made[CLEARED[code]] = nil
    elseif code >= 30 and code <= 37 then
      made.fg = code - 30
    elseif code >= 40 and code <= 47 then
      made.bg = code - 40
    elseif code >= 90 and code <= 97 then
      made.fg = code - 82
    elseif code >= 100 and code <= 107 then
      made.bg = code - 92
    end
    i = i + 1
  end
  return made
end

---@param text string
---@return string text With tabs as blanks, and without control characters.
local function printable(text)
  if text:find("\t", 1, true) then
    text = text:gsub("\t", "        ")
  end
  return (text:gsub("%c", ""))
end

--- Split one line into chunks. `style` is the style at the end of the line before.
---@param line string
---@param style cellbridge.Style
---@param base string Group of plain text.
---@return cellbridge.Chunk[] chunks
---@return cellbridge.Style style
function M.chunks(line, style, base)
  local made = {} ---@type cellbridge.Chunk[]
  local function add(text)
    text = printable(text)
    if text ~= "" then
      local group = group_of(style)
      made[#made + 1] = { text, group and { base, group } or base }
    end
  end
  local at = 1
  while true do
    local first, last, parameters, final = line:find("\27%[([0-?]*)[ -/]*([@-~])", at)
    if not first then
      break
    end
    add(line:sub(at, first - 1))
    if final == "m" then
      local codes = {} ---@type integer[]
      for code in (parameters .. ";"):gmatch("(%d*)[;:]") do
        codes[#codes + 1] = tonumber(code) or 0
      end
      style = apply_codes(style, codes)
    end
    at = last + 1
  end
  -- Links and titles: only the text of a link is shown.
  add((line:sub(at):gsub("\27%].-\7", ""):gsub("\27%].-\27\\", "")))
  return made, style
end

--- Return the text without escapes and control characters.
---@param text string
---@return string
function M.strip(text)
  return printable((text:gsub("\27%[[0-?]*[ -/]*[@-~]", "")))
end

return M
