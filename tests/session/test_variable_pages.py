"""Pages of long sequences: a stand-in for pydevd answers as pydevd does, with 500 items at most."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from cellbridge.session.errors import SessionError
from cellbridge.session.host.debug.variable_pages import VariablePages

NAMES: dict[str, Any] = {"many": list(range(1234)), "few": [1, 2], "pair": tuple(range(501))}


class Pydevd:
    """Variables of one frame, by reference."""

    def __init__(self) -> None:
        self.values: dict[int, Any] = {1: NAMES}
        self.answers_lengths = True

    async def ask(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if command == "evaluate":
            if "str(" in arguments["expression"] and not self.answers_lengths:
                raise SessionError("too slow")
            value = eval(arguments["expression"], dict(NAMES))
            return {"result": repr(value), "variablesReference": self.reference(value)}
        value = self.values[arguments["variablesReference"]]
        if isinstance(value, dict):
            return {"variables": [self.variable(name, name, part) for name, part in value.items()]}
        parts = [self.variable(f"{n:03}", f"?[{n}]", one) for n, one in enumerate(value[:500])]
        return {"variables": [{"name": "special variables", "value": ""}, *parts]}

    def reference(self, value: Any) -> int:
        if not isinstance(value, list | tuple):
            return 0
        self.values[len(self.values) + 1] = value
        return len(self.values)

    def variable(self, name: str, expression: str, value: Any) -> dict[str, Any]:
        text = repr(value) if not isinstance(value, list | tuple) or len(value) < 60 else "[0, ...]"
        return {
            "name": name,
            "value": text,
            "type": type(value).__name__,
            "evaluateName": expression,
            "variablesReference": self.reference(value),
        }


async def listed(pydevd: Pydevd) -> tuple[VariablePages, dict[str, dict[str, Any]]]:
    pages = VariablePages(pydevd.ask)
    pages.note_scopes(7, [{"variablesReference": 1}])
    found = await pages.variables({"variablesReference": 1})
    return pages, {one["name"]: one for one in found}


@pytest.mark.parametrize(
    ("start", "count"), [(0, 100), (450, 600), (1200, 100), (1234, 5), (0, 0), (1000, 0)]
)
async def test_a_page_has_exactly_the_wanted_items(start: int, count: int) -> None:
    pages, found = await listed(Pydevd())
    assert {name: one.get("indexedVariables") for name, one in found.items()} == {
        "many": 1234,
        "few": None,
        "pair": 501,
    }
    reference = found["many"]["variablesReference"]
    page = await pages.variables(
        {"variablesReference": reference, "filter": "indexed", "start": start, "count": count}
    )
    wanted = range(1234)[start : start + count] if count else range(1234)[start:]
    assert [(one["name"], one["evaluateName"], ast.literal_eval(one["value"])) for one in page] == [
        (str(n), f"many[{n}]", n) for n in wanted
    ]


async def test_without_pages_the_first_items_are_listed() -> None:
    pydevd = Pydevd()
    pydevd.answers_lengths = False
    pages, found = await listed(pydevd)
    assert all("indexedVariables" not in one for one in found.values())
    reference = found["many"]["variablesReference"]
    assert len(await pages.variables({"variablesReference": reference})) == 501
    part = await pages.variables({"variablesReference": reference, "start": 1, "count": 2})
    assert [one["name"] for one in part] == ["000", "001"]


async def test_named_variables_of_a_sequence_are_separate() -> None:
    pages, found = await listed(Pydevd())
    reference = found["many"]["variablesReference"]
    named = await pages.variables({"variablesReference": reference, "filter": "named"})
    assert [one["name"] for one in named] == ["special variables"]
    pages.clear()
    assert len(await pages.variables({"variablesReference": reference, "filter": "named"})) == 501
