# Size: the hooks share one state, and belong together.
# pyright: basic
# Basic: everything here is reached through IPython's and ipykernel's untyped objects.
# ruff: noqa: S110 - see "Safety" below: our faults do not belong in the kernel's log
"""Runs inside ipykernel: file lines for cells, and the frames of failed runs.

Owns the hooks in IPython and ipykernel. It must not import cellbridge, must not print, must
not leave a name in the user's namespace, and must run on every Python that ipykernel 6.30 and later
support (3.9 on).

Safety: after any error here, the kernel must behave as it would without the probe. So each entry
point called by IPython or ipykernel falls back to the original behaviour on any exception.

How cells get file lines. ipykernel names a cell's code after a temporary file and counts lines from
1. Our requests have the script and line of the source in their metadata, so the compiler

* names the code after a file with the text of this run (executed_sources.py), so that each
  reader of the source of a code object finds the text that was compiled,
* parses the source after as many empty lines as there are lines above it in the script: code
  objects, syntax errors and columns are then right by themselves.

Users and the host get the path of the script for the name of such a file (script_paths.py, and the
frames here). Code from any other source (other clients, nested ``run_cell``) is compiled as usual.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import linecache
import sys
import types
from collections import OrderedDict
from pathlib import Path

import IPython

from . import breakpoint_prompts, program_exit
from .executed_sources import SOURCES
from .frames import describe_error
from .probe_socket import ProbeServer
from .script_paths import define_file, shown, use_text_in_numba
from .script_paths import install as show_script_paths
from .translated_lines import is_python, realign, split

KEY = "cellbridge"
REQUEST = "cellbridge_request"
REPLY = "cellbridge_reply"
RUN_LIMIT = 16
"""Runs whose frames are kept."""
PLACE_LIMIT = 5000
"""Frames that are searched for the cells in a traceback."""
TIMED = ("<timed exec>", "<timed eval>")
"""The names that %%time gives the code of its cell."""


def places(error, trace):
    """Yield the path and the line from 0 of each frame of an exception and of its causes."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, SyntaxError) and error.filename and error.lineno:
            yield error.filename, error.lineno - 1
        trace = trace if isinstance(trace, types.TracebackType) else error.__traceback__
        while trace is not None:
            yield trace.tb_frame.f_code.co_filename, trace.tb_lineno - 1
            trace = trace.tb_next
        error = error.__cause__ or error.__context__


