# pyright: basic
# Basic: the probe runs on the user's Python, for which no types are installed here.
"""Runs inside ipykernel: the text of each run, under a file name of its own.

Owns the texts, and their entries in `linecache`. It must run on Python 3.9, must not import
cellbridge, and must not know IPython.

The code of a run is compiled under the name of a file that contains exactly its text, on the lines
that it had in the script (run_files.py). Another text has another name, so each reader of the file
of a code object gets the text that ran, in this process and in those that it starts.

A cell that defines nothing with code of its own has its text in `linecache` only, unless a program
follows the lines that run, or IPython shows the cell in a traceback: a file costs more than the run
of a small cell.

Bounds. The texts of the last `RUNS` runs are kept, up to `PACKED` bytes when compressed; from them,
`linecache` reads the texts that are not on disk. The source of an older run is unknown, and never
that of another run.
"""

import itertools
import linecache
import re
import sys
import zlib
from collections import OrderedDict

from .run_files import RunFiles

RUNS = 10_000
PACKED = 16 * 1024 * 1024
READ = 32
"""Texts that `linecache` may hold as lines after each `SWEEP` runs."""
SWEEP = 256
SHORT = 256
"""Bytes of a text that is not worth compressing."""
LINE_LIMIT = 500
"""Characters of the longest line that is reported with its place."""
LONG_CELL = 400
"""Of a cell with more lines, only `WINDOW` lines before and after a frame are analysed."""
WINDOW = 30
_DEFINITION = re.compile(r"\b(?:def|class|lambda)\b")


class Text(str):
    """A text whose lines end at line feeds only, for `linecache`."""

    __slots__ = ()

    def splitlines(self, keepends=False):  # noqa: FBT002 - the signature of str
        """Return the lines, as `linecache` requests them."""
        lines = self.split("\n")
        lines = lines if lines[-1] else lines[:-1]
        return [line + "\n" for line in lines] if keepends else lines


class RunSource:
    """The text of one run, on its lines in the script."""

    __slots__ = ("altered", "cell", "first", "number", "packed", "path", "script", "short")

    def __init__(self, path, script, first, cell, text):
        self.path = path
        """The file name of the run's code objects."""
        self.script = script
        """The path of the script, or the name of a document without a path."""
        self.first = first
        """The line of the script, from 0, of the first line of the text."""
        self.cell = cell
        """The id of the cell."""
        content = text.encode("utf-8", "surrogatepass")
        self.short = len(content) <= SHORT
        self.packed = content if self.short else zlib.compress(content, 1)
        self.altered = ()
        """Lines, from 0, whose text is IPython's translation: columns in them are meaningless."""
        self.number = 0
        """The number of its last run among all runs."""

    def text(self):
        """Return the text that was compiled."""
        content = self.packed if self.short else zlib.decompress(self.packed)
        return content.decode("utf-8", "surrogatepass")

    def whole(self):
        """Return the text with as many empty lines above it as the script had lines."""
        return Text("\n" * self.first + self.text())

    def lines(self):
        """Return the lines of the text, without the empty ones above it."""
        return Text(self.text()).splitlines(keepends=True)

    def line(self, number):
        """Return a line of the script, from 0, as it ran; empty outside the text."""
        lines = self.lines()
        return lines[number - self.first] if 0 <= number - self.first < len(lines) else ""

    def excerpt(self, wanted):
        """Return the lines from the script's start on; of a long cell, those around ``wanted``."""
        lines = self.lines()
        if len(lines) > LONG_CELL:
            kept = {
                at
                for line in wanted
                for at in range(line - self.first - WINDOW, line - self.first + WINDOW)
            }
            lines = [line if at in kept else "\n" for at, line in enumerate(lines)]
        return ["\n"] * self.first + lines


