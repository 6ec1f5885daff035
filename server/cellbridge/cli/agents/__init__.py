"""The command ``cellbridge agents``: the user's permission for agents, and their calls."""
