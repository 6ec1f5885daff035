"""``cellbridge outputs export``: all outputs of a script as files.

Owns the layout of the directory: one folder for each cell, one file for each part of each output.
"""

from __future__ import annotations

import base64
import binascii
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from cellbridge.cli.errors import OK, CommandError
from cellbridge.cli.outputs.open_script import report_notices, with_script
from cellbridge.core.output.bundle import pretty
from cellbridge.core.output.mime_types import media_of
from cellbridge.core.output.outputs import Display, Failure, Output, Stream
from cellbridge.core.output.preview import plain_text
from cellbridge.core.runs.runs import Run
from cellbridge.notebooks import atomic_files
from cellbridge.notebooks.errors import FileError
from cellbridge.workspace.notebook import Notebook

_UNFIT = re.compile(r"[^\w-]+")
_ALL = 2**62


def execute(file: Path, to: Path | None) -> int:
    """Write the outputs of ``file`` to a new directory; return the exit code."""
    target = to if to is not None else file.with_name(f"{file.stem}-outputs")

    async def export(notebook: Notebook) -> int:
        if target.exists():
            raise CommandError(f"{target} already exists; name a new directory with --to.")
        cells = _cells(notebook)
        if not cells:
            report_notices(notebook.store_notices, OK)
            raise CommandError(f"{file} has no stored outputs; run its cells first.")
        count = 0
        # In the folder of the target, so that one rename completes the export.
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            made = Path(scratch) / "made"
            atomic_files.make_folder(made, [file])
            for name, run in cells:
                outputs = await notebook.fetch_outputs(run.id)
                count += _write_outputs(made / name, outputs, file)
            shutil.move(made, target)
        print(f"{count} file{'' if count == 1 else 's'} written to {target}.")
        return report_notices(notebook.store_notices, OK)

    try:
        return with_script(file, export)
    except FileError as error:
        raise SystemExit(str(error)) from error
    except OSError as error:
        raise SystemExit(f"{target} cannot be written: {error.strerror or error}.") from error


def _cells(notebook: Notebook) -> list[tuple[str, Run]]:
    """Return the folder name and the run of each cell with outputs, in order."""
    found = [
        (f"{view.index + 1:02} {view.cell.title}", view.shown)
        for view in notebook.views()
        if view.shown is not None and view.outputs
    ]
    found += [
        (f"removed {place + 1:02}", one.run)
        for place, one in enumerate(notebook.orphans())
        if one.outputs
    ]
    return [(_UNFIT.sub("-", name).strip("-")[:60], run) for name, run in found]


def _write_outputs(folder: Path, outputs: Sequence[Output], script: Path) -> int:
    atomic_files.make_folder(folder, [script])
    count = 0
    for place, output in enumerate(outputs):
        for name, content in _files(output):
            path = folder / f"{place + 1}{name}"
            atomic_files.write(path, content, like=[script])
            count += 1
    return count


def _files(output: Output) -> Iterator[tuple[str, bytes]]:
    """Yield the file name's ending and the content of each part of an output."""
    match output:
        case Stream():
            yield f"-{output.name}.txt", _encode(output.text)
        case Failure():
            yield "-error.txt", _encode(plain_text([output], _ALL))
        case Display():
            taken: set[str] = set()
            for mime, content in output.data.items():
                suffix = media_of(mime, content).suffix
                if suffix in taken or suffix == ".bin":
                    suffix = f"-{_UNFIT.sub('-', mime)}{suffix}"
                taken.add(suffix)
                yield suffix, _content(mime, content)


def _content(mime: str, content: object) -> bytes:
    if not isinstance(content, str):
        return _encode(pretty(content))
    if media_of(mime, content).base64:
        try:
            return base64.b64decode("".join(content.split()))
        except (binascii.Error, ValueError):
            return _encode(content)
    return _encode(content)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")
