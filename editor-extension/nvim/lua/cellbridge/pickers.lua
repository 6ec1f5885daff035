--- Choosing a kernel for the script, and looking after the sessions on this machine.
--- Owns what the lists say. They are shown by |vim.ui.select|, which many plugins replace.
local client = require("cellbridge.client")
local protocol = require("cellbridge.protocol_gen")
local window = require("cellbridge.window")

local M = {}

---@class (exact) cellbridge.Pick
---@field said string
---@field run fun()

--- Columns that a numbered list takes of each line.
local NUMBERING = 6

--- Return a text cut to a width: its end is kept where `path` is true, or else its beginning.
---@param text string
---@param width integer
---@param path? boolean
---@return string
local function cut(text, width, path)
  local length = vim.fn.strcharlen(text)
  if vim.fn.strdisplaywidth(text) <= width then
    return text
  end
  while length > 0 and vim.fn.strdisplaywidth(text) >= width do
    length = length - 1
    text = vim.fn.strcharpart(text, path and 1 or 0, length)
  end
  return path and "…" .. text or text .. "…"
end

---@param prompt string
---@param picks cellbridge.Pick[]
---@param kind string
local function choose(prompt, picks, kind)
  vim.ui.select(picks, {
    prompt = prompt,
    kind = kind,
    format_item = function(pick)
      return cut(pick.said, vim.o.columns - NUMBERING)
    end,
  }, function(pick)
    if pick then
      pick.run()
    end
  end)
end

---@param book cellbridge.Notebook
---@param choice cellbridge.KernelChoice
local function select(book, choice)
  if choice.runnable then
    client.command(book, protocol.commands.selectKernel, { id = choice.id }, function()
      vim.notify(("The script runs in %s."):format(choice.title))
    end)
    return
  end
  vim.notify(choice.problem or "", vim.log.levels.WARN)
  if choice.kind == "environment" then
    local question = ("Install ipykernel into %s?"):format(choice.title)
    if vim.fn.confirm(question, "&Yes\n&No", 2) == 1 then
      local given = { id = choice.id }
      client.command(book, protocol.commands.installKernelPackage, given, function()
        client.command(book, protocol.commands.selectKernel, given)
      end)
    end
  end
end

---@param choice cellbridge.KernelChoice
---@return string
local function words(choice)
  local sign = choice.current and "● " or "  "
  local before, after =
    sign .. choice.title .. "  ", choice.runnable and "" or "  (something is missing)"
  local detail = choice.detail:gsub(vim.pesc(vim.fs.normalize("~")) .. "/", "~/")
  local room = vim.o.columns - NUMBERING - vim.fn.strdisplaywidth(before .. after)
  return before .. cut(detail, math.max(room, 1), true) .. after
end

--- Let a person choose the kernel that the script runs in.
---@param book cellbridge.Notebook
---@param search? boolean Look for more environments.
function M.kernels(book, search)
  local params = { uri = vim.uri_from_bufnr(book.buffer), search = search == true }
  client.request(book, protocol.methods.kernels, params, function(result)
    if result.searching then
      -- The server answers at once with what it has; the next answer holds what it found since.
      return vim.defer_fn(function()
        M.kernels(book, true)
      end, 300)
    end
    local picks = {} ---@type cellbridge.Pick[]
    for _, choice in ipairs(result.choices) do
      picks[#picks + 1] = {
        said = words(choice),
        run = function()
          select(book, choice)
        end,
      }
    end
    if not search then
      picks[#picks + 1] = {
        said = "  Look for more environments …",
        run = function()
          M.kernels(book, true)
        end,
      }
    end
    choose(result.why ~= "" and result.why or "Kernel", picks, "cellbridge.kernel")
  end)
end

---@param session cellbridge.Session
---@return string
local function told(session)
  local parts = { vim.fs.basename(session.name), session.kernel, session.state }
  if session.memory and session.memory > 0 then
    parts[#parts + 1] = window.size(session.memory)
  end
  if session.clients and #session.clients > 0 then
    parts[#parts + 1] = "open in " .. table.concat(session.clients, ", ")
  end
  if session.name:find("/", 1, true) then
    parts[#parts + 1] = vim.fn.fnamemodify(session.name, ":~:h")
  end
  return table.concat(
    vim.tbl_filter(function(part)
      return part ~= ""
    end, parts),
    " · "
  )
end

---@param book cellbridge.Notebook
---@param session cellbridge.Session
local function offer(book, session)
  local picks = {} ---@type cellbridge.Pick[]
  if vim.startswith(session.uri, "file:") then
    picks[#picks + 1] = {
      said = "Open the script",
      run = function()
        vim.cmd.edit(vim.fn.fnameescape(vim.uri_to_fname(session.uri)))
      end,
    }
  end
  local silent = session.state == "unresponsive"
  picks[#picks + 1] = {
    said = silent and "Stop the session anyway: it does not answer; the outputs stay"
      or "Stop the session; the outputs stay",
    run = function()
      local given = { uri = session.uri }
      if silent then
        -- The server itself says what became of it.
        client.command(book, protocol.commands.stopSessionAnyway, given)
        return
      end
      client.command(book, protocol.commands.stopSession, given, function()
        vim.notify(("The session of %s has ended."):format(vim.fs.basename(session.name)))
      end)
    end,
  }
  choose(told(session), picks, "cellbridge.session")
end

--- Show the sessions of this machine: open a script, or stop its kernel.
---@param book cellbridge.Notebook
function M.sessions(book)
  client.request(book, protocol.methods.sessions, vim.empty_dict(), function(result)
    if #result.sessions == 0 then
      vim.notify("No session runs on this machine.")
      return
    end
    local picks = {} ---@type cellbridge.Pick[]
    for _, session in ipairs(result.sessions) do
      picks[#picks + 1] = {
        said = told(session),
        run = function()
          offer(book, session)
        end,
      }
    end
    choose("Sessions on this machine", picks, "cellbridge.session")
  end)
end

return M
