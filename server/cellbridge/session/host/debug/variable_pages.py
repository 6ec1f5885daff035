"""Pages of long lists and tuples among the variables of stopped code.

Owns which variables are long, and their pages: pydevd lists at most 500 items of a sequence, and
does not report its length. It must not know connections.

A page is the slice of an expression that pydevd itself has named, so only variables below a scope
have pages. The type is a list or a tuple by its name; their length and slices run no other code.
"""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from cellbridge.session.errors import SessionError

PYDEVD_ITEMS = 500
"""Items of a sequence that pydevd lists."""
PAGE_LIMIT = 10_000
"""Items that one request may return."""
MEASURED = 50
"""Sequences among the variables of one request whose length is read."""
_LONG_ENDS = ("...]", "...)")
"""The end of the text of a sequence that pydevd has cut."""

Body = dict[str, Any]
KNOWN_LIMIT = 10_000
"""References that are remembered; beyond it, all are forgotten, and are shown without pages."""
Ask = Callable[[str, Body], Awaitable[Body]]
"""Sends a request to pydevd; returns the body of its response."""


@dataclass(frozen=True, slots=True)
class _Sequence:
    """A long sequence: the expression for it in a frame."""

    frame: int
    expression: str
    length: int


class VariablePages:
    """The long sequences among the variables that the client has seen during one stop."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._frames: dict[int, int] = {}
        """The frame of each reference to variables."""
        self._sequences: dict[int, _Sequence] = {}

    def clear(self) -> None:
        """Forget the variables, because the code continues."""
        self._frames.clear()
        self._sequences.clear()

    def note_scopes(self, frame: int, scopes: Sequence[Any]) -> None:
        """Note to which frame the variables in some scopes belong."""
        for scope in scopes:
            self._frames[scope["variablesReference"]] = frame

    async def variables(self, arguments: Body) -> list[Body]:
        """Return the variables that a request asks for.

        Raises:
            SessionError: pydevd cannot list them.
        """
        reference = arguments.get("variablesReference")
        wanted = arguments.get("filter")
        start, count = _number(arguments.get("start")), _number(arguments.get("count"))
        known = self._sequences.get(reference) if isinstance(reference, int) else None
        if known is not None and wanted == "indexed":
            return await self._page(known, start, count)
        body = await self._ask("variables", arguments)
        found = _variables_in(body)
        if known is not None and wanted == "named":
            found = [one for one in found if not one["name"].isdigit()]
        if isinstance(reference, int) and reference in self._frames:
            await self._measure(self._frames[reference], found)
        return found[start : start + count] if count else found[start:]

    async def _page(self, known: _Sequence, start: int, count: int) -> list[Body]:
        end = min(known.length, start + min(count or PAGE_LIMIT, PAGE_LIMIT))
        page: list[Body] = []
        while (first := start + len(page)) < end:
            expression = f"({known.expression})[{first}:{min(end, first + PYDEVD_ITEMS)}]"
            values = await self._evaluate(known.frame, expression)
            body = await self._ask(
                "variables", {"variablesReference": values["variablesReference"]}
            )
            items = [one for one in _variables_in(body) if one["name"].isdigit()]
            if not items:
                break
            for number, item in enumerate(items, first):
                name = f"{known.expression}[{number}]"
                page.append({**item, "name": str(number), "evaluateName": name})
        await self._measure(known.frame, page)
        return page

    async def _measure(self, frame: int, found: Sequence[Body]) -> None:
        """Add their length to long sequences, and note the frame of everything that has parts."""
        long: list[Body] = []
        for one in found:
            reference, expression = one.get("variablesReference"), one.get("evaluateName")
            if reference and expression:
                if len(self._frames) >= KNOWN_LIMIT:
                    self.clear()
                self._frames[reference] = frame
                cut = str(one.get("value", "")).endswith(_LONG_ENDS)
                if cut and one.get("type") in {"list", "tuple"} and len(long) < MEASURED:
                    long.append(one)
        lengths = await self._lengths(frame, [one["evaluateName"] for one in long])
        for one, length in zip(long, lengths, strict=False):
            if length > PYDEVD_ITEMS:
                known = _Sequence(frame, one["evaluateName"], length)
                self._sequences[one["variablesReference"]] = known
                one["indexedVariables"] = length

    async def _lengths(self, frame: int, expressions: Sequence[str]) -> list[int]:
        if not expressions:
            return []
        text = " , ".join(f"len({one})" for one in expressions)
        try:
            # As text, because pydevd cuts long lists.
            body = await self._evaluate(frame, f"str([{text}])")
            return ast.literal_eval(ast.literal_eval(body.get("result", "")))
        except (SessionError, ValueError, SyntaxError, TypeError):
            return []  # Such a sequence is shown without pages.

    async def _evaluate(self, frame: int, expression: str) -> Body:
        arguments = {"expression": expression, "frameId": frame, "context": "watch"}
        return await self._ask("evaluate", arguments)


def _variables_in(body: Body) -> list[Body]:
    return cast("list[Body]", body.get("variables") or [])


def _number(value: object) -> int:
    return max(0, value) if isinstance(value, int) else 0
