--- One buffer as cells: what the server has told of them, where they stand, and their drawing.
--- Owns the buffer's extmarks. The server says what there is, the marks follow the text by
--- themselves: an output stays under its cell through every edit, without a message.
-- Size: one buffer, whose marks, places and drawing share their state.
local config = require("cellbridge.config")
local growth = require("cellbridge.growth")
local pictures = require("cellbridge.pictures")
local places = require("cellbridge.places")
local render = require("cellbridge.render")

local M = {}

---@class cellbridge.Shown
---@field id string
---@field kind cellbridge.CellKind
---@field title string
---@field run? cellbridge.Run
---@field fresh boolean
---@field outputs cellbridge.Output[]
---@field mark integer Extmark at the cell's first line.
---@field below? integer Extmark at its last line, which bears the outputs.
---@field expanded boolean
---@field dirty boolean
---@field pictures? cellbridge.Pictures

---@class cellbridge.Notebook
---@field buffer integer
---@field client integer
---@field cells table<string, cellbridge.Shown>
---@field kernel? cellbridge.Kernel
---@field edits cellbridge.Edits
---@field waiting table<string, string> By cell, the question that a person has been asked.
---@field scheduled boolean
---@field resync boolean
local Notebook = {}
Notebook.__index = Notebook

M.namespace = vim.api.nvim_create_namespace("cellbridge")
local notebooks = {} ---@type table<integer, cellbridge.Notebook>

--- The notebook of a buffer, if the server has it.
---@param buffer? integer
---@return cellbridge.Notebook?
function M.of(buffer)
  buffer = (buffer == nil or buffer == 0) and vim.api.nvim_get_current_buf() or buffer
  return notebooks[
    buffer --[[@as integer]]
  ]
end

---@return table<integer, cellbridge.Notebook>
function M.all()
  return notebooks
end

--- Begin to draw a buffer that a client has been attached to.
---@param buffer integer
---@param client integer
---@return cellbridge.Notebook
function M.attach(buffer, client)
  M.detach(buffer)
  local self = setmetatable({
    buffer = buffer,
    client = client,
    cells = {},
    edits = places.new(),
    waiting = {},
    scheduled = false,
    resync = false,
  }, Notebook)
  notebooks[buffer] = self
  vim.api.nvim_buf_attach(buffer, false, {
    on_lines = function(_, _, tick, first, last, last_now)
      if notebooks[buffer] ~= self then
        return true
      end
      self:edited(tick, first, last, last_now)
    end,
    on_reload = function()
      self.resync = true
      self:schedule()
    end,
    on_detach = function()
      if notebooks[buffer] == self then
        notebooks[buffer] = nil
      end
    end,
  })
  return self
end

--- Let go of a buffer; what was drawn goes with it.
---@param buffer integer
function M.detach(buffer)
  local self = notebooks[buffer]
  notebooks[buffer] = nil
  if self and vim.api.nvim_buf_is_valid(buffer) then
    for _, cell in pairs(self.cells) do
      pictures.close(cell.pictures)
    end
    vim.api.nvim_buf_clear_namespace(buffer, M.namespace, 0, -1)
  end
end

---@param tick integer?
---@param first integer
---@param last integer
---@param last_now integer
function Notebook:edited(tick, first, last, last_now)
  if tick then
    self.edits:note(tick, first, last - first, last_now - first)
  end
  -- Where several lines go at once, as when a formatter replaces them, marks cannot follow: ask.
  if last - first > 1 then
    local area = { { first, 0 }, { last, 0 } }
    local marks = vim.api.nvim_buf_get_extmarks(self.buffer, M.namespace, area[1], area[2], {})
    self.resync = self.resync or #marks > 0
  end
  self:schedule()
end

--- Take what has changed.
---@param params cellbridge.CellsChangedParams
function Notebook:changed(params)
  for _, id in ipairs(params.removed or {}) do
    self:remove(id)
  end
  for _, cell in ipairs(params.cells) do
    self:take(cell, params.version)
  end
  self:schedule()
end

--- Take all there is.
---@param result cellbridge.CellsResult
function Notebook:replace(result)
  local present = {} ---@type table<string, boolean>
  for _, cell in ipairs(result.cells) do
    present[cell.id] = true
    self:take(cell, result.version)
  end
  for id in pairs(self.cells) do
    if not present[id] then
      self:remove(id)
    end
  end
  self.kernel = result.kernel
  self:schedule()
end

---@param given cellbridge.Cell
---@param version integer
function Notebook:take(given, version)
  local cell = self.cells[given.id]
  local lsp = vim.lsp.get_client_by_id(self.client)
  local encoding = lsp and lsp.offset_encoding or "utf-16"
  local outputs = growth.outputs(cell and cell.outputs or {}, given, encoding)
  if not cell then
    cell = { id = given.id, expanded = false } --[[@as cellbridge.Shown]]
    self.cells[given.id] = cell
  end
  if not given.run or (cell.run and cell.run.id ~= given.run.id) then
    cell.expanded = false
  end
  cell.kind, cell.title, cell.run = given.kind, given.title, given.run
  cell.fresh, cell.outputs, cell.dirty = given.fresh == true, outputs, true
  local row = self.edits:now(given.range.start.line, version)
  row = math.max(0, math.min(row, vim.api.nvim_buf_line_count(self.buffer) - 1))
  cell.mark = vim.api.nvim_buf_set_extmark(self.buffer, M.namespace, row, 0, { id = cell.mark })
