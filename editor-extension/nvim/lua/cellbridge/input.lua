--- The question of a cell that waits for input.
--- Owns when a person is asked: once for each question, in a buffer that is seen.
local M = {}

---@param book cellbridge.Notebook
---@param cell cellbridge.Shown
local function prompt(book, cell)
  local waiting = cell.run and cell.run.waiting
  if not waiting then
    return
  end
  local function answer(text)
    if text == nil then
      vim.notify(
        "The cell still waits; :Cellbridge input asks again, :Cellbridge interrupt ends it."
      )
      return
    end
    local command = require("cellbridge.protocol_gen").commands.answerInput
    require("cellbridge.client").command(book, command, { text = text })
  end
  local said = waiting.prompt ~= "" and waiting.prompt or "input: "
  if waiting.password then
    local ok, text = pcall(vim.fn.inputsecret, said)
    answer(ok and text or nil)
  else
    vim.ui.input({ prompt = said }, answer)
  end
end

--- Ask a person, unless that has been done.
---@param book cellbridge.Notebook
---@param cell cellbridge.Shown
function M.ask(book, cell)
  local asked = ("%s %d"):format(cell.run.id, cell.run.waiting.number or 1)
  if book.waiting[cell.id] == asked or vim.fn.bufwinid(book.buffer) == -1 then
    return
  end
  book.waiting[cell.id] = asked
  vim.schedule(function()
    vim.cmd.redraw() -- asking may hold Neovim up, with what has just been drawn not yet seen
    prompt(book, cell)
  end)
end

--- Ask again, as after the first question was dismissed.
---@param book cellbridge.Notebook
function M.again(book)
  for _, cell in pairs(book.cells) do
    if cell.run and cell.run.waiting then
      return prompt(book, cell)
    end
  end
  vim.notify("No cell of this buffer waits for input.")
end

return M
