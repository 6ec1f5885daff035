"""What an editor asks for, one file per request."""
