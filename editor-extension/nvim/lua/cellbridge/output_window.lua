--- The window that shows the whole output of a cell.
--- Owns its content. It requests the parts of outputs that were left out before.
local ansi = require("cellbridge.ansi")
local output_lines = require("cellbridge.output_lines")
local client = require("cellbridge.client")
local images = require("cellbridge.images")
local protocol = require("cellbridge.protocol_gen")
local render = require("cellbridge.render")
local window = require("cellbridge.window")

local M = {}

local COLOURED_LINES = 20000 -- later lines are plain: parsing their colours takes too long
local namespace = vim.api.nvim_create_namespace("cellbridge.float")

---@param given cellbridge.Output[]
---@param width integer
---@return cellbridge.Chunk[][]
local function lines_of(given, width)
  local lines = {} ---@type cellbridge.Chunk[][]
  for _, output in ipairs(given) do
    local block = output_lines.from_output(output, width)
    local style = {} ---@type cellbridge.Style
    for at, line in ipairs(block.head(block.count)) do
      local group = (block.header or 0) >= at and "CellbridgeTableHead" or block.group
      if #lines < COLOURED_LINES then
        lines[#lines + 1], style = ansi.chunks(line, style, group)
      else
        lines[#lines + 1] = { { ansi.strip(line) } }
      end
    end
  end
  return lines
end

---@param place cellbridge.Place?
---@return cellbridge.Run?
local function run_of(place)
  local run = place and place.cell.run
  if not run or #place.cell.outputs == 0 then
    vim.notify("This cell has no output.")
    return nil
  end
  return run
end

--- Show all outputs of a cell; `q` closes the window.
---@param book cellbridge.Notebook
---@param place? cellbridge.Place
function M.open(book, place)
  local run = run_of(place)
  if not run or not place then
    return
  end
  local params = { uri = vim.uri_from_bufnr(book.buffer), run = run.id }
  client.request(book, protocol.methods.outputs, params, function(result)
    local _, _, words = render.state(run, place.cell.marks, book:stop())
    local title = place.cell.title ~= "" and place.cell.title .. " · " .. words or words
    local lines = lines_of(result.outputs, math.floor(vim.o.columns * 0.9))
    local buffer = window.float(title, #lines)
    window.paint(buffer, namespace, lines)
    window.keys(buffer, {})
  end)
end

--- Open the file of an image with the program that the system opens such files with.
---@param path string
function M.open_image(path)
  local _, problem = vim.ui.open(path)
  if problem then
    vim.notify(("%s The image is in %s."):format(problem, path), vim.log.levels.WARN)
  end
end

--- Open the images of a cell in the system's image viewer.
---@param book cellbridge.Notebook
---@param place? cellbridge.Place
function M.open_images(book, place)
  local run = run_of(place)
  if not run then
    return
  end
  local params = { uri = vim.uri_from_bufnr(book.buffer), run = run.id }
  client.request(book, protocol.methods.outputs, params, function(result)
    local opened = 0
    for _, output in ipairs(result.outputs) do
      local rich = output.kind == "display" or output.kind == "result"
      local path = rich and images.write(output)
      if path then
        opened = opened + 1
        M.open_image(path)
      end
    end
    if opened == 0 then
      vim.notify("This cell has no image.")
    end
  end)
end

return M
