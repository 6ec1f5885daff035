"""The process in which jedi runs, started by worker_process.py.

Owns everything that knows jedi, and the schedule of this process: answers first, then warming up.
It must not know documents' versions, kernels or the Language Server Protocol. The memory of this
process is in jedi_memory.py.

jedi is slow while its caches are cold and cannot be interrupted, which is why it has a process of
its own. Frames come over stdin and leave over stdout, one answer a job, in order.

Invariant: the process ends as soon as stdin does, whatever jedi is busy with, so that no worker
outlives its server.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import jedi  # pyright: ignore[reportMissingTypeStubs]  # it ships none

from cellbridge.analysis import jedi_docs, jedi_locations, jedi_memory
from cellbridge.analysis import worker_protocol as jobs
from cellbridge.analysis.imports import find_imports
from cellbridge.analysis.python_view import mask_magics
from cellbridge.core.code_info import Candidate, Completions, Inspection, Source
from cellbridge.kernel.find import environments
from cellbridge.kernel.trust.file_trust import project_root, refusal

_QUIET = 0.05
"""Seconds without a job after which the garbage of the last answer is collected."""
_IDLE = 10.0
"""Seconds without a job after which all garbage is collected."""
_PAUSE = 0.3
"""Seconds without a job before warming up continues: a user who has just opened a file often types
at once, and one step of it may take longer than the user waits."""
_WARM_LIMIT = 40
"""Imports of one file that are loaded in advance."""
_READ_BY_JEDI = (".jedi/project.json", "manage.py")
"""The files that jedi reads in the folders above a script to find its project."""
_CANDIDATE_LIMIT = 5_000
"""Candidates in one answer. Beyond it the rest is left out: no user reads that far."""


def main() -> None:
    """Answer jobs from stdin until it ends.

    Invariant: garbage is collected by jedi_memory.py only.
    """
    jedi_memory.begin()
    # Ctrl-C in a terminal reaches the whole group; only the server decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, sink = _take_stdio()
    arrived: queue.Queue[jobs.Job] = queue.Queue()
    # Bound: the server has at most one job under way, so the queue never holds more than one.
    threading.Thread(target=_read, args=(source, arrived), daemon=True).start()
    jedi_memory.keep()
    _send(sink, jobs.Ready())
    _serve(arrived, sink)


def _take_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Keep the real stdin and stdout for frames; what anything else prints goes to stderr."""
    source = os.fdopen(os.dup(0), "rb", buffering=1024 * 1024)
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def _read(source: BinaryIO, arrived: queue.Queue[jobs.Job]) -> None:
    """Hand over jobs as they come, on a thread of its own; end the process when stdin ends."""
    # A socket whose other end died with something unread in it is reset, and does not just end.
    with contextlib.suppress(ConnectionResetError):
        while len(header := source.read(jobs.HEADER.size)) == jobs.HEADER.size:
            arrived.put(jobs.decode_job(source.read(jobs.body_length(header))))
    # Not sys.exit: jedi may be busy for seconds on the main thread, and its answer has no reader.
    os._exit(0)


def _send(sink: BinaryIO, result: jobs.Result) -> None:
    try:
        sink.write(jobs.frame(result))
        sink.flush()
    except (BrokenPipeError, ConnectionResetError):
        os._exit(0)


def _serve(arrived: queue.Queue[jobs.Job], sink: BinaryIO) -> None:
    warming: deque[Callable[[], None]] = deque([_prepare])
    littered = dirty = asked = False
    while True:
        if littered:
            timeout = _QUIET
        elif warming:
            timeout = _PAUSE if asked else 0
        else:
            timeout = (_PAUSE if jedi_memory.has_grown() else _IDLE) if dirty else None
        try:
            job = arrived.get(timeout=timeout)
        except queue.Empty:
            if littered:
                jedi_memory.collect_new()
            elif warming:
                warming.popleft()()
                jedi_memory.collect_new()
                dirty, asked = True, False
            else:
                jedi_memory.collect_all()
                dirty = False
            littered = False
            continue
        if isinstance(job, jobs.WarmUpJob):
            warming = deque(_warm_steps(job))
        _send(sink, _answer(job))
        littered = dirty = asked = True
        if jedi_memory.has_much_new():
            jedi_memory.collect_new()


def _answer(job: jobs.Job) -> jobs.Result:  # noqa: PLR0911 - one for each kind of job
    if isinstance(job, jobs.WarmUpJob):
        return jobs.WarmUpStarted()
    try:
        if isinstance(job, jobs.CompletionJob):
            return jobs.CompletionResult(Completions(_complete(job)))
        if isinstance(job, jobs.SignatureJob):
            return jedi_locations.answer(
                _script(mask_magics(job.content), job.path, job.python), job
            )
        return jobs.HoverResult(Inspection(_describe(job)))
    except Exception as error:  # Boundary: what jedi stumbles over costs one answer.
        jedi_memory.forget_tree(job.path)
        jedi_memory.forget_damaged_files(error)
        if isinstance(job, jobs.CompletionJob):
            return jobs.CompletionResult(Completions([], answered=False))
        if isinstance(job, jobs.SignatureJob):
            return jobs.LocationResult([])
        return jobs.HoverResult(Inspection({}, answered=False))


