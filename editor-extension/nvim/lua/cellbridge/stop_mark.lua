--- The mark of the line at which the code has stopped.
--- Owns this mark, and moves the cursor to it. nvim-dap draws its own, so nothing is drawn for a script
--- that it debugs.
local debug_hints = require("cellbridge.debug_hints")
local nvim_dap = require("cellbridge.nvim_dap")

local M = {}

M.namespace = vim.api.nvim_create_namespace("cellbridge.stop")

---@class (exact) cellbridge.DrawnStop
---@field key string
---@field buffer integer

---@type table<integer, cellbridge.DrawnStop> By the buffer of the notebook.
local drawn = {}

--- Remove the mark of a notebook.
---@param buffer integer
function M.clear(buffer)
  local mark = drawn[buffer]
  drawn[buffer] = nil
  if mark and vim.api.nvim_buf_is_valid(mark.buffer) then
    vim.api.nvim_buf_clear_namespace(mark.buffer, M.namespace, 0, -1)
  end
end

--- Go to a line of a buffer, in a window that shows it if there is one.
---@param buffer integer
---@param row integer
local function jump_to(buffer, row)
  if vim.api.nvim_get_current_buf() ~= buffer then
    local shown = vim.fn.win_findbuf(buffer)[1]
    if shown then
      vim.api.nvim_set_current_win(shown)
    else
      vim.cmd("normal! m'")
      vim.bo[buffer].buflisted = true
      vim.api.nvim_win_set_buf(0, buffer)
    end
  end
  vim.api.nvim_win_set_cursor(0, { row + 1, 0 })
  vim.cmd("normal! ^zv")
end

--- Draw the line at which the kernel of a notebook has stopped, or remove the mark.
---@param book cellbridge.Notebook
function M.update(book)
  local debugger = book.kernel and book.kernel.debugger
  if not debugger or nvim_dap.session(book) then
    M.clear(book.buffer)
    -- A step of the user may start the debugger, so only its end ends the stepping.
    book.stepping = book.stepping and not book.debugged
    if book.debugged then
      book.debugged = false
      debug_hints.update(book)
    end
    return
  end
  if not book.debugged then
    book.debugged = true
    debug_hints.update(book)
  end
  local stop = debugger.stopped
  if not stop or not stop.line then
    M.clear(book.buffer)
    return
  end
  -- The line changes with each edit above it, and the mark follows by itself.
  local key = ("%d %s"):format(stop.number or 0, stop.uri)
  if drawn[book.buffer] and drawn[book.buffer].key == key then
    return
  end
  M.clear(book.buffer)
  local buffer = vim.uri_to_bufnr(stop.uri)
  if book.stepping then
    vim.fn.bufload(buffer)
  elseif not vim.api.nvim_buf_is_loaded(buffer) then
    return
  end
  local row = math.min(stop.line, vim.api.nvim_buf_line_count(buffer) - 1)
  drawn[book.buffer] = { key = key, buffer = buffer }
  vim.api.nvim_buf_set_extmark(buffer, M.namespace, row, 0, {
    sign_text = "▶",
    sign_hl_group = "CellbridgeStopSign",
    line_hl_group = "CellbridgeStop",
    priority = 100,
  })
  if book.stepping then
    jump_to(buffer, row)
  end
end

return M
