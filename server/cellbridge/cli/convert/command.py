"""``cellbridge convert``: the conversion of files.

Owns the meaning of the arguments, the printed text and the exit code. `notebooks` owns the
conversion itself.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellbridge.cli.errors import OK, USAGE_ERROR
from cellbridge.cli.kernel_option import picked_for
from cellbridge.core.document.header import SCRIPT_FORMATS
from cellbridge.core.document.languages import extensions
from cellbridge.core.output.escapes import label
from cellbridge.notebooks import atomic_files, file_conversion, jupytext_formats, nbconvert_export
from cellbridge.notebooks.companions import sidecar_path
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.file_conversion import NOTEBOOK

PIPE = "-"


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """The arguments of the command."""

    paths: Sequence[str]
    to: str | None
    from_: str | None


def execute(options: ConvertOptions) -> int:
    """Convert all files and return the exit code. Errors are printed to stderr."""
    try:
        if (kind := _export_kind(options)) is not None:
            return _export(options, kind)
        pairs = _conversions(options)
    except FileError as error:
        _print(str(error))
        return USAGE_ERROR
    code = OK
    for source, target in pairs:
        try:
            _convert(source, target, options)
        except FileError as error:
            _print(str(error))
            code = USAGE_ERROR
    return code


def _export_kind(options: ConvertOptions) -> str | None:
    """Return the kind of page requested by ``--to`` or by the second file's name, if any."""
    if options.to is not None:
        return options.to if options.to in nbconvert_export.KINDS else None
    return (
        nbconvert_export.SUFFIXES.get(Path(options.paths[1]).suffix)
        if len(options.paths) == 2
        else None
    )


def _export(options: ConvertOptions, kind: str) -> int:
    from cellbridge.cli.convert.export import execute as export  # noqa: PLC0415  # needs sessions

    if options.to is None:
        return export(Path(options.paths[0]), Path(options.paths[1]), kind)
    return max(export(Path(path), None, kind) for path in options.paths)


def _conversions(options: ConvertOptions) -> list[tuple[str, str]]:
    """Return pairs of source and target."""
    paths = list(options.paths)
    if options.to is None and len(paths) == 2:
        return [(paths[0], paths[1])]
    if options.to is None and len(paths) == 1 and paths[0] != PIPE:
        # A notebook is converted to a script, and a script to a notebook, in the same folder.
        to = "py" if file_conversion.format_of(paths[0]) == NOTEBOOK else NOTEBOOK
        return [(paths[0], _sibling(paths[0], to))]
    if options.to is None:
        raise FileError(
            "The target format is missing. Name it, such as: cellbridge convert --to py *.ipynb"
        )
    to = file_conversion.parse_format(options.to)
    if len(paths) == 2 and PIPE in paths:
        return [(paths[0], paths[1])]
    return [(path, PIPE if path == PIPE else _sibling(path, to)) for path in paths]


def _sibling(path: str, to: str) -> str:
    extension = jupytext_formats.NAMES.get(to, to).partition(":")[0]
    return str(Path(path).with_suffix(f".{extension}"))


def _convert(source: str, target: str, options: ConvertOptions) -> None:
    if PIPE not in {source, target}:
        formats = (_format(source, options.from_), _format(target, options.to))
        result = file_conversion.convert_file(
            Path(source), Path(target), formats, picked_for(Path(source))
        )
        kept = f"; data that text cannot hold is in {sidecar_path(Path(target))}"
        _print(f"{source} → {target}{kept if result.sidecar is not None else ''}")
    else:
        data = sys.stdin.buffer.read() if source == PIPE else atomic_files.read(Path(source))
        given = (
            _piped_format(data, options.from_) if source == PIPE else _format(source, options.from_)
        )
        opposite = "py" if given == NOTEBOOK else NOTEBOOK
        wanted = _format(target, options.to or (opposite if target == PIPE else None))
        seen = atomic_files.FileVersion.of(Path(target))
        result = file_conversion.convert_data(
            data,
            None if source == PIPE else Path(source),
            None if target == PIPE else Path(target),
            (given, wanted),
            picked_for(None if source == PIPE else Path(source)),
        )
        if target == PIPE:
            sys.stdout.buffer.write(result.data)
            sys.stdout.buffer.flush()
        else:
            there = None if source == PIPE else Path(source)
            file_conversion.write(result, Path(target), seen, there)
    if result.note:
        _print(result.note)


def _format(name: str, given: str | None) -> str:
    extension = name.rpartition(".")[2]
    if given in SCRIPT_FORMATS and extension in extensions():
        given = f"{extension}:{given}"
    return (
        file_conversion.parse_format(given)
        if given is not None
        else file_conversion.format_of(name)
    )


def _piped_format(data: bytes, given: str | None) -> str:
    if given is not None:
        return file_conversion.parse_format(given)
    return NOTEBOOK if data.lstrip()[:1] == b"{" else "py"


def _print(sentence: str) -> None:
    print(label(sentence), file=sys.stderr)
