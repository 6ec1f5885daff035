--- Names of outputs that only a page with scripts can draw, such as "Plotly chart".
--- Owns the recognition of these outputs, with the same names as in VS Code.

local M = {}

--- The name of other HTML with scripts or frames.
local PAGE = "web page"

local WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

--- Characters of HTML that are searched at each end: libraries embed megabytes of their own code.
local SEARCH_LIMIT = 100000

--- The types of charts, by the start of the type.
---@type [string, string][]
local TYPES = {
  { "application/vnd.plotly", "Plotly chart" },
  { "application/vnd.vega", "Vega chart" },
  { "application/vnd.bokehjs_exec", "Bokeh chart" },
  { "application/vnd.holoviews_exec", "HoloViews chart" },
  { "application/javascript", "JavaScript" },
  { "application/pdf", "PDF document" },
}

--- Marks in HTML with scripts or frames, in the order of their reliability.
---@type [string, string][]
local MARKS = {
  { "plotly%-graph%-div", "Plotly chart" },
  { "plotly%.newplot", "Plotly chart" },
  { "vegaembed", "Vega chart" },
  { "vega%-embed", "Vega chart" },
  { "class=[\"']animation[\"']", "animation" },
  { "folium", "map" },
  { "leaflet", "map" },
  { "bokeh", "Bokeh chart" },
  { "<video%f[%W]", "video" },
  { "<audio%f[%W]", "audio" },
}

local ACTIVE = { "script", "iframe", "object", "embed", "canvas", "form", "video", "audio" }

---@param html string
---@return string?
local function name_of_html(html)
  if #html > 2 * SEARCH_LIMIT then
    html = html:sub(1, SEARCH_LIMIT) .. html:sub(-SEARCH_LIMIT)
  end
  html = html:lower()
  local active = false
  for _, tag in ipairs(ACTIVE) do
    active = active or html:find("<" .. tag .. "%f[%W]") ~= nil
  end
  if not active then
    return nil
  end
  for _, mark in ipairs(MARKS) do
    if html:find(mark[1]) then
      return mark[2]
    end
  end
  return PAGE
end

--- Return true for a text that contains nothing about the output.
---@param text string
---@return boolean
function M.is_stand_in(text)
  return text:match("^%s*<IPython%.core%.display%.%w+ object>%s*$") ~= nil
    or text:match("^%s*<pandas%.[%w_.]+%.Styler[ %w]* at %w+>%s*$") ~= nil
    or text:match("^%s*<folium%.[%w_.]+ object at %w+>%s*$") ~= nil
    or text:match("^<Vega%w* %d+ object>") ~= nil
end

--- Return the types of a bundle, those without content included.
---@param output cellbridge.RichOutput
---@return string[]
local function types_of(output)
  return vim.list_extend(vim.tbl_keys(output.data), vim.tbl_keys(output.omitted or {}))
end

--- Return the type that describes a bundle best, for a bundle that is not shown as text.
---@param output cellbridge.RichOutput
---@return string
function M.main_type(output)
  local mimes = types_of(output)
  table.sort(mimes)
  for _, mime in ipairs(mimes) do
    if mime ~= "text/plain" and mime ~= "text/html" then
      return mime
    end
  end
  return mimes[1] or "nothing"
end

--- Return true if an output only loads a library for later outputs.
---@param output cellbridge.RichOutput
---@return boolean
function M.loads_library(output)
  for _, mime in ipairs(types_of(output)) do
    if mime:find("^application/vnd%.%w+_load%f[%W]") then
      return true
    end
  end
  local html = output.data["text/html"]
  return type(html) == "string" and html:find("bk-notebook-logo", 1, true) ~= nil
end

--- Return true for a widget that the user can change. The text of a progress bar is all of it.
---@param output cellbridge.RichOutput
---@return boolean
local function is_widget(output)
  local text = output.data["text/plain"]
  if output.data[WIDGET_VIEW] == nil or type(text) ~= "string" then
    return false
  end
  for line in vim.gsplit(text, "\n", { plain = true, trimempty = true }) do
    if not line:find("%f[%d]%d%d?%d?%%") and not line:find("%[%d+:%d%d[,<%]]") then
      return true
    end
  end
  return false
end

--- Return the name of an output that needs a page with scripts, and true if its text is of use next to
--- the name; nil for other outputs.
---@param output cellbridge.RichOutput
---@return string? name
---@return boolean has_text
function M.name(output)
  if is_widget(output) then
    return "widget", true
  end
  for _, kind in ipairs(TYPES) do
    for _, mime in ipairs(types_of(output)) do
      if vim.startswith(mime, kind[1]) then
        return kind[2], false
      end
    end
  end
  local html = output.data["text/html"]
  local name = type(html) == "string" and name_of_html(html) or nil
  local plain = output.data["text/plain"]
  return name, name == PAGE and type(plain) == "string" and not M.is_stand_in(plain)
end

return M
