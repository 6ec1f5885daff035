--- The LSP client: its configuration, its handlers, and requests to the server.
--- Owns the client's configuration and the differences between Neovim versions.
local config = require("cellbridge.config")
local notebook = require("cellbridge.notebook")
local protocol = require("cellbridge.protocol_gen")

local M = {}

local NAME = "cellbridge"
local SILENT = { -32800, -32801, -32802 } -- cancelled, or overtaken by an edit

---@param buffer integer
---@return boolean
local function is_script(buffer)
  return vim.tbl_contains(config.get().filetypes, vim.bo[buffer].filetype)
end

---@param uri string
---@return cellbridge.Notebook?
local function notebook_of(uri)
  return notebook.of(vim.uri_to_bufnr(uri))
end

---@param params cellbridge.CellsChangedParams
local function cells_changed(_, params)
  local found = notebook_of(params.uri)
  if found then
    found:apply(params)
  end
end

---@param params cellbridge.KernelChangedParams
local function kernel_changed(_, params)
  local found = notebook_of(params.uri)
  if not found then
    return
  end
  local before, kernel = found.kernel, params.kernel
  found:set_kernel(kernel)
  require("cellbridge.stop_mark").update(found)
  if kernel.state == "dead" and kernel.message ~= "" and (not before or before.state ~= "dead") then
    vim.notify(kernel.message, vim.log.levels.WARN)
  end
  vim.api.nvim_exec_autocmds("User", { pattern = "CellbridgeKernel", modeline = false })
  vim.cmd.redrawstatus()
end

---@param params cellbridge.AgentsChangedParams
local function agents_changed(_, params)
  local found = notebook_of(params.uri)
  if found then
    require("cellbridge.agents").update(found, params.agents)
  end
end

--- The server asks the user a question.
---@async
local function ask_user(...)
  return require("cellbridge.questions").ask(...)
end

---@param params cellbridge.VariablesChangedParams
local function variables_changed(_, params)
  require("cellbridge.variables_window").changed(params.uri)
  require("cellbridge.table_window").changed(params.uri)
end

--- The server asks for its hints again: draw those of scripts that are debugged.
local function hints_changed(err, result, context, ...)
  for _, one in pairs(notebook.all()) do
    if one.client == context.client_id and one.debugged then
      require("cellbridge.debug_hints").update(one)
    end
  end
  return vim.lsp.handlers["workspace/inlayHint/refresh"](err, result, context, ...)
end

--- Return the configuration for `vim.lsp.start` and `vim.lsp.config`.
---@return table
function M.config()
  M.listen()
  local options = config.get()
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.experimental = { cellbridge = { outputs = true, variables = true } }
  return {
    name = NAME,
    cmd = options.cmd,
    filetypes = options.filetypes,
    root_markers = { "pyproject.toml", ".git" },
    capabilities = capabilities,
    init_options = options.settings,
    settings = { cellbridge = options.settings },
    handlers = {
      [protocol.methods.cellsChanged] = cells_changed,
      [protocol.methods.kernelChanged] = kernel_changed,
      [protocol.methods.variablesChanged] = variables_changed,
      [protocol.methods.agentsChanged] = agents_changed,
      ["window/showMessageRequest"] = ask_user,
      ["workspace/inlayHint/refresh"] = hints_changed,
    },
  }
end

--- Create the autocommands for buffers that the client attaches to. Repeated calls do no harm.
function M.listen()
  require("cellbridge.highlights").define()
  local group = vim.api.nvim_create_augroup("cellbridge", { clear = true })
  vim.api.nvim_create_autocmd("LspAttach", {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == NAME then
        local made = notebook.attach(event.buf, client.id)
        require("cellbridge.keymaps").map(event.buf)
        M.refresh(made)
        -- nvim-dap may be loaded by this, so the script is shown first.
        vim.schedule(require("cellbridge.nvim_dap").register)
      end
    end,
  })
  vim.api.nvim_create_autocmd("LspDetach", {
    group = group,
    callback = function(event)
      local found = notebook.of(event.buf)
      if found and found.client == event.data.client_id then
        require("cellbridge.stop_mark").clear(event.buf)
        notebook.detach(event.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd({ "CursorMoved", "CursorMovedI", "BufEnter" }, {
    group = group,
    callback = function()
      require("cellbridge.cursor_reports").moved()
    end,
  })
  vim.api.nvim_create_autocmd({ "WinResized", "BufWinEnter" }, {
    group = group,
    callback = function()
      for _, one in pairs(notebook.all()) do
        one:redraw()
      end
    end,
  })
  vim.api.nvim_create_autocmd("ColorScheme", {
    group = group,
    callback = function()
      require("cellbridge.ansi").clear_groups()
      require("cellbridge.highlights").define()
      for _, one in pairs(notebook.all()) do
        one:redraw()
      end
    end,
  })
end

--- Start the server for open scripts and for scripts that are opened later.
function M.enable()
  if vim.lsp.enable then
    vim.lsp.config(NAME, M.config())
    vim.lsp.enable(NAME)
    return
  end
  M.listen()
  local function start(buffer)
    if is_script(buffer) and vim.bo[buffer].buftype == "" then
      local made = M.config()
      local root = vim.fs.find(made.root_markers, {
        upward = true,
        path = vim.fs.dirname(vim.api.nvim_buf_get_name(buffer)),
      })[1]
      made.root_dir = root and vim.fs.dirname(root)
      vim.lsp.start(made, { bufnr = buffer })
    end
  end
  vim.api.nvim_create_autocmd("FileType", {
    group = vim.api.nvim_create_augroup("cellbridge.start", { clear = true }),
    callback = function(event)
      start(event.buf)
    end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) then
      start(buffer)
    end
  end
end

--- Send a request about a notebook.
---@param from cellbridge.Notebook
---@param method string
---@param params table
---@param on_result? fun(result: any)
function M.request(from, method, params, on_result)
  local client = vim.lsp.get_client_by_id(from.client)
  if not client then
    vim.notify("The Cellbridge server is not running. Run :checkhealth cellbridge.")
    return
  end
  local function handler(err, result)
    if err then
      -- The server has already shown the error of a failed command.
      local codes = vim.lsp.protocol.ErrorCodes
      local reported = method == "workspace/executeCommand" and err.code == codes.RequestFailed
      if not reported and not vim.tbl_contains(SILENT, err.code) then
        vim.notify(err.message, vim.log.levels.ERROR)
      end
    elseif on_result and notebook.of(from.buffer) == from then
      on_result(result)
    end
  end
  if vim.fn.has("nvim-0.11") == 1 then
    client:request(method, params, handler, from.buffer)
  else
    ---@diagnostic disable-next-line: param-type-mismatch, missing-parameter
    client.request(method, params, handler, from.buffer)
  end
end

--- Request all cells again.
---@param from cellbridge.Notebook
function M.refresh(from)
  local params = { uri = vim.uri_from_bufnr(from.buffer) }
  M.request(from, protocol.methods.cells, params, function(result)
    from:replace(result)
    require("cellbridge.stop_mark").update(from)
  end)
end

--- Execute a command of the server.
---@param from cellbridge.Notebook
---@param command string
---@param more? table Further fields of its argument, next to the document.
---@param on_result? fun(result: any)
function M.command(from, command, more, on_result)
  local argument = vim.tbl_extend("force", { uri = vim.uri_from_bufnr(from.buffer) }, more or {})
  local params = { command = command, arguments = { argument } }
  M.request(from, "workspace/executeCommand", params, on_result)
end

return M
