"""What a session's host is told when it is started.

Owns the options and their way through the host's command line. It must not know what they do.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from cellbridge.session.messages import Warm


@dataclass(frozen=True, slots=True)
class HostPlan:
    """How one session is to be served, for as long as its host lives."""

    cwd: Path
    """Where its kernels work."""
    idle_hours: float
    """Hours after which it ends when nobody is connected and nothing runs; 0: never."""
    temporary: bool = False
    """It ends with its last client, whatever runs, and leaves no file behind."""
    first: Warm | None = None
    """The kernel that is about to be asked for, with which a host that must be started begins."""

    def to_arguments(self) -> list[str]:
        """Return these options as the host's command line takes them."""
        arguments = ["--cwd", str(self.cwd), "--idle-hours", str(self.idle_hours)]
        return [*arguments, "--temporary"] if self.temporary else arguments

    @classmethod
    def add_to(cls, parser: argparse.ArgumentParser) -> None:
        """Have ``parser`` understand what `to_arguments` returns."""
        parser.add_argument("--cwd", type=Path, required=True)
        parser.add_argument("--idle-hours", type=float, required=True)
        parser.add_argument("--temporary", action="store_true")

    @classmethod
    def of(cls, parsed: argparse.Namespace) -> Self:
        """Return the options that a parser has found."""
        return cls(parsed.cwd, parsed.idle_hours, parsed.temporary)
