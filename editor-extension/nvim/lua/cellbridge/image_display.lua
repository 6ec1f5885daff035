--- Draws the images of a cell with snacks.nvim or image.nvim, if one is installed.
--- Owns when images are drawn again. Both plugins use kitty's graphics protocol, also inside tmux. If a
--- plugin fails, the image is still named in the text.
local images = require("cellbridge.images")

local M = {}

local MAX_WIDTH, MAX_HEIGHT = 80, 20 -- in screen cells

---@class (exact) cellbridge.DrawnImage
---@field close fun()

---@class (exact) cellbridge.DrawnImages
---@field key string Identifies the outputs and the position that were drawn.
---@field images cellbridge.DrawnImage[]

---@class (exact) cellbridge.ImageSpot
---@field buffer integer
---@field row integer The line of code above the images.
---@field lines integer Number of output lines between that line and the images.

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
  -- Before its setup it has no backend, and every call raises an error.
  local usable = ok and type(found.from_file) == "function" and pcall(found.clear, "cellbridge")
  return usable and found or nil
end

--- Return the name of the plugin that draws images, or nil. The first call may query the terminal and
--- wait for its response.
---@return string?
function M.drawing_plugin()
  local image = snacks()
  local ok, able = pcall(function()
    return image and image.supports_terminal()
  end)
  if ok and able then
    return "snacks.nvim"
  end
  return image_nvim() and "image.nvim" or nil
end

---@param spot cellbridge.ImageSpot
---@param path string
---@return cellbridge.DrawnImage
local function draw_by_snacks(spot, path)
  local buffer, row = spot.buffer, spot.row
  local line = vim.api.nvim_buf_get_lines(buffer, row, row + 1, false)[1] or ""
  local image = snacks() --[[@as table]]
  local place = image.placement.new(buffer, path, {
    inline = true,
    pos = { row + 1, 0 },
    range = { row + 1, 0, row + 1, #line }, -- the whole line, so that nothing is inserted into it
    max_width = MAX_WIDTH,
    max_height = MAX_HEIGHT,
  })
  return {
    close = function()
      place:close()
    end,
  }
end

---@param spot cellbridge.ImageSpot
---@param path string
---@return cellbridge.DrawnImage?
local function draw_by_image_nvim(spot, path)
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

--- Draw an image below a line. Return nil if no plugin can.
---@param spot cellbridge.ImageSpot
---@param path string
---@return cellbridge.DrawnImage?
local function draw(spot, path)
  local by = M.drawing_plugin() == "snacks.nvim" and draw_by_snacks or draw_by_image_nvim
  local ok, drawn = pcall(by, spot, path)
  return ok and drawn or nil
end

--- Remove the images of a cell from the screen.
---@param drawn? cellbridge.DrawnImages
function M.close(drawn)
  for _, one in ipairs(drawn and drawn.images or {}) do
    pcall(one.close)
  end
end

--- Draw the images of a cell, unless they are drawn already.
---@param before? cellbridge.DrawnImages
---@param spot cellbridge.ImageSpot
---@param run cellbridge.Run
---@param outputs cellbridge.Output[]
---@return cellbridge.DrawnImages?
function M.update(before, spot, run, outputs)
  local indexes = {} ---@type integer[]
  for at, output in ipairs(outputs) do
    local bundle = output.kind ~= "stream" and output.kind ~= "error"
    if
      bundle and images.describe(output --[[@as cellbridge.RichOutput]])
    then
      indexes[#indexes + 1] = at
    end
  end
  -- A running cell may replace a figure many times: only the last one is drawn.
  if #indexes == 0 or not run.endedAt or not M.drawing_plugin() then
    M.close(before)
    return nil
  end
  local key = ("%s %d %d %d %d"):format(run.id, #outputs, spot.row, spot.lines, vim.o.columns)
  if before and before.key == key then
    return before
  end
  M.close(before)
  local made = { key = key, images = {} } ---@type cellbridge.DrawnImages
  for _, at in ipairs(indexes) do
    local path = images.write(outputs[at] --[[@as cellbridge.RichOutput]])
    made.images[#made.images + 1] = path and draw(spot, path)
  end
  return made
end

return M
