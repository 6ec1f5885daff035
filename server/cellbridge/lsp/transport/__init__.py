"""The connection to the editor: messages, and answers during the server's start.

Owns JSON-RPC. May import the standard library, pygls and the protocol's messages;
must not know notebooks.
"""
