"""The store of a session: one SQLite file with its runs, outputs and cells.

Owns the file, its schema, its faults and its size. Knows no host and no client.
"""
