--- The agents of a script's session: their state, and the files that they edit.
--- Owns the watch on the file of a buffer while agents can use its session. An agent edits the file on
--- the disk, so the buffer has to be read again before the agent runs its cells. Loaded with the first
--- agent.
local M = {}

local PAUSE = 50 -- milliseconds for a file that is written in several steps

--- libuv's event for files.
---@class cellbridge.Watch
---@field start fun(self: cellbridge.Watch, path: string, flags: table, on_event: function): integer?
---@field close fun(self: cellbridge.Watch)

local uv = vim.uv --[[@as any]]
local watches = {} ---@type table<integer, cellbridge.Watch>
local known = {} ---@type table<integer, string>  The state of the file that the buffer has.

---@param buffer integer
---@return boolean
local function reads_again(buffer)
  local own = vim.bo[buffer].autoread
  if own == nil then
    own = vim.o.autoread
  end
  return own
end

---@param buffer integer
---@return string
local function file_state(buffer)
  local found = uv.fs_stat(vim.api.nvim_buf_get_name(buffer))
  return found and ("%d.%d %d"):format(found.mtime.sec, found.mtime.nsec, found.size) or ""
end

--- Read the buffer again if its file has changed. Text that is not saved is never lost.
---@param buffer integer
local function check(buffer)
  if not vim.api.nvim_buf_is_valid(buffer) or not reads_again(buffer) then
    return
  end
  local state = file_state(buffer)
  if state == "" or state == known[buffer] then
    return
  end
  known[buffer] = state
  if not vim.bo[buffer].modified then
    -- Neovim itself waits until it can do so, for example for the end of a prompt.
    vim.cmd.checktime(buffer)
    return
  end
  -- Neovim itself would ask what to do in the middle of typing.
  local name = vim.fs.basename(vim.api.nvim_buf_get_name(buffer))
  local said = "%s has changed on disk. :e! loads it, :w! keeps this buffer."
  vim.notify(said:format(name), vim.log.levels.WARN)
end

---@param buffer integer
local function unwatch(buffer)
  local watch = watches[buffer]
  watches[buffer], known[buffer] = nil, nil
  if watch then
    watch:close()
  end
end

---@param book cellbridge.Notebook
local function watch(book)
  local buffer = book.buffer
  local path = vim.fn.resolve(vim.api.nvim_buf_get_name(buffer))
  if watches[buffer] or path == "" then
    return
  end
  local event = uv.new_fs_event() ---@type cellbridge.Watch
  local name, pending = vim.fs.basename(path), false
  -- Programs replace the file rather than write into it, so its directory is watched.
  local started = event:start(vim.fs.dirname(path), {}, function(_, changed)
    if changed ~= name or pending then
      return
    end
    pending = true
    vim.defer_fn(function()
      pending = false
      if watches[buffer] == event then
        check(buffer)
      end
    end, PAUSE)
  end)
  if not started then
    event:close()
    return
  end
  watches[buffer] = event
  if not vim.bo[buffer].modified and reads_again(buffer) then
    vim.cmd.checktime(buffer)
  end
  known[buffer] = file_state(buffer)
  vim.api.nvim_create_autocmd({ "BufWritePost", "BufReadPost" }, {
    buffer = buffer,
    callback = function()
      known[buffer] = file_state(buffer)
      return watches[buffer] ~= event
    end,
  })
  vim.api.nvim_create_autocmd("LspDetach", {
    buffer = buffer,
    callback = function(detached)
      local ended = detached.data.client_id == book.client
      if ended and watches[buffer] == event then
        unwatch(buffer)
      end
      return ended
    end,
  })
end

--- Take the state of the agents of a script.
---@param book cellbridge.Notebook
---@param agents cellbridge.Agents
function M.update(book, agents)
  book.agents = agents
  if agents.allowed or #(agents.connected or {}) > 0 then
    watch(book)
  else
    unwatch(book.buffer)
  end
  vim.cmd.redrawstatus()
end

return M
