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

--- Show the lines of `cellbridge doctor` about debugging: it starts a kernel for the script and ends it.
---@param book cellbridge.Notebook
local function check_kernel_debugging(book)
  local command = require("cellbridge.nvim_dap").command()
  command[#command] = "doctor"
  command[#command + 1] = vim.api.nvim_buf_get_name(book.buffer)
  if vim.fn.executable(command[1]) == 0 then
    return
  end
  local done = vim.system(command, { text = true }):wait(30000)
  local lines = vim.split(done.stdout or "", "\n")
  for at, line in ipairs(lines) do
    local mark, text = line:match("^(%S+)%s+(.*debug.*)$")
    if mark == "ok" then
      vim.health.ok(text)
    elseif text then
      vim.health.warn(text, (lines[at + 1] or ""):match("→ (.*)"))
    end
  end
end

local function check_debugging()
  local dap = require("cellbridge.nvim_dap").find()
  if not dap then
    vim.health.info("nvim-dap is not installed, so `:Cellbridge debug` runs a cell line by line.")
  elseif not dap.providers then
    vim.health.warn(
      "nvim-dap is too old to list the configurations of a script.",
      "Install nvim-dap 0.8 or newer."
    )
  else
    vim.health.ok("Cells are debugged with nvim-dap: `:Cellbridge debug`.")
  end
  local _, book = next(require("cellbridge.notebook").all())
  if book then
    check_kernel_debugging(book)
  end
end

function M.check()
  vim.health.start("cellbridge")
  check_neovim()
  check_server()
  check_buffers()
  check_display()
  check_debugging()
end

return M
