"""cellbridge: a language server that makes a plain ``# %%`` script a full notebook.

Owns the version and nothing else; the layers below are described in docs/architecture.md.
"""

__version__ = "0.1.0"