class Probe:
    """The probe's state: the text that is compiled, and the frames of the last failed runs."""

    def __init__(self, shell, dispatch):
        self.shell = shell
        self.dispatch = dispatch
        """The function that answers queries about objects."""
        self.kernel = shell.kernel
        self.failures = OrderedDict()
        self.parsing = None
        """File name and padded source of the cell between `cache` and `ast_parse`."""
        self.source = None
        """The source of the cell that was registered last."""
        self.timed = None
        """The file name that replaces the names in `TIMED` at the moment."""

    def origin(self, raw):
        """Return path, line from 0 and owner of ``raw``, if it is the code of our request.

        The body of a cell magic, which the magic passes back to IPython, counts too.
        """
        parent = self.kernel.get_parent("shell") or {}
        metadata = parent.get("metadata") or {}
        origin = metadata.get(KEY)
        if not isinstance(origin, dict):
            return None
        code = parent["content"]["code"].rstrip()
        tail = raw.rstrip()
        before = code[: len(code) - len(tail)]
        if not tail or before + tail != code:
            return None
        if before and not (before.endswith("\n") and code.lstrip().startswith("%%")):
            return None
        line = int(origin["line"]) + before.count("\n")
        return str(origin["path"]), line, metadata.get("cellId") or ""

    def register_cell(self, raw, transformed):
        """Register our own cell's lines and return its file's name; None if it is not ours."""
        self.parsing = self.timed = None
        place = self.origin(raw)
        if place is None:
            return None
        path, first, owner = place
        raw_lines, new_lines = split(raw), split(transformed)
        if len(new_lines) == 1 and raw.lstrip().startswith("%%"):
            text = self.magic_lines(raw_lines, new_lines[0])
        else:
            text = new_lines = realign(raw_lines, new_lines)
        define_file(path)
        use_text_in_numba()
        self.source = SOURCES.add(path, first, owner, raw_lines, text)
        blank = len(raw_lines) - len("\n".join(raw_lines).lstrip("\n").split("\n"))
        padding = first if text is new_lines else first + blank
        self.parsing = (self.source.path, "\n" * padding + "\n".join(new_lines) + "\n")
        return self.source.path

    def magic_lines(self, raw_lines, call):
        """Return the lines to show for a cell magic: the call, and the body if it is Python."""
        start = next(at for at, line in enumerate(raw_lines) if line.strip())
        body = raw_lines[start + 1 :]
        shown = body if is_python("\n".join(body)) else [""] * len(body)
        return [""] * start + [call, *shown]

    def pad(self, filename, source):
        """Return the file name and the padded text with which ``source`` is parsed."""
        parsing, self.parsing = self.parsing, None
        if parsing is None and filename == "<unknown>":
            try:
                parsing = self.timed_source(source)
            except Exception:  # Boundary: the kernel continues without this feature
                return filename, source
            if parsing is not None:
                self.timed = filename = parsing[0]
        if parsing is None or parsing[0] != filename:
            return filename, source
        return parsing

    def timed_source(self, source):
        """Return path and padded source, if ``source`` is the translated body of our cell magic."""
        parent = self.kernel.get_parent("shell") or {}
        code = parent.get("content", {}).get("code", "")
        if KEY not in (parent.get("metadata") or {}) or not code.lstrip().startswith("%%"):
            return None
        _, _, body = code.lstrip().partition("\n")
        if self.shell.transform_cell(body).rstrip() != source.rstrip():
            return None
        path, line, _ = self.origin(body) or (None, 0, "")
        if path is None or self.source is None:
            return None
        lines = realign(split(body), split(source))
        return self.source.path, "\n" * line + "\n".join(lines) + "\n"

    # --- tracebacks -------------------------------------------------------------------------------

    def wrap_traceback(self, render):
        """Return IPython's ``structured_traceback``, limited to the lines that it will show.

        It analyses the whole text of each file in a traceback, which takes seconds for a long
        script. The script's path takes the place of our file names in what it returns.
        """

        def structured_traceback(etype, value, trace=None, *args, **kwargs):
            try:
                entries = self.narrow(value, trace)
            except Exception:  # Boundary: the kernel continues without this feature
                entries = {}
            try:
                lines = render(etype, value, trace, *args, **kwargs)
            finally:
                linecache.cache.update(entries)
            try:
                if type(lines) is list:
                    lines = [shown(line, entries) for line in lines]
                forget_analysis(entries)
            except Exception:  # Boundary: the kernel continues without this feature
                pass
            return lines

        return structured_traceback

    def narrow(self, error, trace):
        """Let `linecache` show only the lines of an exception's frames; return the old entries.

        IPython counts the lines of the file itself, and shows less without one.
        """
        met = {}
        for path, line in itertools.islice(places(error, trace), PLACE_LIMIT):
            source = SOURCES.find(path)
            if source is not None:
                met.setdefault(source, set()).add(line)
        for source, wanted in met.items():
            SOURCES.need_file(source)
            lines = source.excerpt(wanted)
            # No time stamp: linecache never compares such an entry with the file on disk.
            linecache.cache[source.path] = (len(lines), None, lines, source.path)
        return {source.path: (source.whole,) for source in met}

    # --- frames -----------------------------------------------------------------------------------

    def after_run(self, result):
        """Keep the frames of the run that has just ended, if it failed; called by IPython."""
        try:
            if self.source is not None:
                SOURCES.finish(self.source)
            error = getattr(result, "error_in_exec", None)
            error = error or getattr(result, "error_before_exec", None)
            run = self.kernel.get_parent("shell")["header"]["msg_id"]
            if error is not None:
                self.failures[run] = describe_error(error)
            # A nested cell, as in %%capture, may have failed without the outer one.
            self.failures.setdefault(run, [])
            while len(self.failures) > RUN_LIMIT:
                self.failures.popitem(last=False)
        except Exception:  # Boundary: the kernel continues without this feature
            pass

    def answer(self, stream, ident, parent):
        """Answer a request on the control channel; called by ipykernel in its control thread."""

        def send(reply):
            self.kernel.session.send(stream, REPLY, reply, parent, ident=ident)

        reply = self.handle(parent.get("content") or {})
        if callable(reply):  # Another thread finds the answer, but sockets belong to this one.
            loop = asyncio.get_running_loop()
            reply(lambda found: loop.call_soon_threadsafe(send, found))
        else:
            send(reply)

    def handle(self, query):
        """Return the answer to a query, or a function that takes a callback for it."""
        try:
            if query.get("op") == "frames":
                return {"status": "ok", "frames": self.frames_of_run(str(query.get("run") or ""))}
            return self.dispatch(query)
        except Exception:  # Boundary: the user's namespace may contain anything
            return {"status": "error"}

    def frames_of_run(self, run):
        """Return the frames of a run, or of the last finished run if ``run`` is empty."""
        if run in self.failures:
            return self.failures[run]
        running = (self.kernel.get_parent("shell") or {}).get("header", {}).get("msg_id")
        if run and run == running and getattr(sys, "last_value", None) is not None:
            # The error is shown, but the run has not ended yet.
            return describe_error(sys.last_value)
        if not run and self.failures:
            return next(reversed(self.failures.values()))
        return []


