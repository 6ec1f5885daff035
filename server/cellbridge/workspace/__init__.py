"""The open notebooks of one client: text, cells, runs and outputs."""
