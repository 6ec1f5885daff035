"""The type of a kernelspec: how one kind of kernel is started.

Owns the type; specs.py finds kernelspecs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INTERPRETER = "cellbridge.interpreter"
"""Metadata key of a spec that was built from an interpreter: the interpreter's path."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A kernelspec: how one kind of kernel is started."""

    name: str
    display_name: str
    language: str
    argv: tuple[str, ...]
    directory: str
    """The directory of its resources; empty for our own interpreter's kernel."""
    interrupt_mode: str
    env: Mapping[str, str]
    metadata: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The argument of `find`: the interpreter it was built from, or its name."""
        return str(self.metadata.get(INTERPRETER) or self.name)

    @property
    def runs_ipykernel(self) -> bool:
        """True if the command itself shows that it starts ipykernel."""
        return any(part.startswith("ipykernel") for part in self.argv)
