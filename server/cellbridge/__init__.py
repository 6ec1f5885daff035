"""Cellbridge: a language server that makes a plain ``# %%`` script a full notebook.

Owns the version only. docs/architecture.md describes the packages and their layers.
"""

__version__ = "0.1.0"