end

---@param id string
function Notebook:remove(id)
  local cell = self.cells[id]
  if cell then
    pictures.close(cell.pictures)
    vim.api.nvim_buf_del_extmark(self.buffer, M.namespace, cell.mark)
    if cell.below then
      vim.api.nvim_buf_del_extmark(self.buffer, M.namespace, cell.below)
    end
    self.cells[id] = nil
  end
end

---@param mark integer
---@return integer
function Notebook:row_of(mark)
  return vim.api.nvim_buf_get_extmark_by_id(self.buffer, M.namespace, mark, {})[1] or 0
end

---@class (exact) cellbridge.Place
---@field cell cellbridge.Shown
---@field first integer
---@field last integer

--- The cells in the order of the buffer, with their first and last lines.
---@return cellbridge.Place[]
function Notebook:places()
  local made = {} ---@type cellbridge.Place[]
  for _, cell in pairs(self.cells) do
    made[#made + 1] = { cell = cell, first = self:row_of(cell.mark), last = 0 }
  end
  table.sort(made, function(a, b)
    return a.first < b.first
  end)
  for at, place in ipairs(made) do
    local following = made[at + 1]
    local stop = following and following.first or vim.api.nvim_buf_line_count(self.buffer)
    place.last = math.max(place.first, stop - 1)
  end
  return made
end

--- The cell that holds a line.
---@param row integer
---@return cellbridge.Place?
---@return integer index
---@return cellbridge.Place[]
function Notebook:at(row)
  local all = self:places()
  for at = #all, 1, -1 do
    if all[at].first <= row then
      return all[at], at, all
    end
  end
  return all[1], 1, all
end

--- The last line of a cell that is not blank, or its first.
---@param place cellbridge.Place
---@return integer
function Notebook:last_row(place)
  for row = place.last, place.first + 1, -1 do
    local line = vim.api.nvim_buf_get_lines(self.buffer, row, row + 1, false)[1]
    if line and line:find("%S") then
      return row
    end
  end
  return place.first
end

--- Draw soon what is no longer as it should be; asking twice is asking once.
function Notebook:schedule()
  if self.scheduled then
    return
  end
  self.scheduled = true
  vim.schedule(function()
    self.scheduled = false
    if notebooks[self.buffer] ~= self or not vim.api.nvim_buf_is_valid(self.buffer) then
      return
    end
    if self.resync then
      self.resync = false
      require("cellbridge.client").refresh(self)
    end
    self:draw()
  end)
end

--- Draw everything anew, as for a window of another width.
function Notebook:redraw()
  for _, cell in pairs(self.cells) do
    cell.dirty = true
  end
  self:schedule()
end

---@return integer
function Notebook:width()
  local narrowest = nil ---@type integer?
  for _, window in ipairs(vim.fn.win_findbuf(self.buffer)) do
    local info = vim.fn.getwininfo(window)[1]
    if info then
      narrowest = math.min(narrowest or math.huge, info.width - info.textoff)
    end
  end
  return math.max(20, (narrowest or 80) - 3)
end

function Notebook:draw()
  local width ---@type integer?
  for _, place in ipairs(self:places()) do
    local cell = place.cell
    local row = cell.run and self:last_row(place) or nil
    local moved = cell.below and row and self:row_of(cell.below) ~= row
    if cell.dirty or moved then
      width = width or self:width()
      self:draw_cell(place, row, width)
      cell.dirty = false
    end
    if cell.run and cell.run.waiting then
      require("cellbridge.input").ask(self, cell)
    else
      self.waiting[cell.id] = nil
    end
  end
end

---@param place cellbridge.Place
---@param row integer?
---@param width integer
function Notebook:draw_cell(place, row, width)
  local cell = place.cell
  local look = { width = width, fresh = cell.fresh, expanded = cell.expanded }
  local drawing = render.drawing(cell.run, cell.outputs, look)
  local sign = config.get().signs and drawing.sign ~= "" and drawing.sign or nil
  local words = drawing.words ~= "" and { { " " .. drawing.words, drawing.group } } or nil
  vim.api.nvim_buf_set_extmark(self.buffer, M.namespace, place.first, 0, {
    id = cell.mark,
    sign_text = sign,
    sign_hl_group = sign and drawing.group or nil,
    virt_text = words,
    virt_text_pos = words and "eol" or nil,
    hl_mode = "combine",
  })
  if not row or (#drawing.lines == 0 and not drawing.inline) then
    if cell.below then
      vim.api.nvim_buf_del_extmark(self.buffer, M.namespace, cell.below)
      cell.below = nil
    end
  else
    cell.below = vim.api.nvim_buf_set_extmark(self.buffer, M.namespace, row, 0, {
      id = cell.below,
      virt_lines = #drawing.lines > 0 and drawing.lines or nil,
      virt_text = drawing.inline,
      virt_text_pos = drawing.inline and "eol" or nil,
      hl_mode = "combine",
    })
  end
  if config.get().images ~= "never" and cell.run and row then
    local spot = { buffer = self.buffer, row = row, lines = #drawing.lines }
    cell.pictures = pictures.update(cell.pictures, spot, cell.run, cell.outputs)
  elseif cell.pictures then
    pictures.close(cell.pictures)
    cell.pictures = nil
  end
end

return M
