"""Edits of whole cells: insert, move, split, join, change the kind, write a marker.

Owns where an edit goes and which text it inserts. May import `document` and `runs` only; edits no
document itself.
"""
