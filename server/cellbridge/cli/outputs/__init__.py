"""The command ``cellbridge outputs``: stored outputs, listed, exported, recovered and cleared."""
