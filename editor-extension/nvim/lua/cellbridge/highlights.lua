--- The highlight groups and their defaults, which a colour scheme can override.
local M = {}

---@type [string, string, string][] name, linked to, meaning
M.groups = {
  { "CellbridgeOutput", "Normal", "Printed text and tables." },
  { "CellbridgeStderr", "WarningMsg", "Text written to stderr." },
  { "CellbridgeResult", "String", "The value of a cell." },
  { "CellbridgeError", "Normal", "A traceback without colours of the kernel." },
  { "CellbridgeTableHead", "Title", "The heading of a table." },
  { "CellbridgeImage", "Special", "The name of an image that is not drawn." },
  { "CellbridgeVariable", "Identifier", "A variable's name." },
  { "CellbridgeType", "Type", "A variable's type." },
  { "CellbridgeChanged", "DiagnosticInfo", "The mark of a variable that the last run changed." },
  { "CellbridgeMuted", "Comment", "Text that is not output, such as the number of folded lines." },
  { "CellbridgeStale", "Comment", "Outputs of a cell that was edited after its run." },
  { "CellbridgeBorder", "NonText", "The line left of outputs." },
  { "CellbridgeErrorBorder", "DiagnosticError", "The line left of tracebacks." },
  { "CellbridgeOk", "DiagnosticOk", "A run that succeeded." },
  { "CellbridgeFailed", "DiagnosticError", "A run that failed." },
  { "CellbridgeRunning", "DiagnosticInfo", "A cell that is running." },
  { "CellbridgeQueued", "Comment", "A cell in the queue." },
  { "CellbridgeWaiting", "DiagnosticWarn", "A cell that waits for input." },
  { "CellbridgeStop", "Visual", "The line at which the code has stopped." },
  { "CellbridgeStopSign", "DiagnosticWarn", "The sign of that line." },
}

--- Define the groups that are not defined yet.
function M.define()
  for _, group in ipairs(M.groups) do
    vim.api.nvim_set_hl(0, group[1], { link = group[2], default = true })
  end
end

return M