def forget_analysis(paths):
    """Remove some files from the caches of the libraries with which IPython analyses source.

    They keep every text forever, with some 200 kB for each.
    """
    for name in ("executing.executing", "stack_data.core"):
        library = vars(sys.modules.get(name, sys))
        space = vars(library.get("Source", object))
        for keys in ("__source_cache_with_lines", "__executing_cache"):
            for key in list(space.get(keys, ())):
                if getattr(key[0], "co_filename", key[0]) in paths:
                    del space[keys][key]
        for cached in (*space.values(), library.get("statement_containing_node")):
            getattr(cached, "cache_clear", bool)()


def compiler_class(base, probe):
    """Return a subclass of IPython's compiler class with our entry points."""

    class FileLines(base):
        """A compiler that gives our cells their file's name, and handles other code as usual."""

        cellbridge = True

        def cache(self, transformed_code, number=0, raw_code=None):
            """Name a cell and remember its lines; IPython calls it before parsing."""
            try:
                raw = transformed_code if raw_code is None else raw_code
                name = probe.register_cell(raw, transformed_code)
            except Exception:  # Boundary: the kernel continues without this feature
                name = probe.parsing = None
            return name or super().cache(transformed_code, number, raw_code)

        def ast_parse(self, source, filename="<unknown>", symbol="exec"):
            """Parse a cell on the lines it has in its file."""
            filename, source = probe.pad(filename, source)
            return super().ast_parse(source, filename, symbol)

        def __call__(self, source, filename, *args, **kwargs):
            """Compile; a cell with %%time gets its file's name."""
            if filename in TIMED and probe.timed is not None:
                filename = probe.timed
            return super().__call__(source, filename, *args, **kwargs)

        def format_code_name(self, name):
            """Show the name of a document without a path unchanged."""
            script = SOURCES.script(name)
            if script != name and not Path(script).is_absolute():
                return "File", script
            return super().format_code_name(name)

    return FileLines


def install(open_dispatcher, line, source_root):
    """Install all hooks or none; raises if IPython's interfaces are not as expected.

    ``line`` is where to listen for queries; empty if they come on the control channel.
    ``source_root`` is the directory for the texts of runs; empty without one.
    """
    shell = IPython.get_ipython()
    if shell is None or getattr(shell.compile, "cellbridge", False):
        return
    dispatch, begin = open_dispatcher(shell)
    probe = Probe(shell, dispatch)
    base, shows = type(shell.compile), (shell.InteractiveTB, shell.SyntaxTB)
    SOURCES.files.use(source_root)
    try:
        probe.kernel.get_parent("shell")
        probe.kernel.control_handlers[REQUEST] = probe.answer
        shell.compile.__class__ = compiler_class(base, probe)
        for one in shows:
            one.structured_traceback = probe.wrap_traceback(one.structured_traceback)
        shell.Completer.use_jedi = False
        shell.events.register("post_run_cell", probe.after_run)
        begin()
    except BaseException:
        probe.kernel.control_handlers.pop(REQUEST, None)
        shell.compile.__class__ = base
        for one in shows:
            vars(one).pop("structured_traceback", None)
        raise
    show_script_paths(shell)
    breakpoint_prompts.install()
    with contextlib.suppress(Exception):  # Boundary: the kernel continues without this feature
        program_exit.install(shell)
    if line:
        with contextlib.suppress(OSError):  # For example in a container without the host's files.
            ProbeServer(line, probe.handle)
