"""Python code inside one cell: the names it binds and reads, and the context of a cursor.

Owns what can be known from the text of a cell. May import `document` only; imports and runs nothing
of the user's.
"""
