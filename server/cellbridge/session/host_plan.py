"""The options with which a session's host is started.

Owns the options and their form on the host's command line. It must not know their effects.
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
    """The options of one session, for as long as its host runs."""

    cwd: Path
    """The working directory of its kernels."""
    idle_hours: float
    """Hours after which it ends when no client is connected and no cell runs; 0: never."""
    temporary: bool = False
    """True if it ends with its last client, whatever runs, and leaves no file behind."""
    first: Warm | None = None
    """The kernel that is about to be requested; a host that must be started starts it first."""

    def to_arguments(self) -> list[str]:
        """Return these options as arguments of the host's command line."""
        arguments = ["--cwd", str(self.cwd), "--idle-hours", str(self.idle_hours)]
        return [*arguments, "--temporary"] if self.temporary else arguments

    @classmethod
    def add_to(cls, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments that `to_arguments` returns."""
        parser.add_argument("--cwd", type=Path, required=True)
        parser.add_argument("--idle-hours", type=float, required=True)
        parser.add_argument("--temporary", action="store_true")

    @classmethod
    def of(cls, parsed: argparse.Namespace) -> Self:
        """Return the options from parsed arguments."""
        return cls(parsed.cwd, parsed.idle_hours, parsed.temporary)
