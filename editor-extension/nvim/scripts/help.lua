-- Prints doc/cellbridge.txt, generated from the options, actions and highlight groups:
--
--     nvim --clean --cmd "set rtp^=editor-extension/nvim" -l editor-extension/nvim/scripts/help.lua
--
-- Owns the text of the help that belongs to no option.
local config = require("cellbridge.config")
local actions = require("cellbridge.actions").actions
local groups = require("cellbridge.highlights").groups

local WIDTH = 78
local lines = {} ---@type string[]

local function put(line)
  lines[#lines + 1] = line or ""
end

--- Wrap a text at the width of help files.
local function wrap(text, indent)
  local line = indent
  for word in text:gmatch("%S+") do
    if #line > #indent and vim.fn.strdisplaywidth(line .. " " .. word) > WIDTH then
      put(line)
      line = indent
    end
    line = #line > #indent and line .. " " .. word or line .. word
  end
  put(line)
end

local function heading(title, tag)
  put(("="):rep(WIDTH))
  put(title .. (" "):rep(WIDTH - #title - #tag - 2) .. "*" .. tag .. "*")
  put()
end

local function paragraph(text)
  wrap(text, "")
  put()
end

local function example(text)
  put(">lua")
  for _, line in ipairs(vim.split(text, "\n")) do
    put("    " .. line)
  end
  put("<")
end

local DEBUG_KEYS = [[
for key, action in pairs({
  ["<F5>"] = "continue",
  ["<F9>"] = "debug",
  ["<F10>"] = "next_line",
  ["<F11>"] = "step_into",
  ["<F12>"] = "step_out",
}) do
  vim.keymap.set("n", key, "<Cmd>Cellbridge " .. action .. "<CR>")
end]]

put("*cellbridge.txt*    Scripts with # %% markers as notebooks")
put()
heading("INTRODUCTION", "cellbridge")
paragraph(
  "The cells of a script run in a Jupyter kernel that outlives Neovim. Their outputs are drawn under "
    .. "them and stay there while you edit. Completion and hover use live objects. Requires Neovim 0.10 "
    .. "or newer and the Cellbridge server."
)
paragraph("Set it up with the defaults, or with options from |cellbridge-options|:")
example('require("cellbridge").setup({ max_lines = 30 })')
paragraph("In Neovim 0.11 and newer, this line alone is enough:")
example('vim.lsp.enable("cellbridge")')
paragraph("`:checkhealth cellbridge` reports problems.")

heading("OPTIONS", "cellbridge-options")
for _, option in ipairs(config.schema) do
  local tag = "*cellbridge-option-" .. option.name .. "*"
  put(option.name .. (" "):rep(WIDTH - #option.name - #tag) .. tag)
  wrap(option.doc, "    ")
  local default = vim.inspect(option.default)
  if #default > 60 then
    put("    Default: >lua")
    for _, line in ipairs(vim.split(default, "\n")) do
      put("        " .. line)
    end
    put("<")
  else
    put("    Default: `" .. default .. "`")
    put()
  end
end
paragraph("docs/settings.md describes the settings of the server.")

heading("COMMANDS", "cellbridge-commands")
put(":[range]Cellbridge [action]" .. (" "):rep(WIDTH - 41) .. "*:Cellbridge*")
wrap(
  "Executes one of these actions. Without an action, runs the range if one is given, otherwise the cell.",
  "    "
)
put()
local names = vim.tbl_keys(actions)
table.sort(names)
local longest = 0
for _, name in ipairs(names) do
  longest = math.max(longest, #name)
end
local keys = config.get().keys --[[@as cellbridge.Keys]]
for _, name in ipairs(names) do
  local key = keys[name] and ("  `" .. keys[name] .. "`") or ""
  put(("    %-" .. longest .. "s %s%s"):format(name, actions[name].doc, key))
end
put()
heading("KEYS", "cellbridge-keys")
put(("    %-18s %s"):format(keys.operator, "operator: run the lines that a motion covers"))
put(("    %-18s %s"):format(keys.operator, "in Visual mode: run the selection"))
put(("    %-18s %s"):format(keys.next .. " " .. keys.previous, "go to the next or previous cell"))
put(
  ("    %-18s %s"):format(
    keys.inner .. " " .. keys.around,
    "text objects: the text of a cell, the whole cell"
  )
)
put()
heading("DEBUGGING", "cellbridge-debugging")
paragraph(
  "With nvim-dap, `:Cellbridge debug` attaches it to the script and runs the cell. The cell stops at its "
    .. "breakpoints, or on its first line if it has none. While nvim-dap is attached, every run stops at "
    .. "breakpoints. The adapter `cellbridge` and the configurations of a script are registered when the "
    .. "server attaches, so `:DapNew` and `require('dap').continue()` list them too."
)
paragraph(
  "Without nvim-dap, `:Cellbridge run_by_line` stops on the first line of the cell. The cursor follows the "
    .. "code. The other actions continue from there, with nvim-dap too. No keys are mapped for them. For "
    .. "example:"
)
example(DEBUG_KEYS)
heading("AGENTS", "cellbridge-agents")
paragraph(
  "An agent, such as a coding assistant, can run cells in the session of a script once you allow it. "
    .. "Neovim shows its question when no text is being typed. The name of the agent follows the state "
    .. "of each cell that it has run. While you allow agents, a buffer without unsaved text is read "
    .. "again when its file changes, unless 'autoread' is off."
)
heading("HIGHLIGHTS", "cellbridge-highlights")
for _, group in ipairs(groups) do
  put(("    %-22s %-16s %s"):format(group[1], group[2], group[3]))
end
put()
heading("STATUS LINE", "cellbridge-status")
paragraph("The kernel of the current script, such as `python3 ○ idle`:")
example([[vim.o.statusline = "%f %= %{v:lua.require'cellbridge'.status()}"]])
put("vim:tw=78:ts=8:noet:ft=help:norl:")
io.write(table.concat(lines, "\n"), "\n")
