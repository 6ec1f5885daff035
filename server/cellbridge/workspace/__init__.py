"""The notebooks that are open here: text, cells, runs and outputs."""
