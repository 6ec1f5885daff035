"""What an editor is told unasked, one file per kind of message."""
