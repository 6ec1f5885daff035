--- The plugin's options with their defaults, types and descriptions. The help is generated from them.
--- Owns the options of `setup`. The server's own settings are passed on under `settings`.
local M = {}

---@class (exact) cellbridge.Keys
---@field run? string|false
---@field advance? string|false
---@field above? string|false
---@field below? string|false
---@field all? string|false
---@field operator? string|false
---@field output? string|false
---@field expand? string|false
---@field image? string|false
---@field clear? string|false
---@field variables? string|false
---@field table? string|false
---@field kernel? string|false
---@field sessions? string|false
---@field interrupt? string|false
---@field restart? string|false
---@field next? string|false
---@field previous? string|false
---@field inner? string|false
---@field around? string|false

---@class (exact) cellbridge.Options
---@field cmd? string[]
---@field filetypes? string[]
---@field settings? cellbridge.Settings
---@field max_lines? integer
---@field tail_lines? integer
---@field expanded_lines? integer
---@field variables_lines? integer
---@field short_results? boolean
---@field signs? boolean
---@field images? "auto"|"never"
---@field keys? cellbridge.Keys|false

---@class (exact) cellbridge.Config
---@field cmd string[]
---@field filetypes string[]
---@field settings cellbridge.Settings
---@field max_lines integer
---@field tail_lines integer
---@field expanded_lines integer
---@field variables_lines integer
---@field short_results boolean
---@field signs boolean
---@field images "auto"|"never"
---@field keys cellbridge.Keys|false

---@class (exact) cellbridge.Option
---@field name string
---@field type string|string[]
---@field default any
---@field doc string

---@type cellbridge.Option[]
M.schema = {
  {
    name = "cmd",
    type = "table",
    default = { "cellbridge", "lsp" },
    doc = "Command that starts the server.",
  },
  {
    name = "filetypes",
    type = "table",
    default = { "python", "r", "julia" },
    doc = "File types of the buffers that the server attaches to.",
  },
  {
    name = "settings",
    type = "table",
    default = { hints = { enabled = false }, lenses = { enabled = false } },
    doc = "Settings of the server. Hints and lenses are off because the plugin draws outputs itself.",
  },
  {
    name = "max_lines",
    type = "number",
    default = 16,
    doc = "Maximum lines drawn under a cell. Longer output shows only its first and last lines.",
  },
  {
    name = "tail_lines",
    type = "number",
    default = 4,
    doc = "Number of these lines that show the end of folded output.",
  },
  {
    name = "expanded_lines",
    type = "number",
    default = 200,
    doc = "Maximum lines drawn of an expanded output.",
  },
  {
    name = "variables_lines",
    type = "number",
    default = 12,
    doc = "Height of the window of variables, in lines.",
  },
  {
    name = "short_results",
    type = "boolean",
    default = true,
    doc = "Show a result of one line at the end of the cell's last line instead of below it.",
  },
  {
    name = "signs",
    type = "boolean",
    default = true,
    doc = "Show the state of each cell in the sign column.",
  },
  {
    name = "images",
    type = "string",
    default = "auto",
    doc = 'Draw images with snacks.nvim or image.nvim if one is installed. With "never", images are '
      .. "only named.",
  },
  {
    name = "keys",
    type = { "table", "boolean" },
    default = {
      run = "<localleader>rr",
      advance = "<localleader>rn",
      above = "<localleader>ra",
      below = "<localleader>rb",
      all = "<localleader>rA",
      operator = "<localleader>r",
      output = "<localleader>ro",
      expand = "<localleader>re",
      image = "<localleader>rv",
      clear = "<localleader>rx",
      variables = "<localleader>rV",
      table = "<localleader>rt",
      kernel = "<localleader>rk",
      sessions = "<localleader>rs",
      interrupt = "<localleader>ri",
      restart = "<localleader>rR",
      next = "]c",
      previous = "[c",
      inner = "ic",
      around = "ac",
    },
    doc = "Keys in scripts. Set one of them or the whole table to false to map nothing. In diff mode, "
      .. "]c and [c keep their usual meaning.",
  },
}

---@type cellbridge.Config?
local current = nil

---@return cellbridge.Config
local function defaults()
  local made = {}
  for _, option in ipairs(M.schema) do
    made[option.name] = vim.deepcopy(option.default)
  end
  return made
end

--- Return the current options.
---@return cellbridge.Config
function M.get()
  current = current or defaults()
  return current
end

--- Return a key as the user types it; nil if it is not mapped.
---@param name string
---@return string?
function M.key(name)
  local keys = M.get().keys
  local key = type(keys) == "table" and keys[name] or nil
  if not key then
    return nil
  end
  local leader = vim.g.maplocalleader or "\\"
  return (key:gsub("<[Ll]ocal[Ll]eader>", (leader:gsub("%%", "%%%%"))))
end

---@param option cellbridge.Option
---@return string[]
local function types(option)
  local kinds = option.type
  return type(kinds) == "table" and kinds or { kinds }
end

--- Set the options. Return a message for each invalid one, which keeps its default.
---@param given? cellbridge.Options
---@return string[] problems
function M.set(given)
  local made, problems, known = defaults(), {}, {}
  for _, option in ipairs(M.schema) do
    known[option.name] = option
  end
  for name, value in pairs(given or {}) do
    local option = known[name]
    if not option then
      problems[#problems + 1] = ("Unknown option %s. See :help cellbridge-options."):format(name)
    elseif not vim.tbl_contains(types(option), type(value)) then
      problems[#problems + 1] = ("The option %s must be a %s, not %s. Its default is used."):format(
        name,
        table.concat(types(option), " or "),
        vim.inspect(value)
      )
    elseif type(value) == "table" and not vim.islist(option.default) then
      made[name] = vim.tbl_deep_extend("force", made[name], value)
    else
      made[name] = value
    end
  end
  current = made
  return problems
end

return M
