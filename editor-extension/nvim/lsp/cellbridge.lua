-- The configuration for `vim.lsp.enable("cellbridge")`, in Neovim 0.11 and newer.
return require("cellbridge.client").config()
