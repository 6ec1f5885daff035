--- The plugin's options: their defaults, types and meaning, from which the help is generated too.
--- Owns what a person may set. The server's own settings are passed on under `settings`.
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
    doc = "How the server is started.",
  },
  {
    name = "filetypes",
    type = "table",
    default = { "python", "r", "julia" },
    doc = "Which buffers are scripts.",
  },
  {
    name = "settings",
    type = "table",
    default = { hints = { enabled = false }, lenses = { enabled = false } },
    doc = "Settings of the server. Its hints and lenses are off, since outputs are drawn instead.",
  },
  {
    name = "max_lines",
    type = "number",
    default = 16,
    doc = "Lines of output drawn under a cell; what is longer is folded to its beginning and end.",
  },
  {
    name = "tail_lines",
    type = "number",
    default = 4,
    doc = "How many of these lines show the end of what is folded.",
  },
  {
    name = "expanded_lines",
    type = "number",
    default = 200,
    doc = "Lines drawn of an output that has been expanded.",
  },
  {
    name = "variables_lines",
    type = "number",
    default = 12,
    doc = "Height of the window that shows the kernel's variables.",
  },
  {
    name = "short_results",
    type = "boolean",
    default = true,
    doc = "Show a result of one line at the end of the cell's last line, not below it.",
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
    doc = 'Draw pictures through snacks.nvim or image.nvim where one is installed; "never" names '
      .. "them only.",
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
    doc = "Keys in scripts; false for one of them, or for all, leaves it out. In a window that "
      .. "compares files, ]c and [c keep their own meaning.",
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

--- The options in force.
---@return cellbridge.Config
function M.get()
  current = current or defaults()
  return current
end

--- A key as a person presses it, or nil where it is mapped to nothing.
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

--- Take what a person has set; what cannot be used is named and left at its default.
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
      problems[#problems + 1] = ("There is no option %s; :help cellbridge-options lists them."):format(
        name
      )
    elseif not vim.tbl_contains(types(option), type(value)) then
      problems[#problems + 1] = ("The option %s must be a %s, not %s; its default is used."):format(
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
