"""A script and its notebook kept in step by a separate process, for callers that must not wait.

    python -m cellbridge.notebooks.sync_process

It reads a `SyncRequest` as JSON from standard input and writes a `SyncResult` to standard output.

Owns the two messages and this process's end of them. A notebook of many megabytes is read and
written here, so that neither the language server's loop nor its memory feels it. What it is to be
in step belongs to `sync`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import msgspec

from cellbridge.core.output.outputs import Output
from cellbridge.core.percent.convert import ExecutedCell
from cellbridge.core.percent.source_style import digest
from cellbridge.notebooks import atomic_files, script_files
from cellbridge.notebooks.errors import FileError

_OK, _FAULT = 0, 1


class ExecutedRun(msgspec.Struct, frozen=True):
    """The result of the run of one cell; see `cellbridge.core.percent.convert.ExecutedCell`."""

    index: int
    outputs: list[Output]
    count: int | None = None


class SyncRequest(msgspec.Struct, frozen=True):
    """A request to bring a pair into step."""

    path: str
    """The script that was saved, or a notebook."""
    purpose: Literal["save", "notebook", "script"]
    """Keep the notebook in step if it is kept so at all; or make a notebook, or a script."""
    take: Literal["script", "notebook"] | None = None
    """The one that is right, if both have changed."""
    digest: str = ""
    """Of the text that the runs' cells are from."""
    runs: list[ExecutedRun] = []
    kernel: str = ""
    """The kernel that the script runs in; empty for the one of its header or its folder."""


class IgnoredSettings(msgspec.Struct, frozen=True):
    """Settings of jupytext's that another user could have written (kernel/trust/file_trust.py)."""

    entry: str
    folder: str
    reason: str


class SyncResult(msgspec.Struct, frozen=True):
    """The result of a request."""

    script: str = ""
    notebook: str = ""
    """Empty if the script is not kept in step with any."""
    conflict: bool = False
    """Both are as they were; the user has to choose the one that is right."""
    problem: str = ""
    """Why nothing was done, in a sentence."""
    note: str = ""
    """A file that was made without a request, or what was mended in the notebook, in sentences."""
    ignored: list[IgnoredSettings] = []


def handle(request: SyncRequest) -> SyncResult:
    """Handle a request; a file that does not allow it is not an error of the program."""
    from cellbridge.notebooks import sync  # noqa: PLC0415  # the messages alone need none of it

    path, answer = Path(request.path), SyncResult()
    try:
        pair = sync.pair_of(path)
        ignored = [IgnoredSettings(str(r.entry), str(r.folder), r.reason) for r in pair.refused]
        answer = SyncResult(str(pair.script), str(pair.notebook), ignored=ignored)
        if request.purpose == "save" and not sync.is_automatic(pair):
            return SyncResult(ignored=ignored)
        session = sync.SessionOutputs(
            request.digest,
            {ran.index: ExecutedCell(ran.outputs, ran.count) for ran in request.runs},
        )
        take = sync.Side(request.take) if request.take is not None else None
        if request.purpose == "notebook" and request.digest and not _is_saved(path, request.digest):
            return SyncResult(problem=f"{path.name} has changes that are not saved; save it first.")
        only = take is None and request.purpose != "script"
        done = sync.sync(path, take, session, notebook_only=only, picked=request.kernel)
        if done.created and request.purpose == "save":
            note = f"Created the notebook {done.notebook}, paired by the header of {path.name}."
            answer = msgspec.structs.replace(answer, note=note)
        if done.note:
            note = f"{answer.note} {done.note}".strip()
            answer = msgspec.structs.replace(answer, note=note)
    except sync.ConflictError as error:
        return msgspec.structs.replace(answer, conflict=True, problem=str(error))
    except FileError as error:
        return SyncResult(problem=str(error), ignored=answer.ignored)
    return answer


def _is_saved(path: Path, known: str) -> bool:
    return digest(script_files.decode(atomic_files.read(path), str(path)).content) == known


def main() -> int:
    """Answer the one request on standard input; returns the exit code."""
    try:
        request = msgspec.json.decode(sys.stdin.buffer.read(), type=SyncRequest)
    except msgspec.MsgspecError as error:
        print(f"The request cannot be read: {error}", file=sys.stderr)
        return _FAULT
    sys.stdout.buffer.write(msgspec.json.encode(handle(request)))
    return _OK


if __name__ == "__main__":
    sys.exit(main())
