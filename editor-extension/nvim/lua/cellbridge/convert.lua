--- Notebooks and scripts made of one another.
--- Owns the way to the server from a buffer that is no script; what is written is the server's matter.
local client = require("cellbridge.client")
local commands = require("cellbridge.protocol_gen").commands

local M = {}

--- Call with a server that has started, whether a script is open or not.
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

--- Write the notebook of a script, or bring it up to date.
---@param book cellbridge.Notebook
function M.to_notebook(book)
  client.command(book, commands.convertToNotebook, nil, function(result)
    -- It lies beside the script, and a message longer than the screen is wide waits for a key.
    local name = vim.fn.fnamemodify(vim.uri_to_fname(result.uri), ":t")
    vim.notify(("%s is up to date, and saving keeps it so."):format(name))
  end)
end

--- Open the notebook of a buffer, a file of JSON, as the script that is paired with it.
---@param buffer integer
function M.open_as_script(buffer)
  local uri = vim.uri_from_bufnr(buffer)
  local params = { command = commands.convertToScript, arguments = { { uri = uri } } }
  local function answered(err, result)
    if result then
      vim.cmd.edit(vim.fn.fnameescape(vim.uri_to_fname(result.uri)))
    elseif err then
      vim.notify(err.message, vim.log.levels.ERROR)
    end
  end
  with_server(function(server)
    if vim.fn.has("nvim-0.11") == 1 then
      server:request("workspace/executeCommand", params, answered, buffer)
    else
      ---@diagnostic disable-next-line: param-type-mismatch, missing-parameter
      server.request("workspace/executeCommand", params, answered, buffer)
    end
  end)
end

return M
