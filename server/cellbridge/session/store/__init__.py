"""The store of a session: one SQLite file with its runs, outputs and cells.

Owns the file, its schema, its faults and its size. It must not know the host or clients.
"""
