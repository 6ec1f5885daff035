"""Jupyter messages on sockets: framing, signatures, channels, requests and their replies.

Owns the ZMQ sockets and the Unix socket to the probe. May import `trust`; must not know how a
kernel is started.
"""
