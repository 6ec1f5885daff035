"""The pure heart of cellbridge: text, cells, identity, magics, outputs, runs.

Invariant: nothing here does input or output, reads a clock, starts a thread or knows the Language
Server Protocol or ZMQ. User text never raises.
"""
