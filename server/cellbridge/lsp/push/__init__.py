"""Messages that the server sends on its own, one file per kind of message."""
