"""The command ``cellbridge tour``: the real server, with the command in place of an editor."""
