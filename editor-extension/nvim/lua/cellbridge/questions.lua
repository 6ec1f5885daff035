--- The questions that the server asks the user, such as whether an agent may run cells.
--- Owns when they are shown: not while the user types text, which could answer them by chance.
local M = {}

local METHOD = "window/showMessageRequest"

--- Return true if the user is not in the middle of a text or a command.
---@return boolean
local function is_free()
  return vim.api.nvim_get_mode().mode == "n"
end

---@param then_ask fun()
local function wait_until_free(then_ask)
  vim.api.nvim_create_autocmd("ModeChanged", {
    pattern = "*:n",
    callback = function()
      if not is_free() then
        return false
      end
      vim.schedule(then_ask)
      return true
    end,
  })
end

--- Show a question, at once or when the user has left insert mode.
---@async
function M.ask(err, params, context)
  local thread, is_main = coroutine.running()
  if thread and not is_main and not is_free() then
    vim.notify(params.message .. " Leave this mode to answer.")
    wait_until_free(function()
      coroutine.resume(thread)
    end)
    coroutine.yield()
  end
  -- Neovim puts a colon behind the sentence.
  params.message = params.message:gsub("%.$", "")
  return vim.lsp.handlers[METHOD](err, params, context)
end

return M
