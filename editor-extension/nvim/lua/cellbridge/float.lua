--- The whole output of a cell in a window of its own.
--- Owns that window. It asks the server for what was cut or left out.
local ansi = require("cellbridge.ansi")
local blocks = require("cellbridge.blocks")
local client = require("cellbridge.client")
local images = require("cellbridge.images")
local protocol = require("cellbridge.protocol_gen")
local render = require("cellbridge.render")

local M = {}

local COLOURED_LINES = 20000 -- beyond, colours would take longer than anyone looks
local namespace = vim.api.nvim_create_namespace("cellbridge.float")

---@param given cellbridge.Output[]
---@param width integer
---@return string[] lines
---@return {row: integer, column: integer, stop: integer, group: string|string[]}[] colours
local function text_of(given, width)
  local lines, colours = {}, {}
  for _, output in ipairs(given) do
    local block = blocks.of(output, width)
    local style = {} ---@type cellbridge.Style
    for at, line in ipairs(block.head(block.count)) do
      local group = (block.header or 0) >= at and "CellbridgeTableHead" or block.group
      if #lines < COLOURED_LINES then
        local chunks
        chunks, style = ansi.chunks(line, style, group)
        local column, parts = 0, {}
        for _, chunk in ipairs(chunks) do
          local stop = column + #chunk[1]
          parts[#parts + 1] = chunk[1]
          local mark = { row = #lines, column = column, stop = stop, group = chunk[2] }
          colours[#colours + 1], column = mark, stop
        end
        lines[#lines + 1] = table.concat(parts)
      else
        lines[#lines + 1] = ansi.strip(line)
      end
    end
  end
  return lines, colours
end

---@param title string
---@param lines string[]
---@return integer buffer
local function show(title, lines)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].bufhidden = "wipe"
  local width = math.floor(vim.o.columns * 0.9)
  local height = math.max(1, math.min(#lines, math.floor(vim.o.lines * 0.8)))
  vim.api.nvim_open_win(buffer, true, {
    relative = "editor",
    width = width,
    height = height,
    row = math.floor((vim.o.lines - height) / 2) - 1,
    col = math.floor((vim.o.columns - width) / 2),
    border = "rounded",
    style = "minimal",
    title = " " .. title .. " ",
  })
  for _, key in ipairs({ "q", "<Esc>" }) do
    vim.keymap.set("n", key, "<Cmd>close<CR>", { buffer = buffer, nowait = true })
  end
  return buffer
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
    local _, _, words = render.state(run, place.cell.fresh)
    local title = place.cell.title ~= "" and place.cell.title .. " · " .. words or words
    local lines, colours = text_of(result.outputs, math.floor(vim.o.columns * 0.9))
    local buffer = show(title, lines)
    for _, mark in ipairs(colours) do
      vim.api.nvim_buf_set_extmark(buffer, namespace, mark.row, mark.column, {
        end_col = mark.stop,
        hl_group = type(mark.group) == "table" and mark.group[#mark.group] or mark.group,
      })
    end
  end)
end

--- Open the pictures of a cell in whatever the system shows pictures with.
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
      local picture = output.kind == "display" or output.kind == "result"
      local path = picture and images.write(output)
      if path then
        opened = opened + 1
        local _, problem = vim.ui.open(path)
        if problem then
          vim.notify(("%s The picture is in %s."):format(problem, path), vim.log.levels.WARN)
        end
      end
    end
    if opened == 0 then
      vim.notify("This cell has no picture.")
    end
  end)
end

return M
