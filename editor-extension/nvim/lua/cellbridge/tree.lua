--- A kernel's variables as a tree that is asked for step by step as it is unfolded.
--- Owns what is known of them and in which order. It must not know windows.
local M = {}

local PAGE = 100
local LIMIT = 1000 -- the most that the server gives at once

--- By what names can be sorted.
M.SORTS = { "name", "type", "size", "recent" }

---@class (exact) cellbridge.Node
---@field path string[]
---@field variable? cellbridge.Variable None for the root.
---@field children? cellbridge.Node[] What has been asked for; none while it is folded.
---@field total integer
---@field message string

---@class (exact) cellbridge.NodeRow
---@field node cellbridge.Node
---@field depth integer
---@field more boolean It is the line that says that there are more below this node.

---@alias cellbridge.AskVariables fun(params: table, answered: fun(result: cellbridge.VariablesResult))

---@class (exact) cellbridge.Tree
---@field root cellbridge.Node
---@field sort integer Which of `SORTS`.
---@field descending boolean
---@field hidden boolean
---@field filter string
---@field private request cellbridge.AskVariables
---@field private changed fun()
---@field private asked integer Counts the times that everything was asked for.
local Tree = {}
Tree.__index = Tree

--- An empty tree; `changed` is called whenever there is something new to show.
---@param request cellbridge.AskVariables
---@param changed fun()
---@return cellbridge.Tree
function M.new(request, changed)
  return setmetatable({
    root = { path = {}, total = 0, message = "" },
    sort = 1,
    descending = false,
    hidden = false,
    filter = "",
    request = request,
    changed = changed,
    asked = 0,
  }, Tree)
end

--- Whether an answer is still wanted: nothing was asked for anew since.
---@param asked integer
---@return boolean
function Tree:current(asked)
  return self.asked == asked
end

--- Ask for what lies below a node.
---@param node cellbridge.Node
---@param start integer
---@param count integer
---@param answered fun(result: cellbridge.VariablesResult)
function Tree:ask(node, start, count, answered)
  local asked = self.asked
  self.request({
    path = node.path,
    start = start,
    count = math.min(count, LIMIT),
    sort = M.SORTS[self.sort],
    descending = self.descending,
    hidden = self.hidden,
    filter = #node.path == 0 and self.filter or "",
  }, function(result)
    if self:current(asked) then
      answered(result)
    end
  end)
end

---@param node cellbridge.Node
---@param result cellbridge.VariablesResult
---@param into cellbridge.Node[]
local function add(node, result, into)
  for _, variable in ipairs(result.variables) do
    local path = vim.list_extend({}, node.path)
    path[#path + 1] = variable.key
    into[#into + 1] = { path = path, variable = variable, total = 0, message = "" }
  end
  node.children, node.total, node.message = into, result.total, result.message or ""
end

--- Unfold a node, or show the next page of it.
---@param node cellbridge.Node
function Tree:unfold(node)
  local have = node.children or {}
  self:ask(node, #have, PAGE, function(result)
    add(node, result, have)
    self.changed()
  end)
end

--- Ask anew for a node and for what was unfolded below it.
---@param node cellbridge.Node
---@param known? cellbridge.Node
function Tree:renew(node, known)
  local before = known and known.children or {}
  self:ask(node, 0, math.max(#before, PAGE), function(result)
    add(node, result, {})
    local unfolded = {} ---@type table<string, cellbridge.Node>
    for _, child in ipairs(before) do
      if child.children then
        unfolded[child.path[#child.path]] = child
      end
    end
    for _, child in ipairs(node.children or {}) do
      local old = unfolded[child.path[#child.path]]
      if old and child.variable and child.variable.children then
        -- What was there stays to be seen until the answer comes.
        child.children, child.total, child.message = old.children, old.total, old.message
        self:renew(child, old)
      end
    end
    self.changed()
  end)
end

--- Fold a node.
---@param node cellbridge.Node
function Tree:fold(node)
  node.children = nil
  self.changed()
end

--- Ask for everything anew.
function Tree:refresh()
  self.asked = self.asked + 1
  self:renew(self.root, self.root)
end

---@param node cellbridge.Node
---@param depth integer
---@param rows cellbridge.NodeRow[]
local function collect(node, depth, rows)
  for _, child in ipairs(node.children or {}) do
    rows[#rows + 1] = { node = child, depth = depth, more = false }
    collect(child, depth + 1, rows)
  end
  if node.children and (#node.children < node.total or node.message ~= "") then
    rows[#rows + 1] = { node = node, depth = depth, more = true }
  end
end

--- What is to be seen, line by line.
---@return cellbridge.NodeRow[]
function Tree:rows()
  local rows = {} ---@type cellbridge.NodeRow[]
  collect(self.root, 0, rows)
  return rows
end

return M
