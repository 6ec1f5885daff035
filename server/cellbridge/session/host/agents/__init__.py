"""The agents of a session: their permission, their requests, and the text they share with editors.

Used by the host's connections. It must not know sockets, or how runs are executed.
"""
