"""``cellbridge tour``: the real server, and this command in the place of the editor."""
