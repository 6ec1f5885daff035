"""The base protocol of editors: frames on byte streams, and their bodies as JSON.

The Language Server Protocol and the Debug Adapter Protocol share it. May import the core; must not
know what a message means.
"""
