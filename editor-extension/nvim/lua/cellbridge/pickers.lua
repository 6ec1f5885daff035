--- Lists of kernels, sessions and plots to choose from.
--- Owns their entries. |vim.ui.select| shows them, which many plugins replace.
local client = require("cellbridge.client")
local protocol = require("cellbridge.protocol_gen")
local window = require("cellbridge.window")

local M = {}

---@class (exact) cellbridge.PickerItem
---@field label string
---@field run fun()

---@param prompt string
---@param picks cellbridge.PickerItem[]
---@param kind string
local function choose(prompt, picks, kind)
  vim.ui.select(picks, {
    prompt = prompt,
    kind = kind,
    format_item = function(pick)
      -- A longer line would wrap in the list, next to its number.
      return window.truncate(pick.label, vim.o.columns - 8)
    end,
  }, function(pick)
    if pick then
      pick.run()
    end
  end)
end

---@param book cellbridge.Notebook
---@param choice cellbridge.KernelChoice
local function select_kernel(book, choice)
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
      local argument = { id = choice.id }
      client.command(book, protocol.commands.installKernelPackage, argument, function()
        client.command(book, protocol.commands.selectKernel, argument)
      end)
    end
  end
end

---@param choice cellbridge.KernelChoice
---@return string
local function kernel_label(choice)
  local sign = choice.current and "● " or "  "
  local problem = choice.runnable and "" or "  (cannot run yet)"
  local detail = choice.detail:gsub(vim.pesc(vim.env.HOME or "~") .. "/", "~/")
  return sign .. choice.title .. problem .. "  " .. detail
end

--- Let the user select the kernel of the script.
---@param book cellbridge.Notebook
---@param search? boolean Look for more environments.
function M.kernels(book, search)
  local params = { uri = vim.uri_from_bufnr(book.buffer), search = search == true }
  client.request(book, protocol.methods.kernels, params, function(result)
    if result.searching then
      -- The server returns the known kernels at once, and the search results in a later response.
      return vim.defer_fn(function()
        M.kernels(book, true)
      end, 300)
    end
    local picks = {} ---@type cellbridge.PickerItem[]
    for _, choice in ipairs(result.choices) do
      picks[#picks + 1] = {
        label = kernel_label(choice),
        run = function()
          select_kernel(book, choice)
        end,
      }
    end
    if not search then
      picks[#picks + 1] = {
        label = "  Look for more environments …",
        run = function()
          M.kernels(book, true)
        end,
      }
    end
    choose(result.reason ~= "" and result.reason or "Kernel", picks, "cellbridge.kernel")
  end)
end

---@param session cellbridge.Session
---@return string
local function session_label(session)
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
local function show_session_actions(book, session)
  local picks = {} ---@type cellbridge.PickerItem[]
  if vim.startswith(session.uri, "file:") then
    picks[#picks + 1] = {
      label = "Open the script",
      run = function()
        vim.cmd.edit(vim.fn.fnameescape(vim.uri_to_fname(session.uri)))
      end,
    }
  end
  local unresponsive = session.state == "unresponsive"
  picks[#picks + 1] = {
    label = unresponsive and "Force stop the session, which does not respond. Outputs are kept"
      or "Stop the session. Outputs are kept",
    run = function()
      local argument = { uri = session.uri }
      if unresponsive then
        -- The server reports the result itself.
        client.command(book, protocol.commands.forceStopSession, argument)
        return
      end
      client.command(book, protocol.commands.stopSession, argument, function()
        vim.notify(("The session of %s was stopped."):format(vim.fs.basename(session.name)))
      end)
    end,
  }
  choose(session_label(session), picks, "cellbridge.session")
end

--- List the sessions on this machine, to open a script or stop its kernel.
---@param book cellbridge.Notebook
function M.sessions(book)
  client.request(book, protocol.methods.sessions, vim.empty_dict(), function(result)
    if #result.sessions == 0 then
      vim.notify("No sessions are running on this machine.")
      return
    end
    local picks = {} ---@type cellbridge.PickerItem[]
    for _, session in ipairs(result.sessions) do
      picks[#picks + 1] = {
        label = session_label(session),
        run = function()
          show_session_actions(book, session)
        end,
      }
    end
    choose("Sessions on this machine", picks, "cellbridge.session")
  end)
end

---@param plot cellbridge.Plot
---@return string
local function plot_label(plot)
  local today = os.date("%Y-%m-%d") == os.date("%Y-%m-%d", plot.createdAt)
  local time = os.date(today and "%H:%M:%S" or "%Y-%m-%d %H:%M", plot.createdAt)
  local kind = plot.mime:gsub("^image/", ""):gsub("%+xml$", "")
  local size = plot.width > 0 and ("%d × %d "):format(plot.width, plot.height) or ""
  return ("%s  %s  %s%s"):format(time, plot.title ~= "" and plot.title or "Plot", size, kind)
end

---@param book cellbridge.Notebook
---@param plot cellbridge.Plot
local function open_plot(book, plot)
  local params = { uri = vim.uri_from_bufnr(book.buffer), id = plot.id }
  client.request(book, protocol.methods.plot, params, function(result)
    local path = require("cellbridge.images").write({
      kind = "display",
      data = { [result.mime] = result.data },
    })
    if path then
      require("cellbridge.output_window").open_image(path)
    end
  end)
end

--- List the plots of the session, those of earlier runs included, to open one.
---@param book cellbridge.Notebook
function M.plots(book)
  local params = { uri = vim.uri_from_bufnr(book.buffer) }
  client.request(book, protocol.methods.plots, params, function(result)
    if #result.plots == 0 then
      vim.notify("No cell has displayed a plot yet.")
      return
    end
    local picks = {} ---@type cellbridge.PickerItem[]
    for at = #result.plots, 1, -1 do
      local plot = result.plots[at]
      picks[#picks + 1] = {
        label = plot_label(plot),
        run = function()
          open_plot(book, plot)
        end,
      }
    end
    choose("Plots, the latest first", picks, "cellbridge.plot")
  end)
end

return M
