--- The prompt for a cell that waits for input().
--- Owns when the prompt opens: once for each question, for a visible buffer.
local M = {}

--- Return the run of a cell, or of selected lines of it, that waits for input.
---@param cell cellbridge.KnownCell
---@return cellbridge.Run?
function M.waiting_run(cell)
  if cell.run and cell.run.waiting then
    return cell.run
  end
  for _, selection in ipairs(cell.selections) do
    if selection.run.waiting then
      return selection.run
    end
  end
  return nil
end

---@param book cellbridge.Notebook
---@param cell cellbridge.KnownCell
local function prompt(book, cell)
  local run = M.waiting_run(cell)
  local waiting = run and run.waiting
  if not waiting then
    return
  end
  local function answer(text)
    if text == nil then
      vim.notify(
        "The cell still waits. :Cellbridge input opens the prompt again, :Cellbridge interrupt stops it."
      )
      return
    end
    local command = require("cellbridge.protocol_gen").commands.answerInput
    require("cellbridge.client").command(book, command, { text = text })
  end
  local label = waiting.prompt ~= "" and waiting.prompt or "input: "
  if waiting.password then
    local ok, text = pcall(vim.fn.inputsecret, label)
    answer(ok and text or nil)
  else
    vim.ui.input({ prompt = label }, answer)
  end
end

--- Open the prompt, unless it was opened for this question before.
---@param book cellbridge.Notebook
---@param cell cellbridge.KnownCell
function M.ask(book, cell)
  local run = M.waiting_run(cell)
  local question = run and run.waiting and ("%s %d"):format(run.id, run.waiting.number or 1)
  if not question or book.waiting[cell.id] == question or vim.fn.bufwinid(book.buffer) == -1 then
    return
  end
  book.waiting[cell.id] = question
  vim.schedule(function()
    vim.cmd.redraw() -- the prompt may block Neovim before the latest output is visible
    prompt(book, cell)
  end)
end

--- Open the prompt again, for example after the user closed it.
---@param book cellbridge.Notebook
function M.ask_again(book)
  for _, cell in pairs(book.cells) do
    if M.waiting_run(cell) then
      return prompt(book, cell)
    end
  end
  vim.notify("No cell in this buffer waits for input.")
end

return M
