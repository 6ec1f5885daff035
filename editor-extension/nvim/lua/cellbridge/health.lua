--- :checkhealth cellbridge
local M = {}

local function check_neovim()
  if vim.fn.has("nvim-0.10") == 1 then
    vim.health.ok("Neovim " .. tostring(vim.version()))
  else
    vim.health.error("Neovim 0.10 or newer is required.", "Install a newer Neovim.")
  end
end

local function check_server()
  local cmd = require("cellbridge.config").get().cmd
  if vim.fn.executable(cmd[1]) == 0 then
    vim.health.error(("%s was not found."):format(cmd[1]), {
      "Install Cellbridge: pip install cellbridge",
      'Or set the full path: setup({ cmd = { "…", "lsp" } }).',
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
    local status = ("%s: %d cells, kernel %s"):format(name, vim.tbl_count(book.cells), kernel.state)
    if kernel.message and kernel.message ~= "" then
      vim.health.warn(status, kernel.message)
    else
      vim.health.ok(status)
    end
  end
  if not found then
    vim.health.info(
      "No script is open. Open a file of type "
        .. table.concat(require("cellbridge.config").get().filetypes, ", ")
    )
  end
end

local function check_display()
  if not vim.o.termguicolors then
    vim.health.info("'termguicolors' is off: outputs use the terminal's 256 colours.")
  end
  local plugin = require("cellbridge.image_display").drawing_plugin()
  if plugin then
    vim.health.ok("Images are drawn by " .. plugin)
  else
    vim.health.info(
      "Images are named and opened by a key. Install snacks.nvim or image.nvim to draw them."
    )
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
