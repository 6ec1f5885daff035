"""Checks of the queries about a script's own names. ``$0`` marks the cursor.

Owns one helper for each query, and a script with a few classes.
"""

from __future__ import annotations

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Position, Text
from cellbridge.core.names.definitions import find_definitions
from cellbridge.core.names.descriptions import describe, find_signatures
from cellbridge.core.names.members import find_members
from cellbridge.core.names.references import find_references
from cellbridge.core.names.script_names import ScriptNames
from cellbridge.core.names.visible import visible_names
from support.fixture import without_cursor

ENGINE = '''# %%
from dataclasses import dataclass
import numpy as np
class Engine:
    """An engine."""
    power = 3
    def start(self, key: str, *, fast=False) -> int:
        """Start it."""
        return 1
# %%
class Car(object):
    wheels: int = 4
    def __init__(self, engine: Engine, name="x"):
        self.engine = engine
        self.name = name
        self._parts = [Engine(), Engine()]
    def engines(self):
        return self.engine
    @property
    def main(self):
        return self.engine
    @classmethod
    def make(cls):
        return cls(Engine())
# %%
@dataclass
class Point:
    x: int
    y: float = 0.0
    def norm(self): return self.x
async def fetch() -> Car: ...
car = Car(Engine())
'''


def at_cursor(marked: str) -> tuple[ScriptNames, Position]:
    content, at = without_cursor(marked)
    return ScriptNames.of(parse(Text.of(content), PYTHON)), at


def check_visible(marked: str, expected: str, *, complete: bool = True) -> None:
    found = visible_names(*at_cursor(marked))
    shown = [f"{one.name}:{one.kind}" for one in found.items]
    assert sorted(shown) == sorted(expected.split())
    assert found.complete == complete


def check_members(tail: str, expected: str, *, complete: bool = True) -> None:
    """Check the attributes that the class's own text names, after ENGINE."""
    found = find_members(*at_cursor(ENGINE + tail))
    shown = [one.name for one in found.items if not one.name.startswith("__")]
    wanted = expected.split()
    assert shown[: len(wanted)] == wanted if wanted else not shown
    assert found.complete == complete


def check_definition(marked: str, *expected: str) -> None:
    names, at = at_cursor(marked)
    found = find_definitions(names, at)
    lines = without_cursor(marked)[0].split("\n")
    shown = [f"{one.line}:{lines[one.line].strip()}" for one in found.items]
    assert shown == list(expected)
    for one in found.items:
        assert lines[one.line].startswith(one.name, one.column)


def check_references(marked: str, expected: str, *, known: bool = True) -> None:
    found = find_references(*at_cursor(marked))
    shown = [
        f"{one.line}:{one.column}{'w' * (one.access == 'write')}{'i' * one.imported}"
        for one in found.items
    ]
    assert shown == expected.split()
    assert found.known == known


def check_hover(marked: str, expected: str) -> None:
    found = describe(*at_cursor(marked))
    assert (f"{found.signature} | {found.documentation}" if found else "") == expected


def check_call(marked: str, expected: str) -> None:
    """Check the label, with the active parameter in angle brackets."""
    found = find_signatures(*at_cursor(marked))
    shown: list[str] = []
    for one in found.items:
        label = one.label
        if one.active is not None:
            start, end = one.parameters[one.active]
            label = f"{label[:start]}<{label[start:end]}>{label[end:]}"
        shown.append(label)
    assert " | ".join(shown) == expected
