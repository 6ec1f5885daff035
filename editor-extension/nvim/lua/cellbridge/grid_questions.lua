--- What can be asked of a table beside its pages: conditions, a column's summary, a file of it.
--- Owns how a person says these and sees the answers.
local client = require("cellbridge.client")
local layout = require("cellbridge.grid_layout")
local protocol = require("cellbridge.protocol_gen")
local window = require("cellbridge.window")

local M = {}

local namespace = vim.api.nvim_create_namespace("cellbridge.summary")

-- As a person writes them before a value; longer ones first, so that ">=" is not ">".
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

--- A condition as a person writes it.
---@param column integer
---@param text string
---@return cellbridge.TableFilter
function M.condition(column, text)
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

--- Show what there is to say of a column.
---@param book cellbridge.Notebook
---@param path string[]
---@param column integer
function M.summary(book, path, column)
  local params = { uri = vim.uri_from_bufnr(book.buffer), path = path, column = column }
  client.request(book, protocol.methods.tableSummary, params, function(result)
    local lines = layout.summary(result)
    local buffer = window.float(result.name, #lines, 60)
    window.paint(buffer, namespace, lines)
    window.keys(buffer, {})
  end)
end

---@param path string
---@param result cellbridge.TableExportResult
local function write(path, result)
  local file, problem = io.open(vim.fs.normalize(path), "wb")
  if not file then
    vim.notify(("Nothing was written: %s."):format(problem), vim.log.levels.ERROR)
    return
  end
  file:write(result.text)
  file:close()
  local said = result.truncated and "Only the beginning of the table fits; it is in %s."
    or "The table is in %s."
  vim.notify(said:format(path))
end

--- Ask for a file's name and write a table to it.
---@param book cellbridge.Notebook
---@param name string
---@param params table The table, its order and its conditions.
function M.export(book, name, params)
  vim.ui.input({
    prompt = "Write to (.csv, .tsv or .json): ",
    default = name .. ".csv",
    completion = "file",
  }, function(path)
    if not path or path == "" then
      return
    end
    local format = path:match("%.(%w+)$") or ""
    if not vim.tbl_contains({ "csv", "tsv", "json" }, format) then
      vim.notify("Nothing was written: the name must end in .csv, .tsv or .json.")
      return
    end
    local whole = { format = format, start = 0, count = 1000000, columns = 100000 }
    local asked = vim.tbl_extend("force", params, whole)
    client.request(book, protocol.methods.tableExport, asked, function(result)
      write(path, result)
    end)
  end)
end

return M
