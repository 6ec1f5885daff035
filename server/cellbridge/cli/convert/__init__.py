"""The commands ``cellbridge convert`` and ``cellbridge sync``."""
