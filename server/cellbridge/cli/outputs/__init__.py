"""The command ``cellbridge outputs``: what is kept of outputs, listed, exported and cleared."""
