"""The agents of a session, and the text that they share with editors and pages.

Used by the host's connections. It must not know sockets, or how runs are executed.
"""
