"""What goes wrong with files, told in one sentence for a person."""

from __future__ import annotations


class FileError(Exception):
    """A file cannot be read, understood or written; the text says where, why and what to do.

    Whatever was to be written is as it was.
    """
