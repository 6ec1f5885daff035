"""The connection to the editor: bytes, messages, and what is answered before the server is there.

Owns the pipes and JSON-RPC. May import the standard library, pygls and the protocol's messages;
must not know notebooks.
"""
