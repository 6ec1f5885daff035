"""Errors of files, in one sentence for the user."""

from __future__ import annotations


class FileError(Exception):
    """A file cannot be read, understood or written; the text names place, reason and remedy.

    Whatever was to be written is as it was.
    """
