# Size: it travels to the kernel as one text, which cannot import its own parts.
# pyright: basic
# Basic, as everything here is reached through IPython's and ipykernel's untyped objects.
# ruff: noqa: S110 - see "Safety" below: the kernel's log is not the place for our faults
"""Runs inside ipykernel: file lines for cells, and where a run failed.

Owns what must happen in the user's own Python. It must not import cellbridge, must not print, must
not leave a name in the user's namespace, and must run on every Python that ipykernel 6.30 and later
support (3.9 on).

Safety: whatever goes wrong here must leave a kernel that behaves as if we were not there. So each
entry point called by IPython or ipykernel falls back to the original behaviour on any exception.

How cells get file lines. ipykernel names a cell's code after a temporary file and counts lines from
1. Our requests say in their metadata which file and line the source came from, so the compiler

* names the code after that file,
* parses the source below as many empty lines as stand above it in the file: code objects, syntax
  errors and columns come out right by themselves,
* keeps what was run of each file in `linecache`, so that tracebacks, `inspect.getsource` and the
  debugger find the lines although the file on disk may differ.

Code that comes by any other way (other clients, nested ``run_cell``) is compiled as ever.
"""

from __future__ import annotations

import ast
import asyncio
import codeop
import contextlib
import difflib
import itertools
import linecache
import os
import sys
from collections import OrderedDict
from pathlib import Path

import ipykernel
import IPython

from .probe_socket import Line

KEY = "cellbridge"
REQUEST = "cellbridge_request"
REPLY = "cellbridge_reply"
FRAME_LIMIT = 50
FIRST_FRAMES = 10
"""Of a deeper traceback, so many are kept from its start and the rest from its end."""
RUN_LIMIT = 16
"""Runs of which it is remembered where they failed."""
PLACE_LIMIT = 5000
"""Frames looked at to find the cells that a traceback shows."""
LONG_CELL = 400
"""Of a cell with more lines, only `WINDOW` lines before and after a frame are analysed."""
WINDOW = 30
TIMED = ("<timed exec>", "<timed eval>")
"""What %%time calls the code of its cell."""


class Sheet:
    """The lines of one file that were run, each as it was when it ran; the others are blank."""

    def __init__(self, path):
        self.path = path
        self.lines = []
        self.owners = []
        self.places = {}
        self.altered = set()
        """Lines from 0 whose text is IPython's translation: columns in them mean nothing."""

    def lay(self, owner, first, raw, text):
        """Put a cell's lines in place, instead of those it had before."""
        old_first, old_count = self.places.get(owner, (0, 0))
        for line in range(old_first, old_first + old_count):
            if self.owners[line] == owner:
                self.lines[line], self.owners[line] = "\n", None
        end = first + len(text)
        missing = end - len(self.lines)
        self.lines.extend(["\n"] * missing)
        self.owners.extend([None] * missing)
        self.lines[first:end] = [line + "\n" for line in text]
        self.owners[first:end] = [owner] * len(text)
        self.places[owner] = (first, len(text))
        self.altered.difference_update(range(first, end))
        pairs = itertools.zip_longest(text, raw[: len(text)])
        self.altered.update(first + at for at, (new, old) in enumerate(pairs) if new != old)
        # No time stamp: linecache never compares such an entry with the file on disk.
        linecache.cache[self.path] = (len(self.lines), None, self.lines, self.path)

    def excerpt(self, wanted):
        """Return the lines of the cells that hold the ``wanted`` lines, or their surroundings."""
        lines = ["\n"] * len(self.lines)
        for line in wanted:
            if line >= len(lines):
                continue
            first, count = self.places.get(self.owners[line], (line, 1))
            if count > LONG_CELL:
                first, count = max(first, line - WINDOW), 2 * WINDOW
            for at in range(first, min(first + count, len(lines))):
                if self.owners[at] == self.owners[line]:
                    lines[at] = self.lines[at]
        return lines


