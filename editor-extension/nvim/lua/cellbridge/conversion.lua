--- Conversion between scripts and notebooks.
--- Owns the requests from buffers that are not scripts. The server does the conversion.
local client = require("cellbridge.client")
local commands = require("cellbridge.protocol_gen").commands

local M = {}

--- Call a function with a running server, even without an open script.
---@param use fun(server: vim.lsp.Client)
local function with_server(use)
  local running = vim.lsp.get_clients({ name = "cellbridge" })[1]
  if running and running.initialized then
    use(running)
    return
  end
  local made = client.config()
  made.on_init = use
  if vim.fn.has("nvim-0.11") == 1 then
    vim.lsp.start(made, { attach = false })
  else
    ---@diagnostic disable-next-line: deprecated
    vim.lsp.start_client(made)
  end
end

--- Write or update the notebook of a script.
---@param book cellbridge.Notebook
function M.to_notebook(book)
  client.command(book, commands.convertToNotebook, nil, function(result)
    -- Only the name: it is in the script's folder, and a message wider than the screen waits for a key.
    local name = vim.fn.fnamemodify(vim.uri_to_fname(result.uri), ":t")
    vim.notify(("%s is up to date. Saving the script updates it."):format(name))
  end)
end

--- Open the notebook in a buffer, a JSON file, as the script that is paired with it.
---@param buffer integer
function M.open_as_script(buffer)
  local uri = vim.uri_from_bufnr(buffer)
  local params = { command = commands.convertToScript, arguments = { { uri = uri } } }
  local function on_result(err, result)
    if result then
      vim.cmd.edit(vim.fn.fnameescape(vim.uri_to_fname(result.uri)))
    elseif err then
      vim.notify(err.message, vim.log.levels.ERROR)
    end
  end
  with_server(function(server)
    if vim.fn.has("nvim-0.11") == 1 then
      server:request("workspace/executeCommand", params, on_result, buffer)
    else
      ---@diagnostic disable-next-line: param-type-mismatch, missing-parameter
      server.request("workspace/executeCommand", params, on_result, buffer)
    end
  end)
end

return M
