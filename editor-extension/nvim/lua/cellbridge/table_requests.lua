--- Further operations on a table: filter conditions, summary of a column, export to a file.
--- Owns their input by the user and the display of their results.
local client = require("cellbridge.client")
local table_layout = require("cellbridge.table_layout")
local protocol = require("cellbridge.protocol_gen")
local window = require("cellbridge.window")

local M = {}

local namespace = vim.api.nvim_create_namespace("cellbridge.summary")

-- Operators as the user types them, longer ones first, so that ">=" is not read as ">".
local OPERATORS = {
  { ">=", "ge" },
  { "<=", "le" },
  { "!=", "ne" },
  { "==", "eq" },
  { ">", "gt" },
  { "<", "lt" },
  { "=", "eq" },
  { "~", "contains" },
}

--- Parse a condition that the user typed.
---@param column integer
---@param text string
---@return cellbridge.TableFilter
function M.parse_condition(column, text)
  text = vim.trim(text)
  if text:lower() == "null" then
    return { column = column, operator = "null" }
  elseif text:lower() == "not null" then
    return { column = column, operator = "notNull" }
  end
  for _, one in ipairs(OPERATORS) do
    if vim.startswith(text, one[1]) then
      return { column = column, operator = one[2], value = vim.trim(text:sub(#one[1] + 1)) }
    end
  end
  return { column = column, operator = "contains", value = text }
end

--- Show the summary of a column.
---@param book cellbridge.Notebook
---@param path string[]
---@param column integer
function M.summary(book, path, column)
  local params = { uri = vim.uri_from_bufnr(book.buffer), path = path, column = column }
  client.request(book, protocol.methods.tableSummary, params, function(result)
    local lines = table_layout.summary(result)
    local buffer = window.float(result.name, #lines, 60)
    window.paint(buffer, namespace, lines)
    window.keys(buffer, {})
  end)
end

---@param path string
---@param result cellbridge.TableExportResult
local function write_file(path, result)
  local file, problem = io.open(vim.fs.normalize(path), "wb")
  if not file then
    vim.notify(("Could not write the table: %s."):format(problem), vim.log.levels.ERROR)
    return
  end
  file:write(result.encoding == "base64" and vim.base64.decode(result.text) or result.text)
  file:close()
  local message = result.truncated
      and "The table is too long for one file. Its first rows are in %s."
    or "The table is in %s."
  vim.notify(message:format(path))
end

--- Prompt for a file name and write the table to that file.
---@param book cellbridge.Notebook
---@param name string
---@param params table The table, its sort order and its filters.
function M.export(book, name, params)
  vim.ui.input({
    prompt = "Export to (.csv, .tsv, .json or .parquet): ",
    default = name .. ".csv",
    completion = "file",
  }, function(path)
    if not path or path == "" then
      return
    end
    local format = path:match("%.(%w+)$") or ""
    if not vim.tbl_contains({ "csv", "tsv", "json", "parquet" }, format) then
      local endings = ".csv, .tsv, .json or .parquet"
      vim.notify(("Could not write the table: the file name must end in %s."):format(endings))
      return
    end
    local whole = { format = format, start = 0, count = 1000000, columns = 100000 }
    local export_params = vim.tbl_extend("force", params, whole)
    client.request(book, protocol.methods.tableExport, export_params, function(result)
      write_file(path, result)
    end)
  end)
end

return M
