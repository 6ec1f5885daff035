--- The highlight groups and what they look like until a colour scheme says otherwise.
local M = {}

---@type [string, string, string][] name, linked to, meaning
M.groups = {
  { "CellbridgeOutput", "Normal", "Printed text and tables." },
  { "CellbridgeStderr", "WarningMsg", "Text written to stderr." },
  { "CellbridgeResult", "String", "The value of a cell." },
  { "CellbridgeError", "Normal", "A traceback, where the kernel has not coloured it." },
  { "CellbridgeTableHead", "Title", "The heading of a table." },
  { "CellbridgeImage", "Special", "A picture that is named only." },
  { "CellbridgeVariable", "Identifier", "A variable's name." },
  { "CellbridgeType", "Type", "A variable's type." },
  { "CellbridgeChanged", "DiagnosticInfo", "The mark of a variable that the last run changed." },
  { "CellbridgeMuted", "Comment", "What is not output itself, as the number of folded lines." },
  { "CellbridgeStale", "Comment", "Outputs of a cell that was edited since." },
  { "CellbridgeBorder", "NonText", "The line left of outputs." },
  { "CellbridgeErrorBorder", "DiagnosticError", "The line left of tracebacks." },
  { "CellbridgeOk", "DiagnosticOk", "A run that went well." },
  { "CellbridgeFailed", "DiagnosticError", "A run that failed." },
  { "CellbridgeRunning", "DiagnosticInfo", "A cell that runs." },
  { "CellbridgeQueued", "Comment", "A cell that waits for its turn." },
  { "CellbridgeWaiting", "DiagnosticWarn", "A cell that waits for input." },
}

--- Define the groups that nothing has defined yet.
function M.define()
  for _, group in ipairs(M.groups) do
    vim.api.nvim_set_hl(0, group[1], { link = group[2], default = true })
  end
end

return M
