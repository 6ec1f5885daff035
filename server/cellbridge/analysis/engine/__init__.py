"""Another Python server as the static source of knowledge about Python.

Owns the choice of its program, its process, and the translation of its answers. Speaks the Language
Server Protocol as a client, with types of its own that hold only what is used. It must not know
editors, nor how the answers are merged with the live ones.
"""
