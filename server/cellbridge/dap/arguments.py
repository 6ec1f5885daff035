"""The arguments of ``attach`` and ``launch``, checked.

Owns their names, types and defaults, and the sentences about invalid ones. It must not know
sessions.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from cellbridge.dap.positions import path_of_uri

Cells = Literal["all", "toCursor"] | tuple[int | str, ...]

_EXAMPLE = '{"script": "/home/me/analysis.py"}'


class ArgumentError(Exception):
    """An argument is missing or invalid; one sentence states which, and what is valid."""


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments of ``attach`` or ``launch``."""

    script: Path
    start: bool = True
    """Start a kernel if the script has none."""
    just_my_code: bool = True
    subprocesses: bool = False
    cells: Cells = ()
    """The cells to run, by their place from 0 or by id; empty for ``attach``."""
    line: int = 1
    """The line from 1 up to whose cell ``toCursor`` runs."""
    stop_on_entry: bool = False
    debug: bool = True
    """False to run without debugging."""


def read_options(command: str, given: dict[str, Any]) -> Options:
    """Return the checked arguments of ``attach`` or ``launch``.

    Raises:
        ArgumentError: an argument is missing or invalid.
    """
    script = given.get("script")
    if not isinstance(script, str) or not script:
        raise ArgumentError(f"{command} needs the path of a script, such as {_EXAMPLE}.")
    if "\0" in script:
        raise ArgumentError('"script" holds a NUL character, so it is not a path.')
    common = Options(
        Path(os.path.expanduser(path_of_uri(script))).absolute(),  # noqa: PTH111 (that raises)
        start=_flag(given, "start", default=True),
        just_my_code=_flag(given, "justMyCode", default=True),
        subprocesses=_flag(given, "subProcess", default=False),
    )
    if command == "attach":
        return common
    return Options(
        common.script,
        just_my_code=common.just_my_code,
        subprocesses=common.subprocesses,
        cells=_cells(given.get("cells", "all")),
        line=_line(given),
        stop_on_entry=_flag(given, "stopOnEntry", default=False),
        debug=not _flag(given, "noDebug", default=False),
    )


def _flag(given: dict[str, Any], name: str, *, default: bool) -> bool:
    value = given.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise ArgumentError(f'"{name}" must be true or false.')
    return value


def _cells(value: object) -> Cells:
    if value in ("all", "toCursor"):
        return cast("Cells", value)
    if isinstance(value, list) and value:
        parts = cast("list[Any]", value)
        if all(isinstance(part, int | str) and not isinstance(part, bool) for part in parts):
            return tuple(parts)
    raise ArgumentError(
        '"cells" must be "all", "toCursor" with a "line", or a list of cells by their number '
        "from 0 or by their id."
    )


def _line(given: dict[str, Any]) -> int:
    line = given.get("line")
    if line is None and given.get("cells") != "toCursor":
        return 1
    if not isinstance(line, int) or isinstance(line, bool):
        raise ArgumentError('"toCursor" needs the number of a line as "line".')
    return line
