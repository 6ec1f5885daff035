--- The cells of one buffer: their state, their lines, and the drawing of their outputs.
--- Owns the buffer's extmarks. The server sends the cells, and the extmarks follow the text, so an
--- output stays under its cell through every edit without a message.
-- Size: one buffer, whose extmarks, lines and drawing share state.
local config = require("cellbridge.config")
local output_updates = require("cellbridge.output_updates")
local image_display = require("cellbridge.image_display")
local input_prompt = require("cellbridge.input_prompt")
local line_edits = require("cellbridge.line_edits")
local render = require("cellbridge.render")

local M = {}

---@class cellbridge.KnownCell
---@field id string
---@field kind cellbridge.CellKind
---@field title string
---@field run? cellbridge.Run
---@field marks cellbridge.Marks
---@field outputs cellbridge.Output[]
---@field selections cellbridge.KnownSelection[]
---@field mark integer Extmark at the first line of the cell.
---@field below? integer Extmark at its last line, which holds the outputs.
---@field expanded boolean
---@field dirty boolean
---@field images? cellbridge.DrawnImages

---@class cellbridge.KnownSelection
---@field run cellbridge.Run
---@field marks cellbridge.Marks
---@field outputs cellbridge.Output[]
---@field mark integer Extmark at the last of the selected lines.

---@class cellbridge.Notebook
---@field buffer integer
---@field client integer
---@field cells table<string, cellbridge.KnownCell>
---@field kernel? cellbridge.Kernel
---@field agents? cellbridge.Agents Its agents; nil if there never was one.
---@field edits cellbridge.LineEdits
---@field waiting table<string, string> The question that was last shown to the user, by cell.
---@field scheduled boolean
---@field resync boolean
---@field stepping boolean The user steps through the code here, so the cursor follows.
---@field debugged boolean A client debugs the kernel, other than the nvim-dap of this Neovim.
local Notebook = {}
Notebook.__index = Notebook

---@param given cellbridge.Cell|cellbridge.SelectionRun
---@return cellbridge.Marks
local function marks_of(given)
  return {
    fresh = given.fresh == true,
    stale = given.stale ~= nil and given.stale ~= vim.NIL,
    mark = given.mark or "",
  }
end

---@param run? cellbridge.Run
---@return boolean
local function is_running(run)
  return run ~= nil and run.state == "running"
end

M.namespace = vim.api.nvim_create_namespace("cellbridge")
local notebooks = {} ---@type table<integer, cellbridge.Notebook>

--- Return the notebook of a buffer, if the server is attached to it.
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

