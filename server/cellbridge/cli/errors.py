"""The error that ends a command, with a sentence for the user, and the exit codes.

Owns the exit codes. It must not print.
"""

from __future__ import annotations

OK = 0
FAILED = 1
"""A cell or the command failed."""
USAGE_ERROR = 2
"""The arguments or the file are invalid."""
INTERRUPTED = 130
"""Interrupted with Ctrl-C, by the convention of shells."""


class CommandError(Exception):
    """A command cannot continue. The text is one sentence: the problem, and what to do next."""

    def __init__(self, sentence: str, code: int = USAGE_ERROR) -> None:
        super().__init__(sentence)
        self.code = code
