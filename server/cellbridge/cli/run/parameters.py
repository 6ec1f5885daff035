"""Parameters (``-p name=value``), and the code that assigns them in a script.

Owns their parsing, and the code in the script's language. By papermill's rule, the code is a cell
of its own below the cell tagged ``parameters``, or above all cells if no cell has this tag. It must
not run anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from cellbridge.cli.errors import CommandError
from cellbridge.core.json_depth import TooDeepError, loads
from cellbridge.core.percent.convert import JsonObject
from cellbridge.workspace.script_file import Script

PARAMETERS, INJECTED = "parameters", "injected-parameters"
"""papermill's tags: of the cell with the defaults, and of the cell with the set values."""
_WORDS = {"True": True, "False": False, "None": None}


def read_parameters(given: Sequence[str]) -> dict[str, Any]:
    """Return names and values. A value is JSON, ``True``, ``False`` or ``None``, or else a text.

    Raises:
        CommandError: one of the arguments does not have the form ``name=value``.
    """
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise CommandError(f"-p takes name=value, such as -p rate=0.5, but not {text!r}.")
        values[name.strip()] = _value(value)
    return values


def _value(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    try:
        return loads(text)
    except TooDeepError as error:
        raise CommandError(f"-p has a value that is nested too deeply: {error}.") from None
    except ValueError:
        return text


def assignment_code(values: Mapping[str, Any], language: str) -> str:
    """Return the code that sets parameters.

    Raises:
        CommandError: the language is not supported.
    """
    literal = _LITERALS.get(language.lower())
    if literal is None:
        raise CommandError(f"-p sets parameters in Python, R and Julia, not in {language}.")
    comment = "# Parameters"
    return "\n".join([comment, *(f"{name} = {literal(value)}" for name, value in values.items())])


def index_of_tag(script: Script, tag: str) -> int | None:
    """Return the index of the first cell with a tag."""
    return next((index for index in range(len(script.cells)) if tag in script.tags(index)), None)


def insert_into(cells: list[JsonObject], source: str, count: int | None) -> None:
    """Insert the code into a notebook: a new cell, or in place of the one of an earlier run."""
    made: JsonObject = {
        "cell_type": "code",
        "execution_count": count,
        "id": INJECTED,
        "metadata": {"tags": [INJECTED]},
        "outputs": [],
        "source": source,
    }
    there = _find_tag(cells, INJECTED)
    if there is not None:
        cells[there] = cells[there] | {"source": source}
        return
    above = _find_tag(cells, PARAMETERS)
    if above is None:
        above = 0 if cells and cells[0]["cell_type"] == "raw" else -1
    cells.insert(above + 1, made)


def _find_tag(cells: Sequence[JsonObject], tag: str) -> int | None:
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
            return f"list({', '.join(f'{_quote(key)} = {_r(item)}' for key, item in items)})"
        case str():
            return _quote(value)
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
            return _quote(value).replace("$", "\\$")
        case _:
            return str(value)


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_LITERALS: dict[str, Callable[[object], str]] = {"python": repr, "r": _r, "julia": _julia}
