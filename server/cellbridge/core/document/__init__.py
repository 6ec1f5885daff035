"""A document as text, lines, cells and names: what a script is before anything runs.

Owns every reading of source text. May be imported by all other rooms of the core; imports none of
them.
"""
