"""Lines for a debugger: between the open text and the texts that ran, and those that can stop.

Owns rules on texts and lines, and the shapes of a debug client's arguments. Imports only `document`
and `runs` of the core, and must not know kernels or sessions.
"""
