--- The values and breakpoints that the server reports while code is debugged, at the ends of lines.
--- Owns their extmarks. They arrive as inlay hints. Neovim may miss hints that change while the text does
--- not, and users switch hints on or off for other servers, so they are drawn here unless hints are on.
local client = require("cellbridge.client")

local M = {}

M.namespace = vim.api.nvim_create_namespace("cellbridge.debug_hints")

---@param book cellbridge.Notebook
---@param hints table[]
local function draw(book, hints)
  vim.api.nvim_buf_clear_namespace(book.buffer, M.namespace, 0, -1)
  local lines = vim.api.nvim_buf_line_count(book.buffer)
  for _, hint in ipairs(hints) do
    local row = hint.position.line
    if row < lines and type(hint.label) == "string" then
      vim.api.nvim_buf_set_extmark(book.buffer, M.namespace, row, 0, {
        virt_text = { { " " .. hint.label, "LspInlayHint" } },
        virt_text_pos = "eol",
        hl_mode = "combine",
      })
    end
  end
end

--- Draw the present hints of a notebook, or remove them.
---@param book cellbridge.Notebook
function M.update(book)
  if not book.debugged or vim.lsp.inlay_hint.is_enabled({ bufnr = book.buffer }) then
    draw(book, {})
    return
  end
  local lines = vim.api.nvim_buf_line_count(book.buffer)
  local range = { start = { line = 0, character = 0 }, ["end"] = { line = lines, character = 0 } }
  local params = { textDocument = { uri = vim.uri_from_bufnr(book.buffer) }, range = range }
  client.request(book, "textDocument/inlayHint", params, function(hints)
    draw(book, book.debugged and type(hints) == "table" and hints or {})
  end)
end

return M
