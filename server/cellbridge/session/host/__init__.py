"""The host: one process per notebook, which owns its kernel and outlives every editor."""
