--- A stand-in of nvim-dap, which is in no package registry, for tests of the plugin.
---
--- Owns the few functions and tables that the plugin uses, with the names, arguments and order of calls
--- of nvim-dap 0.10, and sends the same messages to a real debug adapter.
local breakpoints = require("dap.breakpoints")

local M = { adapters = {}, configurations = {}, providers = { configs = {} } }

local function by_name()
  return setmetatable({}, {
    __index = function(made, name)
      made[name] = {}
      return made[name]
    end,
  })
end

M.listeners = { before = by_name(), after = by_name() }

local sessions, current = {}, nil

function M.sessions()
  return sessions
end

function M.session()
  return current
end

local Session = {}
Session.__index = Session

function Session:request(command, arguments, on_answer)
  self.seq = self.seq + 1
  self.waiting[self.seq] = { command = command, on_answer = on_answer }
  local message = { seq = self.seq, type = "request", command = command, arguments = arguments }
  local body = vim.json.encode(message)
  self.process:write(("Content-Length: %d\r\n\r\n%s"):format(#body, body))
end

function Session:close()
  self.closed = true
  sessions[self.id] = nil
  current = nil
  self.process:write(nil)
end

local EVENTS = {}

function Session:set_breakpoints(buffer, on_answer)
  local made = vim.tbl_map(function(one)
    return { line = one.line }
  end, breakpoints.get(buffer)[buffer] or {})
  local source = { path = vim.api.nvim_buf_get_name(buffer) }
  self:request("setBreakpoints", { source = source, breakpoints = made }, on_answer)
end

function EVENTS.initialized(self)
  local left = vim.tbl_count(breakpoints.get()) + 1
  local function done()
    left = left - 1
    if left == 0 then
      self:request("configurationDone", nil, function() end)
    end
  end
  for buffer in pairs(breakpoints.get()) do
    self:set_breakpoints(buffer, done)
  end
  local filters = {}
  for _, filter in ipairs(self.capabilities.exceptionBreakpointFilters or {}) do
    if filter.default then
      table.insert(filters, filter.filter)
    end
  end
  self:request("setExceptionBreakpoints", { filters = filters }, done)
end

function EVENTS.stopped(self, body)
  self.stopped_thread_id = body.threadId
  self:request("stackTrace", { startFrame = 0, threadId = body.threadId }, function(_, answer)
    self.current_frame = answer.stackFrames[1]
    vim.api.nvim_win_set_cursor(0, { self.current_frame.line, 0 })
  end)
end

function EVENTS.terminated(self)
  self:close()
end

function Session:receive(message)
  if message.type == "event" then
    local handler = EVENTS[message.event]
    if handler then
      handler(self, message.body)
    end
  elseif message.type == "response" then
    local asked = self.waiting[message.request_seq]
    local err = not message.success and { message = message.message, body = message.body } or nil
    asked.on_answer(err, message.body)
    for _, listener in pairs(M.listeners.after[asked.command]) do
      listener(self, err, message.body)
    end
  end
end

function Session:feed(chunk)
  self.rest = self.rest .. chunk
  while true do
    local head, stop, length = self.rest:find("Content%-Length: (%d+)\r\n.-\r\n")
    if not head or #self.rest < stop + length then
      return
    end
    local body = self.rest:sub(stop + 1, stop + length)
    self.rest = self.rest:sub(stop + length + 1)
    self:receive(vim.json.decode(body, { luanil = { object = true } }))
  end
end

local function start(adapter, config)
  local self = setmetatable({ id = #sessions + 1, config = config, seq = 0, rest = "" }, Session)
  self.waiting, self.capabilities, self.closed = {}, {}, false
  local feed = vim.schedule_wrap(function(_, chunk)
    if chunk then
      self:feed(chunk)
    end
  end)
  local command = { adapter.command, unpack(adapter.args) }
  self.process = vim.system(command, { stdin = true, stdout = feed })
  sessions[self.id], current = self, self
  self:request("initialize", { adapterID = "nvim-dap", clientName = "neovim" }, function(_, given)
    self.capabilities = given or {}
    self:request(config.request, config, function(err)
      if err then
        vim.notify("Error on " .. config.request .. ": " .. vim.inspect(err))
        self:close()
      end
    end)
  end)
end

function M.run(config, _)
  M.adapters[config.type](function(adapter)
    start(adapter, config)
  end, config)
end

local function step(command)
  return function()
    local thread = current.stopped_thread_id
    current.stopped_thread_id, current.current_frame = nil, nil
    current:request(command, { threadId = thread }, function() end)
  end
end

M.step_over, M.step_into, M.step_out = step("next"), step("stepIn"), step("stepOut")
M.continue = step("continue")

function M.toggle_breakpoint()
  local buffer = vim.api.nvim_get_current_buf()
  breakpoints.toggle(buffer, vim.api.nvim_win_get_cursor(0)[1])
  for _, session in pairs(sessions) do
    session:set_breakpoints(buffer, function() end)
  end
end

function M.disconnect(options)
  local session = current
  session:request("disconnect", options, function()
    session:close()
  end)
end

return M
