"""``cellbridge dap``: a debug adapter on the standard streams.

Owns the Debug Adapter Protocol with one client: framing, order of messages, capabilities, attach and
launch. The session's host debugs: it owns pydevd, breakpoints and lines. May import what the
language server may import, but not the language server.
"""
