"""A kernelspec: how one kind of kernel is started.

Owns the type. Where kernelspecs are found is specs.py's matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INTERPRETER = "cellbridge.interpreter"
"""Key in the metadata of a spec that was made of an interpreter: its path."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A kernelspec: how one kind of kernel is started."""

    name: str
    display_name: str
    language: str
    argv: tuple[str, ...]
    directory: str
    """Where its resources lie; empty for our own interpreter's kernel."""
    interrupt_mode: str
    env: Mapping[str, str]
    metadata: Mapping[str, Any]

    @property
    def id(self) -> str:
        """What `find` knows it by: the interpreter it was made of, or its name."""
        return str(self.metadata.get(INTERPRETER) or self.name)

    @property
    def runs_ipykernel(self) -> bool:
        """True where the command itself says that ipykernel is what it starts."""
        return any(part.startswith("ipykernel") for part in self.argv)
