-- What `vim.lsp.enable("cellbridge")` starts, in Neovim 0.11 and newer.
return require("cellbridge.client").config()