--- Start drawing in a buffer that a client is attached to.
---@param buffer integer
---@param client integer
---@return cellbridge.Notebook
function M.attach(buffer, client)
  M.detach(buffer)
  local self = setmetatable({
    buffer = buffer,
    client = client,
    cells = {},
    edits = line_edits.new(),
    waiting = {},
    scheduled = false,
    resync = false,
    stepping = false,
    debugged = false,
  }, Notebook)
  notebooks[buffer] = self
  vim.api.nvim_buf_attach(buffer, false, {
    on_lines = function(_, _, tick, first, last, last_now)
      if notebooks[buffer] ~= self then
        return true
      end
      self:note_edit(tick, first, last, last_now)
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

--- Stop drawing in a buffer, and remove all that was drawn.
---@param buffer integer
function M.detach(buffer)
  local self = notebooks[buffer]
  notebooks[buffer] = nil
  if self and vim.api.nvim_buf_is_valid(buffer) then
    for _, cell in pairs(self.cells) do
      image_display.close(cell.images)
    end
    vim.api.nvim_buf_clear_namespace(buffer, M.namespace, 0, -1)
  end
end

---@param tick integer?
---@param first integer
---@param last integer
---@param last_now integer
function Notebook:note_edit(tick, first, last, last_now)
  if tick then
    self.edits:record(tick, first, last - first, last_now - first)
  end
  -- When several lines are replaced at once, for example by a formatter, extmarks cannot follow.
  if last - first > 1 then
    local area = { { first, 0 }, { last, 0 } }
    local marks = vim.api.nvim_buf_get_extmarks(self.buffer, M.namespace, area[1], area[2], {})
    self.resync = self.resync or #marks > 0
  end
  self:schedule()
end

--- Apply a notification of changed cells.
---@param params cellbridge.CellsChangedParams
function Notebook:apply(params)
  for _, id in ipairs(params.removed or {}) do
    self:remove(id)
  end
  for _, cell in ipairs(params.cells) do
    self:update_cell(cell, params.version)
  end
  self:schedule()
end

--- Replace all cells by the result of a request.
---@param result cellbridge.CellsResult
function Notebook:replace(result)
  local present = {} ---@type table<string, boolean>
  for _, cell in ipairs(result.cells) do
    present[cell.id] = true
    self:update_cell(cell, result.version)
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
function Notebook:update_cell(given, version)
  local cell = self.cells[given.id]
  local lsp = vim.lsp.get_client_by_id(self.client)
  local encoding = lsp and lsp.offset_encoding or "utf-16"
  local outputs = output_updates.apply(cell and cell.outputs or {}, given, encoding)
  if not cell then
    cell = { id = given.id, expanded = false, selections = {} } --[[@as cellbridge.KnownCell]]
    self.cells[given.id] = cell
  end
  if not given.run or (cell.run and cell.run.id ~= given.run.id) then
    cell.expanded = false
  end
  cell.kind, cell.title, cell.run = given.kind, given.title, given.run
  cell.marks, cell.outputs, cell.dirty = marks_of(given), outputs, true
  cell.mark = self:place_mark(given.range.start.line, version, cell.mark)
  self:remove_selections(cell)
  for _, selection in ipairs(given.selections or {}) do
    cell.selections[#cell.selections + 1] = {
      run = selection.run,
      marks = marks_of(selection),
      outputs = selection.outputs or {},
      mark = self:place_mark(selection.anchor.line, version),
    }
  end
end

--- Set an extmark at the current position of a line of `version`.
---@param line integer
---@param version integer
---@param id? integer
---@return integer
function Notebook:place_mark(line, version, id)
  local row = self.edits:current_line(line, version)
  row = math.max(0, math.min(row, vim.api.nvim_buf_line_count(self.buffer) - 1))
  return vim.api.nvim_buf_set_extmark(self.buffer, M.namespace, row, 0, { id = id })
end

---@param cell cellbridge.KnownCell
function Notebook:remove_selections(cell)
  for _, selection in ipairs(cell.selections) do
    vim.api.nvim_buf_del_extmark(self.buffer, M.namespace, selection.mark)
  end
  cell.selections = {}
end

---@param id string
function Notebook:remove(id)
  local cell = self.cells[id]
  if cell then
    image_display.close(cell.images)
    self:remove_selections(cell)
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
---@field cell cellbridge.KnownCell
---@field first integer
---@field last integer

--- Return the cells in the order of the buffer, with their first and last lines.
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

--- Return the cell that contains a line.
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

--- Return the last line of a cell that is not blank, or its first line.
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

--- Return the place at which the code has stopped, in words; empty while it runs.
---@return string
function Notebook:stop()
  local debugger = self.kernel and self.kernel.debugger
  return debugger and debugger.stopped and debugger.stopped.place or ""
end

--- Take the state of the kernel, and draw running cells again if their code has stopped or continues.
---@param kernel cellbridge.Kernel
function Notebook:set_kernel(kernel)
  local before = self:stop()
  self.kernel = kernel
  if self:stop() == before then
    return
  end
  for _, cell in pairs(self.cells) do
    cell.dirty = cell.dirty or is_running(cell.run)
    for _, selection in ipairs(cell.selections) do
      cell.dirty = cell.dirty or is_running(selection.run)
    end
  end
  self:schedule()
end

--- Schedule drawing of the changed cells. Repeated calls schedule it once.
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

--- Draw all cells again, for example after a window was resized.
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
    if input_prompt.waiting_run(cell) then
      input_prompt.ask(self, cell)
    else
      self.waiting[cell.id] = nil
    end
  end
end

--- Draw the result of selected lines at the end of the last of them.
---@param selection cellbridge.KnownSelection
---@param width integer
function Notebook:draw_selection(selection, width)
  local options = { width = width, marks = selection.marks, stop = self:stop(), expanded = false }
  local drawing = render.drawing(selection.run, selection.outputs, options)
  local text = drawing.inline and vim.deepcopy(drawing.inline) or {}
  local words = drawing.inline and " · " .. selection.marks.mark or " " .. drawing.words
  text[#text + 1] = { words, drawing.inline and "CellbridgeMuted" or drawing.group }
  local row = self:row_of(selection.mark)
  vim.api.nvim_buf_set_extmark(self.buffer, M.namespace, row, 0, {
    id = selection.mark,
    virt_lines = #drawing.lines > 0 and drawing.lines or nil,
    virt_text = text,
    virt_text_pos = "eol",
    hl_mode = "combine",
  })
end

---@param place cellbridge.Place
---@param row integer?
---@param width integer
function Notebook:draw_cell(place, row, width)
  local cell = place.cell
  local options =
    { width = width, marks = cell.marks, stop = self:stop(), expanded = cell.expanded }
  local drawing = render.drawing(cell.run, cell.outputs, options)
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
  for _, selection in ipairs(cell.selections) do
    self:draw_selection(selection, width)
  end
  if config.get().images ~= "never" and cell.run and row then
    local spot = { buffer = self.buffer, row = row, lines = #drawing.lines }
    cell.images = image_display.update(cell.images, spot, cell.run, cell.outputs)
  elseif cell.images then
    image_display.close(cell.images)
    cell.images = nil
  end
end

return M
