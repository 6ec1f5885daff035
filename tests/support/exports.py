"""Exports of tables in the test's own process, and readers of their formats.

Owns the strict reading; the tests own the expectations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from cellbridge.kernel.probe.deadlines import Deadline
from cellbridge.kernel.probe.tables.backends import backend
from cellbridge.kernel.probe.tables.exports import export

Read = Callable[[str], Any]


def export_of(obj: Any, form: str, **window: int) -> str:
    asked = {"start": 0, "count": 10**6, "first_column": 0, "columns": 10**6, **window}
    query = {"format": form, "window": asked}
    found = export(backend(obj), None, query, Deadline(60))
    assert not found["truncated"]
    text: str = found["text"]
    return text


def parsed(text: str, sign: str) -> list[list[str | None]]:
    """Read separated values, in which a missing one has no quotes and an empty one has."""
    rows: list[list[str | None]] = []
    row: list[str | None] = []
    for found in re.finditer(rf'(?:"((?:[^"]|"")*)"|([^{sign}"\n\r]*))([{sign}\n])', text):
        quoted, bare, end = found.groups()
        row.append(quoted.replace('""', '"') if quoted is not None else bare or None)
        if end == "\n":
            rows.append(row)
            row = []
    assert not row
    return rows


def strict(text: str) -> Any:
    """Read JSON that has neither doubled keys nor constants of other languages."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(found)) == len(found)
        return dict(found)

    return json.loads(text, parse_constant=pytest.fail, object_pairs_hook=pairs)


def same(one: Any, other: Any) -> bool:
    return bool(one == other) or (one != one and other != other)


def check_export(obj: Any, values: Sequence[Any], read: Read, *, column: int = 0) -> None:
    """Check that a column comes back from each format; ``read`` makes a value of its text."""
    for form, sign in (("csv", ","), ("tsv", "\t")):
        rows = parsed(export_of(obj, form), sign)[1:]
        texts = [row[column] for row in rows]
        wanted = list(values)
        if rows and len(rows[0]) == 1:
            # An empty line would be skipped: alone, a missing value is an empty text.
            texts = [text or None for text in texts]
            wanted = [None if one == "" else one for one in values]
        found = [None if text is None else read(text) for text in texts]
        assert len(found) == len(wanted)
        assert all(map(same, found, wanted)), (form, found, wanted)
    rows = [list(row.values()) for row in strict(export_of(obj, "json"))]
    found = [one[column] for one in rows]
    found = [read(one) if isinstance(one, str) else one for one in found]
    assert len(found) == len(values)
    assert all(map(same, found, values)), ("json", found, values)
