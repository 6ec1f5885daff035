"""Python code inside one cell: the names it binds and reads, and the context of a cursor.

Owns all knowledge that comes from the text of a cell alone. May import `document` only; never
imports or runs the user's code.
"""
