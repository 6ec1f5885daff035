"""``cellbridge convert``: from arguments to files and an exit code.

Owns what the arguments mean and what is said. What a conversion is belongs to `notebooks`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellbridge.cli.errors import OK, SENSELESS
from cellbridge.core.output.escapes import label
from cellbridge.notebooks import atomic_files, file_conversion, jupytext_formats, nbconvert_export
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.file_conversion import NOTEBOOK

PIPE = "-"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person has asked for."""

    paths: Sequence[str]
    to: str | None
    from_: str | None


def execute(wish: Wish) -> int:
    """Convert all files and return the exit code; what went wrong has been said on stderr."""
    try:
        if (kind := _export_kind(wish)) is not None:
            return _export(wish, kind)
        pairs = _pairs(wish)
    except FileError as error:
        _say(str(error))
        return SENSELESS
    code = OK
    for source, target in pairs:
        try:
            _convert(source, target, wish)
        except FileError as error:
            _say(str(error))
            code = SENSELESS
    return code


def _export_kind(wish: Wish) -> str | None:
    """Return what page is asked for, if one is: by ``--to``, or by the name of the second file."""
    if wish.to is not None:
        return wish.to if wish.to in nbconvert_export.KINDS else None
    return (
        nbconvert_export.SUFFIXES.get(Path(wish.paths[1]).suffix) if len(wish.paths) == 2 else None
    )


def _export(wish: Wish, kind: str) -> int:
    from cellbridge.cli.convert.export import execute as export  # noqa: PLC0415  # a session's part

    if wish.to is None:
        return export(Path(wish.paths[0]), Path(wish.paths[1]), kind)
    return max(export(Path(path), None, kind) for path in wish.paths)


def _pairs(wish: Wish) -> list[tuple[str, str]]:
    """Return what becomes what."""
    paths = list(wish.paths)
    if wish.to is None and len(paths) == 2:
        return [(paths[0], paths[1])]
    if wish.to is None and len(paths) == 1 and paths[0] != PIPE:
        # A notebook becomes a script and the other way round, beside itself.
        to = "py" if file_conversion.format_of(paths[0]) == NOTEBOOK else NOTEBOOK
        return [(paths[0], _beside(paths[0], to))]
    if wish.to is None:
        raise FileError(
            "Say what the files should become, as in: cellbridge convert --to py *.ipynb"
        )
    to = file_conversion.parse_format(wish.to)
    if len(paths) == 2 and PIPE in paths:
        return [(paths[0], paths[1])]
    return [(path, PIPE if path == PIPE else _beside(path, to)) for path in paths]


def _beside(path: str, to: str) -> str:
    extension = jupytext_formats.NAMES.get(to, to).partition(":")[0]
    return str(Path(path).with_suffix(f".{extension}"))


def _convert(source: str, target: str, wish: Wish) -> None:
    if PIPE not in {source, target}:
        formats = (_format(source, wish.from_), _format(target, wish.to))
        result = file_conversion.convert_file(Path(source), Path(target), formats)
        kept = f"; what text cannot hold is in {file_conversion.sidecar_path(Path(target))}"
        _say(f"{source} → {target}{kept if result.sidecar is not None else ''}")
    else:
        data = sys.stdin.buffer.read() if source == PIPE else atomic_files.read(Path(source))
        given = _piped_format(data, wish.from_) if source == PIPE else _format(source, wish.from_)
        opposite = "py" if given == NOTEBOOK else NOTEBOOK
        wanted = _format(target, wish.to or (opposite if target == PIPE else None))
        seen = atomic_files.FileVersion.of(Path(target))
        result = file_conversion.convert_data(
            data,
            None if source == PIPE else Path(source),
            None if target == PIPE else Path(target),
            (given, wanted),
        )
        if target == PIPE:
            sys.stdout.buffer.write(result.data)
            sys.stdout.buffer.flush()
        else:
            there = None if source == PIPE else Path(source)
            file_conversion.write(result, Path(target), seen, there)
    if result.note:
        _say(result.note)


def _format(name: str, wish: str | None) -> str:
    return (
        file_conversion.parse_format(wish) if wish is not None else file_conversion.format_of(name)
    )


def _piped_format(data: bytes, wish: str | None) -> str:
    if wish is not None:
        return file_conversion.parse_format(wish)
    return NOTEBOOK if data.lstrip()[:1] == b"{" else "py"


def _say(sentence: str) -> None:
    print(label(sentence), file=sys.stderr)
