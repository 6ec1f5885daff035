"""The widgets of a session: their states, the clients that watch them, and the kernel.

Used by the host's executor and its connections. Must not know sockets, or how runs are executed.
"""
