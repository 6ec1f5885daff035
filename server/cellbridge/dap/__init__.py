"""``cellbridge dap``: a debug adapter on the standard streams.

Owns the Debug Adapter Protocol with one client: order of messages, capabilities, attach and launch.
The session's host debugs: it owns pydevd, breakpoints and lines. May import the same
packages as the language server, but not the language server.
"""
