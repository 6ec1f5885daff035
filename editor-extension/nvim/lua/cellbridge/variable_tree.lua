--- The variables of a kernel as a tree. Children are requested when a node is unfolded.
--- Owns the loaded variables and their order. It must not know windows.
local M = {}

local PAGE_SIZE = 100
local LIMIT = 1000 -- the server's maximum for one request

--- The sort orders.
M.SORT_ORDERS = { "name", "type", "size", "recent" }

---@class (exact) cellbridge.Node
---@field path string[]
---@field variable? cellbridge.Variable None for the root.
---@field children? cellbridge.Node[] The loaded children; nil while the node is folded.
---@field total integer
---@field message string

---@class (exact) cellbridge.NodeRow
---@field node cellbridge.Node
---@field depth integer
---@field more boolean True for the line that shows the number of further children of the node.

---@alias cellbridge.RequestVariables fun(params: table, on_result: fun(result: cellbridge.VariablesResult))

---@class (exact) cellbridge.Tree
---@field root cellbridge.Node
---@field sort integer Index into `SORT_ORDERS`.
---@field descending boolean
---@field hidden boolean
---@field filter string
---@field private request cellbridge.RequestVariables
---@field private changed fun()
---@field private refresh_number integer Counts the calls of `refresh`.
local Tree = {}
Tree.__index = Tree

--- Return an empty tree. It calls `changed` after each change of its rows.
---@param request cellbridge.RequestVariables
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
    refresh_number = 0,
  }, Tree)
end

--- Return true if no refresh was started after the request with this number.
---@param refresh_number integer
---@return boolean
function Tree:is_current(refresh_number)
  return self.refresh_number == refresh_number
end

--- Request the children of a node.
---@param node cellbridge.Node
---@param start integer
---@param count integer
---@param on_result fun(result: cellbridge.VariablesResult)
function Tree:request_children(node, start, count, on_result)
  local refresh_number = self.refresh_number
  self.request({
    path = node.path,
    start = start,
    count = math.min(count, LIMIT),
    sort = M.SORT_ORDERS[self.sort],
    descending = self.descending,
    hidden = self.hidden,
    filter = #node.path == 0 and self.filter or "",
  }, function(result)
    if self:is_current(refresh_number) then
      on_result(result)
    end
  end)
end

---@param node cellbridge.Node
---@param result cellbridge.VariablesResult
---@param into cellbridge.Node[]
local function add_children(node, result, into)
  for _, variable in ipairs(result.variables) do
    local path = vim.list_extend({}, node.path)
    path[#path + 1] = variable.key
    into[#into + 1] = { path = path, variable = variable, total = 0, message = "" }
  end
  node.children, node.total, node.message = into, result.total, result.message or ""
end

--- Unfold a node, or load the next page of its children.
---@param node cellbridge.Node
function Tree:unfold(node)
  local have = node.children or {}
  self:request_children(node, #have, PAGE_SIZE, function(result)
    if #have > 0 and not node.children then
      return -- It was folded while the next page was loading.
    end
    add_children(node, result, have)
    self.changed()
  end)
end

--- Reload a node and all unfolded nodes below it.
---@param node cellbridge.Node
---@param known? cellbridge.Node
function Tree:reload(node, known)
  local before = known and known.children or {}
  self:request_children(node, 0, math.max(#before, PAGE_SIZE), function(result)
    if node ~= self.root and not node.children then
      return -- It was folded meanwhile.
    end
    add_children(node, result, {})
    local unfolded = {} ---@type table<string, cellbridge.Node>
    for _, child in ipairs(before) do
      if child.children then
        unfolded[child.path[#child.path]] = child
      end
    end
    for _, child in ipairs(node.children or {}) do
      local old = unfolded[child.path[#child.path]]
      if old and child.variable and child.variable.children then
        -- The old children stay visible until the response arrives.
        child.children, child.total, child.message = old.children, old.total, old.message
        self:reload(child, old)
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

--- Reload the whole tree.
function Tree:refresh()
  self.refresh_number = self.refresh_number + 1
  self:reload(self.root, self.root)
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

--- Return the visible rows.
---@return cellbridge.NodeRow[]
function Tree:rows()
  local rows = {} ---@type cellbridge.NodeRow[]
  collect(self.root, 0, rows)
  return rows
end

return M