class ExecutedSources:
    """The texts of all runs of this kernel, within the bounds."""

    def __init__(self):
        self.files = RunFiles()
        self.runs = OrderedDict()
        """The run sources by their path, the latest last."""
        self.packed = 0
        self.added = 0
        self.followers = []
        """Functions that are called with the source of each run before it is compiled."""

    def add(self, script, first, cell, raw, text):
        """Keep the lines ``text`` of a run, whose lines before IPython's translation were ``raw``.

        Return its `RunSource`.
        """
        whole = "\n".join(text) + "\n"
        path = self.files.path(script, f"{first}\0{whole}")
        source = self.runs.pop(path, None)
        if source is None:
            source = RunSource(path, script, first, cell, whole)
            self.packed += len(source.packed)
            pairs = itertools.zip_longest(text, raw[: len(text)])
            source.altered = tuple(first + at for at, (new, old) in enumerate(pairs) if new != old)
        source.cell = cell
        self.runs[path] = source
        if path in self.files:
            self.files.touch(path)
        elif _DEFINITION.search(whole) or is_followed():
            self.need_file(source)
        linecache.cache.setdefault(path, (source.whole,))
        self.added += 1
        source.number = self.added
        self.keep_bounds()
        for follow in self.followers:
            follow(source)
        return source

    def finish(self, source):
        """Write the file of a run that has made a program follow the lines, such as coverage."""
        if is_followed():
            self.need_file(source)

    def need_file(self, source):
        """Write the file of a run if it is not on disk."""
        if source.path not in self.files:
            self.files.write(source.path, source.whole())

    def keep_bounds(self):
        """Forget the oldest texts, remove the oldest files, and empty `linecache`'s lines."""
        while len(self.runs) > RUNS or self.packed > PACKED:
            path, old = self.runs.popitem(last=False)
            self.packed -= len(old.packed)
            self.files.remove(path)
            linecache.cache.pop(path, None)
        for path in self.files.remove_oldest():
            linecache.cache[path] = (self.runs[path].whole,)
        if self.added % SWEEP == 0:
            self.sweep()

    def sweep(self):
        """Let `linecache` know all texts, and hold few of them as lines."""
        held = 0
        for path, source in reversed(self.runs.items()):
            read = len(linecache.cache.get(path, ())) > 1
            held += read
            if not read or held > READ:
                linecache.cache[path] = (source.whole,)

    def find(self, path):
        """Return the run source with a path; None for any other file."""
        return self.runs.get(path)

    def script(self, path):
        """Return the script's path for the file of a run; any other path unchanged."""
        source = self.runs.get(path)
        return path if source is None else source.script

    def place(self, path, line):
        """Return a line of a file: for the code of a cell the script, and the line that ran."""
        source = self.find(path)
        if source is None:
            return {"path": path, "line": line}
        text = "" if line in source.altered else source.line(line).rstrip("\n")
        return {
            "path": source.script, "line": line, "cell": source.cell,
            "cell_line": line - source.first, "text": text if len(text) <= LINE_LIMIT else "",
        }  # fmt: skip

    def find_class(self, cls):
        """Return the path of the run that defined a class; None if that is not certain."""
        space = vars(cls)
        for value in space.values():
            for function in (value, getattr(value, "__func__", None), getattr(value, "fget", None)):
                path = getattr(getattr(function, "__code__", None), "co_filename", None)
                own = str(getattr(function, "__qualname__", "")).startswith(f"{cls.__qualname__}.")
                if own and path in self.runs:
                    return path
        head = re.compile(rf"^[ \t]*class[ \t]+{re.escape(cls.__name__)}\b", re.MULTILINE)
        found = [one for one in reversed(self.runs.values()) if head.search(one.text())]
        line = space.get("__firstlineno__")  # Python 3.13 on
        if line is not None:
            begin = ("class", "@")
            found = [one for one in found if one.line(line - 1).lstrip().startswith(begin)]
        texts = {one.text() for one in found}
        return found[0].path if len(texts) == 1 else None


SOURCES = ExecutedSources()
"""The texts of this kernel's runs."""


def is_followed():
    """Return True if a program follows the lines that run, such as coverage or a debugger."""
    monitoring = getattr(sys, "monitoring", None)  # Python 3.12 on
    return sys.gettrace() is not None or (
        monitoring is not None and any(map(monitoring.get_tool, range(6)))
    )
