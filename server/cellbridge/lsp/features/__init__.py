"""Requests of the editor, one file per request."""
