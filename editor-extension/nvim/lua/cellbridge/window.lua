--- The plugin's windows: frames, keys and highlighted lines.
--- Owns the look and the closing of windows. It must not know their content.
local M = {}

---@alias cellbridge.WindowKey [string, string, fun()] Keys separated by blanks, description, function.

---@return integer buffer
local function scratch()
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].bufhidden = "wipe"
  vim.bo[buffer].swapfile = false
  return buffer
end

--- Open a window in the middle of the screen, high enough for `count` lines if the screen allows.
---@param title string
---@param count integer
---@param columns? integer Width; most of the screen by default.
---@return integer buffer
---@return integer window
function M.float(title, count, columns)
  local buffer = scratch()
  local widest = math.floor(vim.o.columns * 0.9)
  local width = math.min(columns and math.max(columns, #title + 4, 20) or widest, widest)
  local height = math.max(1, math.min(count, math.floor(vim.o.lines * 0.8)))
  local window = vim.api.nvim_open_win(buffer, true, {
    relative = "editor",
    width = width,
    height = height,
    row = math.max(0, math.floor((vim.o.lines - height) / 2) - 1),
    col = math.floor((vim.o.columns - width) / 2),
    border = "rounded",
    style = "minimal",
    title = " " .. title .. " ",
  })
  vim.wo[window].wrap = columns == nil
  return buffer, window
end

--- Open a window at the bottom of the screen and move the cursor there.
---@param name string Name of the buffer.
---@param height integer
---@return integer buffer
---@return integer window
function M.split(name, height)
  local buffer = scratch()
  pcall(vim.api.nvim_buf_set_name, buffer, name) -- the name is in use while an older window closes
  local window = vim.api.nvim_open_win(buffer, true, {
    split = "below",
    win = -1,
    height = math.max(3, math.min(height, math.floor(vim.o.lines / 2))),
  })
  local options = vim.wo[window]
  options.winfixheight, options.wrap, options.cursorline = true, false, true
  options.number, options.relativenumber, options.spell, options.list = false, false, false, false
  options.signcolumn, options.foldcolumn = "no", "0"
  return buffer, window
end

--- Replace the content of a buffer by lines of highlighted text.
---@param buffer integer
---@param namespace integer
---@param lines cellbridge.Chunk[][]
function M.paint(buffer, namespace, lines)
  local texts, colours = {}, {} ---@type string[], {row: integer, from: integer, stop: integer, group: string|string[]}[]
  for row, chunks in ipairs(lines) do
    local parts, column = {}, 0 ---@type string[], integer
    for _, chunk in ipairs(chunks) do
      local text = chunk[1]:gsub("\n", "␊")
      parts[#parts + 1] = text
      if chunk[2] and text ~= "" then
        local stop = column + #text
        colours[#colours + 1] = { row = row - 1, from = column, stop = stop, group = chunk[2] }
      end
      column = column + #text
    end
    texts[row] = table.concat(parts)
  end
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, texts)
  vim.bo[buffer].modifiable = false
  vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  for _, mark in ipairs(colours) do
    local group = mark.group
    vim.api.nvim_buf_set_extmark(buffer, namespace, mark.row, mark.from, {
      end_col = mark.stop,
      hl_group = type(group) == "table" and group[#group] or group --[[@as string]],
    })
  end
end

--- Show the keys of a window.
---@param keys cellbridge.WindowKey[]
local function show_help(keys)
  local lines = {} ---@type cellbridge.Chunk[][]
  for _, one in ipairs(keys) do
    local pressed = (" %-19s"):format(one[1])
    lines[#lines + 1] = { { pressed, "CellbridgeTableHead" }, { one[2], "CellbridgeOutput" } }
  end
  local buffer = M.float("Keys", #lines, 70)
  M.paint(buffer, vim.api.nvim_create_namespace("cellbridge.keys"), lines)
  M.keys(buffer, {})
end

--- Map the keys of a window: its own, `q` to close it, and `?` for help.
---@param buffer integer
---@param keys cellbridge.WindowKey[]
function M.keys(buffer, keys)
  local all = vim.list_extend({}, keys)
  local function open_help()
    show_help(all)
  end
  local function close()
    vim.cmd.close()
  end
  all[#all + 1] = { #keys > 0 and "q" or "q <Esc> ?", "Close the window.", close }
  if #keys > 0 then
    all[#all + 1] = { "?", "Show this help.", open_help }
  end
  for _, one in ipairs(all) do
    for key in one[1]:gmatch("%S+") do
      vim.keymap.set("n", key, one[3], { buffer = buffer, nowait = true, desc = one[2] })
    end
  end
end

--- Truncate a text to a width in screen cells.
---@param text string
---@param width integer
---@return string
function M.truncate(text, width)
  if vim.fn.strdisplaywidth(text) <= width then
    return text
  end
  local kept = text
  while kept ~= "" and vim.fn.strdisplaywidth(kept) > width - 1 do
    kept = vim.fn.strcharpart(kept, 0, math.min(vim.fn.strchars(kept) - 1, width))
  end
  return kept .. "…"
end

--- Truncate or pad a text to a width in screen cells.
---@param text string
---@param width integer
---@return string
function M.fit(text, width)
  local fitted = M.truncate(text, width)
  return fitted .. (" "):rep(width - vim.fn.strdisplaywidth(fitted))
end

---@param bytes integer
---@return string
function M.size(bytes)
  local units, at = { "B", "kB", "MB", "GB", "TB" }, 1
  local amount = bytes ---@type number
  while amount >= 999.5 and at < #units do
    amount, at = amount / 1000, at + 1
  end
  local form = (at == 1 or amount >= 9.95) and "%.0f %s" or "%.1f %s"
  return form:format(amount, units[at])
end

return M
