--- The reports of the cursor's line to the server, for a page that follows the cursor.
--- Owns when they are sent: after a move to another line, and at most one every `PAUSE` milliseconds.
local notebook = require("cellbridge.notebook")
local protocol = require("cellbridge.protocol_gen")

local M = {}

local PAUSE = 100
local pending = false
local last = "" -- The buffer and the line that were reported last.

local function report()
  pending = false
  local found = notebook.of()
  local client = found and vim.lsp.get_client_by_id(found.client)
  if not found or not client then
    return
  end
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  local place = found.buffer .. ":" .. row
  if place == last then
    return
  end
  last = place
  local uri = vim.uri_from_bufnr(found.buffer)
  local params = { uri = uri, position = { line = row, character = 0 } }
  if vim.fn.has("nvim-0.11") == 1 then
    client:notify(protocol.methods.cursor, params)
  else
    ---@diagnostic disable-next-line: param-type-mismatch, missing-parameter
    client.notify(protocol.methods.cursor, params)
  end
end

--- Report the cursor soon, if it is in a script.
function M.moved()
  if not pending and notebook.of() then
    pending = true
    vim.defer_fn(report, PAUSE)
  end
end

return M