# --- Queries to jedi: it ships no types, these protocols state what is used of it ----------------


class _Completion(Protocol):
    name_with_symbols: str

    def get_completion_prefix_length(self) -> int: ...


class _Script(Protocol):
    def complete(self, line: int, column: int) -> Sequence[_Completion]: ...
    def help(self, line: int, column: int) -> Sequence[jedi_docs.Name]: ...


@lru_cache(maxsize=4)
def _environment(python: str | None) -> Any:
    """Return jedi's environment of an interpreter; the worker's own needs no further process."""
    if python is None or environments.same(python, sys.executable):
        return jedi.InterpreterEnvironment()
    jedi_: Any = jedi
    try:
        return jedi_.create_environment(python, safe=False)
    except jedi_.InvalidPythonEnvironment:
        return jedi.InterpreterEnvironment()


def _script(content: str, path: str | None, python: str | None) -> Any:
    environment, project = _environment(python), _project(path)
    script: Any = jedi.Script(content, path=path, environment=environment, project=project)
    return script


def _project(path: str | None) -> Any:
    """Return jedi's project of a script, found without files that another user could have written.

    Its settings may name folders from which compiled modules are loaded into this process.
    """
    directory = Path(path).parent if path is not None else Path.cwd()
    jedi_: Any = jedi
    for level in (directory, *directory.parents):
        for name in _READ_BY_JEDI:
            if os.path.lexists(level / name) and refusal(level / name, level):
                return jedi_.Project(project_root(directory))
    return jedi_.get_default_project(directory)


def _complete(job: jobs.CompletionJob) -> list[Candidate]:
    script: _Script = _script(mask_magics(job.content), job.path, job.python)
    found = script.complete(job.line + 1, job.column)
    return [_candidate(item, job.column) for item in found[:_CANDIDATE_LIMIT]]


def _candidate(item: _Completion, column: int) -> Candidate:
    return Candidate(
        text=item.name_with_symbols,
        start=column - item.get_completion_prefix_length(),
        end=column,
        kind=_kind(item),
        source=Source.STATIC,
    )


_KINDS = {
    "class": "class",
    "function": "function",
    "instance": "instance",
    "keyword": "keyword",
    "param": "param",
    "path": "path",
    "property": "property",
    "statement": "statement",
    "string": "key",
}


def _kind(item: _Completion) -> str:
    """Return the kind of a candidate as far as jedi knows it without inferring anything.

    ``Completion.type`` follows imports: seconds for the first answer about numpy's 542 names.
    """
    # jedi has no public way to the kind as it is known before any inference.
    name = getattr(item, "_name", None)
    kind = str(getattr(name, "api_type", ""))
    if kind != "module":
        return _KINDS.get(kind, "")
    # ``from a import b`` calls every b a module; only ``import b`` surely brings one.
    tree_name = getattr(name, "tree_name", None)
    if tree_name is None:
        return "module"
    definition = tree_name.get_definition(import_name_always=True)
    return "module" if definition is not None and definition.type == "import_name" else ""


def _describe(job: jobs.HoverJob) -> dict[str, Any]:
    script: _Script = _script(mask_magics(job.content), job.path, job.python)
    for name in script.help(job.line + 1, job.column):
        if described := jedi_docs.markdown(name):
            return {"text/markdown": described}
    return {}


# --- warming up -----------------------------------------------------------------------------------


def _prepare() -> None:
    """Load what every first answer needs: jedi's grammars and its data about the built-ins.

    Of all values a bare object's attributes need least beyond that: a job may wait already.
    """
    _warm(jobs.WarmUpJob(""), "value = object()", "value")


def _warm_steps(job: jobs.WarmUpJob) -> list[Callable[[], None]]:
    """Return the loading of a file's imports in steps, between which answers can be given."""
    names = find_imports(job.content)[:_WARM_LIMIT]
    return [lambda line=line, name=name: _warm(job, line, name) for line, name in names]


def _warm(job: jobs.WarmUpJob, statement: str, name: str) -> None:
    content = f"{statement}\n{name}."
    try:
        # A sibling's name: it places relative imports, and the file's cached tree stays as it is.
        path = f"{job.path}.warm.py" if job.path else None
        _script(content, path, job.python).complete(2, len(name) + 1)
    except Exception as error:  # Boundary: a package that jedi cannot read just stays cold.
        jedi_memory.forget_damaged_files(error)
