-- Prints doc/cellbridge.txt, made of the options, actions and highlight groups as they are:
--
--     nvim --clean --cmd "set rtp^=editor-extension/nvim" -l editor-extension/nvim/scripts/help.lua
--
-- Owns the help's words that belong to no option.
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

put("*cellbridge.txt*    Scripts with # %% markers as notebooks")
put()
heading("INTRODUCTION", "cellbridge")
paragraph(
  "A script's cells run in a Jupyter kernel that outlives Neovim. Their outputs are drawn under "
    .. "them and stay there while you edit; completion and hover know the living objects. "
    .. "Neovim 0.10 or newer and the cellbridge server are needed."
)
paragraph("Set it up with the defaults, or with options from |cellbridge-options|:")
example('require("cellbridge").setup({ max_lines = 30 })')
paragraph("In Neovim 0.11 and newer, this alone does too:")
example('vim.lsp.enable("cellbridge")')
paragraph("`:checkhealth cellbridge` says what is missing.")

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
paragraph("The server's own settings are told in docs/settings.md.")

heading("COMMANDS", "cellbridge-commands")
put(":[range]Cellbridge [action]" .. (" "):rep(WIDTH - 41) .. "*:Cellbridge*")
wrap("Does one of these; without a word, runs the cell, or the range if there is one.", "    ")
put()
local names = vim.tbl_keys(actions)
table.sort(names)
local keys = config.get().keys --[[@as cellbridge.Keys]]
for _, name in ipairs(names) do
  local key = keys[name] and ("  `" .. keys[name] .. "`") or ""
  put(("    %-12s %s%s"):format(name, actions[name].doc, key))
end
put()
heading("KEYS", "cellbridge-keys")
put(("    %-18s %s"):format(keys.operator, "operator: run what a motion goes over"))
put(("    %-18s %s"):format(keys.operator, "in Visual mode: run the selection"))
put(("    %-18s %s"):format(keys.next .. " " .. keys.previous, "to the next, the previous cell"))
put(
  ("    %-18s %s"):format(
    keys.inner .. " " .. keys.around,
    "text objects: a cell's text, all of it"
  )
)
put()
heading("HIGHLIGHTS", "cellbridge-highlights")
for _, group in ipairs(groups) do
  put(("    %-22s %-16s %s"):format(group[1], group[2], group[3]))
end
put()
heading("STATUS LINE", "cellbridge-status")
paragraph("The kernel of the current script, as `python3 ○ idle`:")
example([[vim.o.statusline = "%f %= %{v:lua.require'cellbridge'.status()}"]])
put("vim:tw=78:ts=8:noet:ft=help:norl:")
io.write(table.concat(lines, "\n"), "\n")
