--- The pictures of a cell, drawn on the screen by snacks.nvim or image.nvim where one is there.
--- Owns when they are drawn anew. Both plugins speak kitty's graphics protocol, inside tmux too; a
--- plugin that fails costs the picture only, which is named in words all the same.
local images = require("cellbridge.images")

local M = {}

local WIDEST, HIGHEST = 80, 20 -- in cells of the screen; a key shows the whole

---@class (exact) cellbridge.Picture
---@field close fun()

---@class (exact) cellbridge.Pictures
---@field key string What they were drawn of, and where.
---@field drawn cellbridge.Picture[]

---@class (exact) cellbridge.PictureSpot
---@field buffer integer
---@field row integer The line of code that they stand below.
---@field lines integer So many lines of output are between.

---@return table?
local function snacks()
  local found = rawget(_G, "Snacks")
  local ok, image = pcall(function()
    return found and found.image
  end)
  return ok and image or nil
end

---@return table?
local function image_nvim()
  local ok, found = pcall(require, "image")
  -- Before its setup it has no backend to draw with; asked for anything, it says so by an error.
  local usable = ok and type(found.from_file) == "function" and pcall(found.clear, "cellbridge")
  return usable and found or nil
end

--- Who would draw pictures here, in words for a person; nil for nobody. The first time, this may
--- ask the terminal what it is, and wait for its answer.
---@return string?
function M.drawer()
  local image = snacks()
  local ok, able = pcall(function()
    return image and image.supports_terminal()
  end)
  if ok and able then
    return "snacks.nvim"
  end
  return image_nvim() and "image.nvim" or nil
end

---@param spot cellbridge.PictureSpot
---@param path string
---@return cellbridge.Picture
local function by_snacks(spot, path)
  local buffer, row = spot.buffer, spot.row
  local line = vim.api.nvim_buf_get_lines(buffer, row, row + 1, false)[1] or ""
  local image = snacks() --[[@as table]]
  local place = image.placement.new(buffer, path, {
    inline = true,
    pos = { row + 1, 0 },
    range = { row + 1, 0, row + 1, #line }, -- the whole line, so that nothing is put into it
    max_width = WIDEST,
    max_height = HIGHEST,
  })
  return {
    close = function()
      place:close()
    end,
  }
end

---@param spot cellbridge.PictureSpot
---@param path string
---@return cellbridge.Picture?
local function by_image_nvim(spot, path)
  local window = vim.fn.bufwinid(spot.buffer)
  local image = window ~= -1 and image_nvim()
  local place = image
    and image.from_file(path, {
      buffer = spot.buffer,
      window = window,
      inline = true,
      with_virtual_padding = true,
      x = 0,
      y = spot.row,
      render_offset_top = spot.lines,
      max_width_window_percentage = 90,
      max_height_window_percentage = 50,
    })
  if not place then
    return nil
  end
  place:render()
  return {
    close = function()
      place:clear()
    end,
  }
end

--- Draw a picture below a line, by whichever plugin can; nil where none can.
---@param spot cellbridge.PictureSpot
---@param path string
---@return cellbridge.Picture?
local function draw(spot, path)
  local by = M.drawer() == "snacks.nvim" and by_snacks or by_image_nvim
  local ok, drawn = pcall(by, spot, path)
  return ok and drawn or nil
end

--- Take the pictures of a cell off the screen.
---@param pictures? cellbridge.Pictures
function M.close(pictures)
  for _, one in ipairs(pictures and pictures.drawn or {}) do
    pcall(one.close)
  end
end

--- Have a cell's pictures on the screen: those that are there stay, if nothing has changed.
---@param before? cellbridge.Pictures
---@param spot cellbridge.PictureSpot
---@param run cellbridge.Run
---@param outputs cellbridge.Output[]
---@return cellbridge.Pictures?
function M.update(before, spot, run, outputs)
  local paths = {} ---@type integer[]
  for at, output in ipairs(outputs) do
    local bundle = output.kind ~= "stream" and output.kind ~= "error"
    if
      bundle and images.describe(output --[[@as cellbridge.RichOutput]])
    then
      paths[#paths + 1] = at
    end
  end
  -- While a cell runs, a figure may be drawn again and again: only what it ends with is shown.
  if #paths == 0 or not run.endedAt or not M.drawer() then
    M.close(before)
    return nil
  end
  local key = ("%s %d %d %d %d"):format(run.id, #outputs, spot.row, spot.lines, vim.o.columns)
  if before and before.key == key then
    return before
  end
  M.close(before)
  local made = { key = key, drawn = {} } ---@type cellbridge.Pictures
  for _, at in ipairs(paths) do
    local path = images.write(outputs[at] --[[@as cellbridge.RichOutput]])
    made.drawn[#made.drawn + 1] = path and draw(spot, path)
  end
  return made
end

return M