def places(error, trace):
    """Yield path and line from 0 of each frame of an exception and of those that led to it."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        trace = error.__traceback__ if trace is None else trace
        while trace is not None:
            yield trace.tb_frame.f_code.co_filename, trace.tb_lineno - 1
            trace = trace.tb_next
        error = error.__cause__ or error.__context__


def split(text):
    """Return lines without their ends; unlike splitlines, only line feeds count."""
    return text.rstrip("\n").split("\n")


def realigned(raw, new):
    """Return the translated lines ``new`` with blank ones put in, each where it stood before.

    IPython drops leading blank lines and joins magics that span several lines.
    """
    blank = next((at for at, line in enumerate(raw) if line.strip()), len(raw))
    if new and new[0].strip():
        new = [""] * blank + new
    if len(new) >= len(raw):
        return new
    lines = []
    matcher = difflib.SequenceMatcher(None, raw, new, autojunk=False)
    for _, raw_start, raw_end, new_start, new_end in matcher.get_opcodes():
        lines += new[new_start:new_end]
        lines += [""] * ((raw_end - raw_start) - (new_end - new_start))
    return lines


def parses(source):
    """Tell whether ``source`` is Python."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class Probe:
    """What the probe knows: the sheets of the files run here and where the last runs failed."""

    def __init__(self, shell, tell):
        self.shell = shell
        self.tell = tell
        """What answers questions about objects."""
        self.kernel = shell.kernel
        self.sheets = {}
        self.failures = OrderedDict()
        self.parsing = None
        """Path and padded source of the cell between `cache` and `ast_parse`."""
        self.timed = None
        """The path that stands for the names in `TIMED` now."""

    def origin(self, raw):
        """Return path, line from 0 and owner of ``raw``, if it is what our request asked to run.

        The body of a cell magic, which the magic hands back to IPython, counts too.
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

    def cached(self, raw, transformed):
        """Lay a cell of ours into its sheet and return its file's name; None if it is not ours."""
        self.parsing = self.timed = None
        place = self.origin(raw)
        if place is None:
            return None
        path, first, owner = place
        raw_lines, new_lines = split(raw), split(transformed)
        if len(new_lines) == 1 and raw.lstrip().startswith("%%"):
            text = self.magic_lines(raw_lines, new_lines[0])
        else:
            text = new_lines = realigned(raw_lines, new_lines)
        if path not in self.sheets:
            self.sheets[path] = Sheet(path)
        self.sheets[path].lay(owner, first, raw_lines, text)
        blank = len(raw_lines) - len("\n".join(raw_lines).lstrip("\n").split("\n"))
        padding = first if text is new_lines else first + blank
        self.parsing = (path, "\n" * padding + "\n".join(new_lines) + "\n")
        return path

    def magic_lines(self, raw_lines, call):
        """Return the lines to show for a cell magic: the call, and the body where it is Python."""
        start = next(at for at, line in enumerate(raw_lines) if line.strip())
        body = raw_lines[start + 1 :]
        shown = body if parses("\n".join(body)) else [""] * len(body)
        return [""] * start + [call, *shown]

    def padded(self, filename, source):
        """Return the name and the text to parse ``source`` under."""
        parsing, self.parsing = self.parsing, None
        if parsing is None and filename == "<unknown>":
            try:
                parsing = self.timed_source(source)
            except Exception:  # Boundary: the kernel works on as if we were not there
                return filename, source
            if parsing is not None:
                self.timed = filename = parsing[0]
        if parsing is None or parsing[0] != filename:
            return filename, source
        return parsing

    def timed_source(self, source):
        """Return path and padded source if ``source`` is the translated body of our cell magic."""
        parent = self.kernel.get_parent("shell") or {}
        code = parent.get("content", {}).get("code", "")
        if KEY not in (parent.get("metadata") or {}) or not code.lstrip().startswith("%%"):
            return None
        _, _, body = code.lstrip().partition("\n")
        if self.shell.transform_cell(body).rstrip() != source.rstrip():
            return None
        path, line, _ = self.origin(body) or (None, 0, "")
        if path is None:
            return None
        lines = realigned(split(body), split(source))
        return path, "\n" * line + "\n".join(lines) + "\n"

    # --- tracebacks -------------------------------------------------------------------------------

    def around(self, render):
        """Return IPython's ``structured_traceback`` over only those lines that it will show.

        It analyses the whole text of each file it meets, which takes seconds for a long script.
        """

        def structured_traceback(etype, value, trace=None, *args, **kwargs):
            try:
                whole = self.narrow(value, trace)
            except Exception:  # Boundary: the kernel works on as if we were not there
                whole = {}
            try:
                return render(etype, value, trace, *args, **kwargs)
            finally:
                linecache.cache.update(whole)

        return structured_traceback

    def narrow(self, error, trace):
        """Leave only the cells of an exception's frames in `linecache`; return what was there."""
        met = {}
        for path, line in itertools.islice(places(error, trace), PLACE_LIMIT):
            if path in self.sheets:
                met.setdefault(path, set()).add(line)
        whole = {path: linecache.cache[path] for path in met if path in linecache.cache}
        for path in whole:
            lines = self.sheets[path].excerpt(met[path])
            linecache.cache[path] = (len(lines), None, lines, path)
        return whole

    # --- frames -----------------------------------------------------------------------------------

    def after_run(self, result):
        """Remember where the run that has just ended failed, if it did; called by IPython."""
        try:
            error = getattr(result, "error_in_exec", None)
            error = error or getattr(result, "error_before_exec", None)
            run = self.kernel.get_parent("shell")["header"]["msg_id"]
            if error is not None:
                self.failures[run] = self.frames(error)
            # A cell within a cell, as %%capture runs it, may have failed without the outer one.
            self.failures.setdefault(run, [])
            while len(self.failures) > RUN_LIMIT:
                self.failures.popitem(last=False)
        except Exception:  # Boundary: the kernel works on as if we were not there
            pass

    def answer(self, stream, ident, parent):
        """Answer a request on the control channel; called by ipykernel in its control thread."""

        def send(reply):
            self.kernel.session.send(stream, REPLY, reply, parent, ident=ident)

        reply = self.told(parent.get("content") or {})
        if callable(reply):  # It is found in another thread, but sockets belong to this one.
            loop = asyncio.get_running_loop()
            reply(lambda found: loop.call_soon_threadsafe(send, found))
        else:
            send(reply)

    def told(self, asked):
        """Return the answer to a question, or what will call with it once it is there."""
        try:
            if asked.get("op") == "frames":
                return {"status": "ok", "frames": self.found(str(asked.get("run") or ""))}
            return self.tell(asked)
        except Exception:  # Boundary: what stands in the user's namespace may be anything
            return {"status": "error"}

    def found(self, run):
        """Return the frames of a run, or of the last that ended where ``run`` is empty."""
        if run in self.failures:
            return self.failures[run]
        running = (self.kernel.get_parent("shell") or {}).get("header", {}).get("msg_id")
        if run and run == running and getattr(sys, "last_value", None) is not None:
            # The error is shown, the run is not quite over.
            return self.frames(sys.last_value)
        if not run and self.failures:
            return next(reversed(self.failures.values()))
        return []

    def frames(self, error):
        """Return the frames of an exception as plain data, outermost first."""
        skipped = internal_places()
        found = []
        trace = error.__traceback__
        while trace is not None:
            path = trace.tb_frame.f_code.co_filename
            if not path.startswith(skipped):
                found.append(trace)
            trace = trace.tb_next
        if len(found) > FRAME_LIMIT:
            found = found[:FIRST_FRAMES] + found[FIRST_FRAMES - FRAME_LIMIT :]
        frames = [self.frame(trace) for trace in found]
        if isinstance(error, SyntaxError) and error.filename and error.lineno:
            frames.append(self.syntax_frame(error))
        return frames

    def frame(self, trace):
        """Return one level of a traceback."""
        code = trace.tb_frame.f_code
        line = trace.tb_lineno - 1
        column, end = self.columns(code, trace.tb_lasti, line)
        return {
            "path": code.co_filename,
            "line": line,
            "name": code.co_name,
            "column": column,
            "end_column": end,
        }

    def syntax_frame(self, error):
        """Return the place that could not be parsed."""
        column = error.offset - 1 if error.offset else None
        end = getattr(error, "end_offset", None)
        one_line = getattr(error, "end_lineno", None) in (None, error.lineno)
        keeps = bool(end) and one_line and column is not None and end - 1 > column
        if error.lineno - 1 in getattr(self.sheets.get(error.filename), "altered", ()):
            column, keeps = None, False
        return {
            "path": error.filename,
            "line": error.lineno - 1,
            "name": "<module>",
            "column": column,
            "end_column": end - 1 if end and keeps else None,
        }

    def columns(self, code, instruction, line):
        """Return the failing expression's first and last column in code points, where known."""
        positions = getattr(code, "co_positions", None)  # Python 3.11 on
        if positions is None or instruction < 0:
            return None, None
        if line in getattr(self.sheets.get(code.co_filename), "altered", ()):
            return None, None
        place = next(itertools.islice(positions(), instruction // 2, None), None)
        if place is None or place[0] != line + 1 or place[2] is None:
            return None, None
        text = linecache.getline(code.co_filename, line + 1).encode("utf-8", "surrogatepass")
        if not text:
            return None, None
        start = points(text, place[2])
        end = points(text, place[3]) if place[1] == place[0] and place[3] is not None else None
        return start, end


def points(text, count):
    """Return how many characters the first ``count`` bytes of UTF-8 are."""
    return len(text[:count].decode("utf-8", "ignore"))


def internal_places():
    """Return the beginnings of file names that belong to the machinery below a cell."""
    packages = [str(Path(str(module.__file__)).parent) + os.sep for module in (IPython, ipykernel)]
    return (*packages, codeop.__file__, "<frozen ", "<decorator-gen", "<cellbridge")


def compiler_class(base, probe):
    """Return IPython's compiler class with our three entry points over it."""

    class FileLines(base):
        """Compiles cells of ours under their file's name, everything else as ever."""

        cellbridge = True

        def cache(self, transformed_code, number=0, raw_code=None):
            """Name a cell and remember its lines; IPython calls it before parsing."""
            try:
                raw = transformed_code if raw_code is None else raw_code
                name = probe.cached(raw, transformed_code)
            except Exception:  # Boundary: the kernel works on as if we were not there
                name = probe.parsing = None
            return name or super().cache(transformed_code, number, raw_code)

        def ast_parse(self, source, filename="<unknown>", symbol="exec"):
            """Parse a cell on the lines it has in its file."""
            filename, source = probe.padded(filename, source)
            return super().ast_parse(source, filename, symbol)

        def __call__(self, source, filename, *args, **kwargs):
            """Compile; the cell under %%time gets its file's name."""
            if filename in TIMED and probe.timed is not None:
                filename = probe.timed
            return super().__call__(source, filename, *args, **kwargs)

        def format_code_name(self, name):
            """Show the name of a document that has no path as it is."""
            if name in probe.sheets and not Path(name).is_absolute():
                return "File", name
            return super().format_code_name(name)

    return FileLines


def install(opened, line):
    """Put everything in place, or nothing; raises where this is not the IPython we know.

    ``line`` is where to listen for questions; empty where they come on the control channel.
    """
    shell = IPython.get_ipython()
    if shell is None or getattr(shell.compile, "cellbridge", False):
        return
    tell, begin = opened(shell)
    probe = Probe(shell, tell)
    base, render = type(shell.compile), shell.InteractiveTB.structured_traceback
    try:
        probe.kernel.get_parent("shell")
        probe.kernel.control_handlers[REQUEST] = probe.answer
        shell.compile.__class__ = compiler_class(base, probe)
        shell.InteractiveTB.structured_traceback = probe.around(render)
        shell.Completer.use_jedi = False
        shell.events.register("post_run_cell", probe.after_run)
        begin()
    except BaseException:
        probe.kernel.control_handlers.pop(REQUEST, None)
        shell.compile.__class__ = base
        vars(shell.InteractiveTB).pop("structured_traceback", None)
        raise
    if line:
        with contextlib.suppress(OSError):  # As in a container, where the host's files are not.
            Line(line, probe.told)
