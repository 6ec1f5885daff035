"""The terminal commands.

Owns arguments, help, printed text and exit codes. May import all other packages; none imports it.
"""
