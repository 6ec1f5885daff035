"""The index of the names of a script: scopes, bindings and uses, and the queries about them.

Reads the text alone: nothing is imported or run. Imports only `document`, `python` and `code_info`
of the core. Values are immutable, so a long script can be read in slices while it is edited.
"""
