--- Images among outputs: their descriptions and files.
--- Owns the choice of the image in a MIME bundle. image_display.lua draws images.
local M = {}

local KINDS = {
  ["image/png"] = "png",
  ["image/jpeg"] = "jpg",
  ["image/gif"] = "gif",
  ["image/webp"] = "webp",
  ["image/svg+xml"] = "svg",
}

---@param output cellbridge.RichOutput
---@return string? mime
---@return string? content
local function image_of(output)
  for mime in pairs(KINDS) do
    local content = output.data[mime]
    if type(content) == "string" then
      return mime, content
    end
    if (output.omitted or {})[mime] then
      return mime, nil
    end
  end
end

---@param content string Base64.
---@return integer? width
---@return integer? height
local function png_size(content)
  local ok, head = pcall(vim.base64.decode, content:gsub("%s", ""):sub(1, 32)) ---@type boolean, string
  if not ok or head:sub(2, 4) ~= "PNG" or #head < 24 then
    return nil
  end
  local function number(at)
    local a, b, c, d = head:byte(at, at + 3)
    return ((a * 256 + b) * 256 + c) * 256 + d
  end
  return number(17), number(21)
end

--- Describe an image, with the key that opens it. Return nil if the output has none.
---@param output cellbridge.RichOutput
---@return string?
function M.describe(output)
  local mime, content = image_of(output)
  if not mime then
    return nil
  end
  local text = "▣ " .. KINDS[mime]
  local width, height = png_size(mime == "image/png" and content or "")
  if width then
    text = ("%s %d × %d"):format(text, width, height)
  end
  local key = require("cellbridge.config").key("image")
  return ("%s · %s opens it"):format(text, key or ":Cellbridge image")
end

--- Write an image to a temporary file, which Neovim deletes when it exits.
---@param output cellbridge.RichOutput
---@return string? path
function M.write(output)
  local mime, content = image_of(output)
  if not mime or not content then
    return nil
  end
  if mime ~= "image/svg+xml" then
    content = vim.base64.decode((content:gsub("%s", "")))
  end
  local path = ("%s.%s"):format(vim.fn.tempname(), KINDS[mime])
  local file = assert(io.open(path, "wb"))
  file:write(content)
  file:close()
  return path
end

return M
