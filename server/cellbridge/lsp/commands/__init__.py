"""Commands for cells and kernels, one file per kind of command."""
