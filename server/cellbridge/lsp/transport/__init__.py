"""The connection to the editor: bytes, messages, and answers during the server's start.

Owns the pipes and JSON-RPC. May import the standard library, pygls and the protocol's messages;
must not know notebooks.
"""
