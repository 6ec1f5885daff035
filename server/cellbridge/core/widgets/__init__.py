"""The models of ipywidgets: their states, the messages that change them, and their limits.

Imports nothing of the core except how JSON values are packed. It must not know how a widget is
shown.
"""
