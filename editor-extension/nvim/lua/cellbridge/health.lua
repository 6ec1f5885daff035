--- :checkhealth cellbridge
local M = {}

local function check_neovim()
  if vim.fn.has("nvim-0.10") == 1 then
    vim.health.ok("Neovim " .. tostring(vim.version()))
  else
    vim.health.error("Neovim 0.10 or newer is needed.", "Install a newer Neovim.")
  end
end

local function check_server()
  local cmd = require("cellbridge.config").get().cmd
  if vim.fn.executable(cmd[1]) == 0 then
    vim.health.error(("%s cannot be started."):format(cmd[1]), {
      "Install cellbridge with pip.",
      'Or give its whole path: setup({ cmd = { "…", "lsp" } }).',
    })
    return
  end
  vim.health.ok("The server is " .. vim.fn.exepath(cmd[1]))
end

local function check_buffers()
  local found = false
  for buffer, book in pairs(require("cellbridge.notebook").all()) do
    found = true
    local kernel = book.kernel or { state = "absent" }
    local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ":~:.")
    local said = ("%s: %d cells, kernel %s"):format(name, vim.tbl_count(book.cells), kernel.state)
    if kernel.message and kernel.message ~= "" then
      vim.health.warn(said, kernel.message)
    else
      vim.health.ok(said)
    end
  end
  if not found then
    vim.health.info(
      "No script is open. Open one of these kinds: "
        .. table.concat(require("cellbridge.config").get().filetypes, ", ")
    )
  end
end

local function check_display()
  if not vim.o.termguicolors then
    vim.health.info("'termguicolors' is off: colours of outputs are the terminal's own 256.")
  end
  local drawer = require("cellbridge.pictures").drawer()
  if drawer then
    vim.health.ok("Pictures are drawn by " .. drawer)
  else
    vim.health.info("Pictures are named and opened by a key; snacks.nvim or image.nvim draws them.")
  end
end

function M.check()
  vim.health.start("cellbridge")
  check_neovim()
  check_server()
  check_buffers()
  check_display()
end

return M
