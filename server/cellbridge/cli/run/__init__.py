"""The command ``cellbridge run``: the cells of scripts, each script in a fresh kernel."""
