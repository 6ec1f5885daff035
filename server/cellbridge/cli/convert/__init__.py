"""``cellbridge convert`` and ``cellbridge sync``: scripts and notebooks as files."""
