"""Parameters: ``-p name=value``, and the code that gives them to a script.

Owns reading them and writing them in the script's language, by papermill's rule: what is set goes
into a cell of its own below the cell tagged ``parameters``, or above all cells where there is none.
It must not run anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from cellbridge.cli.errors import CommandError
from cellbridge.core.document.cells import Cells
from cellbridge.core.json_depth import TooDeepError, loads
from cellbridge.core.percent.convert import JsonObject

PARAMETERS, INJECTED = "parameters", "injected-parameters"
"""papermill's tags: the cell with the defaults, and the one with what was set."""
_WORDS = {"True": True, "False": False, "None": None}


def read_parameters(given: Sequence[str]) -> dict[str, Any]:
    """Return names and values; a value is JSON, ``True``, ``False`` or ``None``, or else a text.

    Raises:
        CommandError: one of them is no ``name=value``.
    """
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise CommandError(f"-p takes name=value, as in -p rate=0.5; {text!r} is none.")
        values[name.strip()] = _value(value)
    return values


def _value(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    try:
        return loads(text)
    except TooDeepError as error:
        raise CommandError(f"-p cannot take a value this deep: {error}.") from None
    except ValueError:
        return text


def code_of(values: Mapping[str, Any], language: str) -> str:
    """Return the code that sets parameters.

    Raises:
        CommandError: cellbridge does not know how in that language.
    """
    literal = _LITERALS.get(language.lower())
    if literal is None:
        raise CommandError(f"-p sets parameters in Python, R and Julia, not in {language}.")
    comment = "# Parameters"
    return "\n".join([comment, *(f"{name} = {literal(value)}" for name, value in values.items())])


def place_of(cells: Cells, tag: str) -> int | None:
    """Return the index of the first cell with a tag."""
    return next((index for index, cell in enumerate(cells) if tag in cell.tags), None)


def put_into(cells: list[JsonObject], source: str, count: int | None) -> None:
    """Have a notebook's cells show what was set: a new cell, or the one of an earlier run."""
    made: JsonObject = {
        "cell_type": "code",
        "execution_count": count,
        "id": INJECTED,
        "metadata": {"tags": [INJECTED]},
        "outputs": [],
        "source": source,
    }
    there = _tagged(cells, INJECTED)
    if there is not None:
        cells[there] = cells[there] | {"source": source}
        return
    above = _tagged(cells, PARAMETERS)
    if above is None:
        above = 0 if cells and cells[0]["cell_type"] == "raw" else -1
    cells.insert(above + 1, made)


def _tagged(cells: Sequence[JsonObject], tag: str) -> int | None:
    tags = (cell["metadata"].get("tags") for cell in cells)
    return next((index for index, held in enumerate(tags) if held and tag in held), None)


def _r(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case list():
            return f"list({', '.join(map(_r, cast('list[object]', value)))})"
        case dict():
            items = cast("dict[str, object]", value).items()
            return f"list({', '.join(f'{_quoted(key)} = {_r(item)}' for key, item in items)})"
        case str():
            return _quoted(value)
        case _:
            return str(value)


def _julia(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{', '.join(map(_julia, cast('list[object]', value)))}]"
        case dict():
            items = cast("dict[str, object]", value).items()
            return f"Dict({', '.join(f'{_julia(key)} => {_julia(item)}' for key, item in items)})"
        case str():
            return _quoted(value).replace("$", "\\$")
        case _:
            return str(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_LITERALS: dict[str, Callable[[object], str]] = {"python": repr, "r": _r, "julia": _julia}
