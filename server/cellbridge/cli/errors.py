"""What ends a command early: one sentence for a person, and an exit code.

Owns the exit codes. It must not print.
"""

from __future__ import annotations

OK = 0
FAILED = 1
"""A cell failed, or what was asked for could not be done."""
SENSELESS = 2
"""The arguments or the file make no sense."""
INTERRUPTED = 130
"""Ended by Ctrl-C, as shells count it."""


class CommandError(Exception):
    """A command cannot go on; the text is one sentence: what is wrong, and what to do next."""

    def __init__(self, sentence: str, code: int = SENSELESS) -> None:
        super().__init__(sentence)
        self.code = code
