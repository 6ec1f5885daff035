-- The command :Cellbridge. Other modules are loaded on first use.
vim.api.nvim_create_user_command("Cellbridge", function(call)
  local area = call.range > 0 and { call.line1 - 1, call.line2 - 1 } or nil
  require("cellbridge.actions").execute(call.fargs[1] or (area and "selection" or "run"), area)
end, {
  nargs = "?",
  range = true,
  desc = "Run cells and manage their kernel",
  complete = function(typed)
    local names = vim.tbl_keys(require("cellbridge.actions").actions)
    table.sort(names)
    return vim.tbl_filter(function(name)
      return vim.startswith(name, typed)
    end, names)
  end,
})
