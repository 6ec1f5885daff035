# pyright: basic
# Basic: everything here is reached through untyped objects of Python and IPython.
"""Runs inside ipykernel: the script's path in place of the file names of runs, and ``__file__``.

Owns the places where Python and IPython show a file name to the user, or return one as a place in
the file system: there, the file of a run (executed_sources.py) is the script. Programs that read
source by a file name still get the name of the run's file. It must run on Python 3.9 and must not
import cellbridge.

The places: warnings, tracebacks as text, exceptions in threads, log records, IPython's help and
debugger, and `inspect` for frames. IPython's own tracebacks are in execution_hooks.py.
"""

import _thread
import builtins
import copy
import inspect
import logging
import os
import sys
import threading
import traceback
import types
import warnings

from .executed_sources import SOURCES

try:
    from IPython.utils.path import compress_user
except ImportError:  # An unexpected version of IPython.
    compress_user = str


def define_file(script):
    """Define ``__file__`` for the cells, unless ``script`` is a document without a path.

    It is among the built-in names, not among the cells' own. A program that finds it there takes
    the process for one that runs the script: `multiprocessing` would run the whole script again in
    each process that it spawns, and coverage would count the lines of the file on disk.
    """
    if script.startswith("/"):
        builtins.__file__ = script


def use_text_in_numba():
    """Let numba's cache know a function by its text, as it does for notebooks.

    Otherwise it prefers the age of the file, and each run has a new file.
    """
    caching = sys.modules.get("numba.core.caching")
    try:
        locators = caching.CacheImpl._locator_classes if caching is not None else []  # noqa: SLF001 - there is no other way
        names = [locator.__name__.strip("_") for locator in locators]
        if locators and names.index("IPythonCacheLocator") > names.index("InTreeCacheLocator"):
            by_text = locators.pop(names.index("IPythonCacheLocator"))
            locators.insert(names.index("InTreeCacheLocator"), by_text)
    except (AttributeError, ValueError):
        pass  # An unexpected version: what it keeps is right, and of no use after a restart.


def shown(text, paths):
    """Return a text with the files of runs replaced by their scripts, as IPython shows paths."""
    for path in paths:
        script = SOURCES.script(path)
        if script == path:
            continue
        name = compress_user(script) if script.startswith("/") else script
        for written in {path, compress_user(path)}:
            text = text.replace(written, name)
    return text


def install(shell):
    """Replace the functions of Python and of IPython that show file names."""
    for change in (
        show_in_warnings, show_in_tracebacks, show_in_threads, show_in_logs, show_in_frames,
        lambda: show_in_help(shell), show_in_debugger,
    ):  # fmt: skip
        try:
            change()
        except (AttributeError, ImportError, LookupError, TypeError):
            continue  # An unexpected version: the file of the run is shown.


def attempt(change, value):
    """Return the changed value; if the change fails, return the value itself."""
    try:
        return change(value)
    except Exception:  # Boundary: as without this feature
        return value


def show_in_warnings():
    """Name the script in the text of a warning, and show the line that ran."""
    original = vars(warnings)["_formatwarnmsg_impl"]

    def with_script(message):
        source = SOURCES.find(message.filename)
        if source is not None:
            line = source.line(message.lineno - 1) if message.line is None else message.line
            message = copy.copy(message)
            message.filename, message.line = source.script, line
        return message

    def format_warning(message):
        return original(attempt(with_script, message))

    # The public function for this loses what tracemalloc adds.
    setattr(warnings, "_formatwarnmsg_impl", format_warning)  # noqa: B010 - a private name


def show_in_tracebacks():
    """Name the script in the text that `traceback` makes, also for `logging` and `asyncio`."""
    original = traceback.StackSummary.format

    def format_stack(self, *args, **kwargs):
        return original(attempt(with_scripts, self), *args, **kwargs)

    traceback.StackSummary.format = format_stack


def with_scripts(stack):
    """Return a summary of a stack that names scripts; their lines are those that ran."""
    if not any(SOURCES.find(frame.filename) for frame in stack):
        return stack
    stack = copy.copy(stack)
    for at, frame in enumerate(stack):
        source = SOURCES.find(frame.filename)
        if source is not None:
            _ = frame.line  # It is read now, by the name of the file.
            stack[at] = copy.copy(frame)
            stack[at].filename = source.script
    return stack


def show_in_threads():
    """Let `traceback` show the exceptions in threads; before Python 3.13, C code does."""
    original = _thread._excepthook  # noqa: SLF001 - public from Python 3.10 on
    if sys.version_info >= (3, 13) or threading.excepthook is not original:
        return

    def show(args):
        if args.exc_type is SystemExit or sys.stderr is None:
            return
        name = args.thread.name if args.thread is not None else threading.get_ident()
        parts = traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)
        print(f"Exception in thread {name}:\n{''.join(parts)}", file=sys.stderr, end="", flush=True)

    threading.excepthook = show


def show_in_logs():
    """Name the script as ``pathname`` of log records."""
    original = logging.getLogRecordFactory()

    def with_script(record):
        record.pathname = SOURCES.script(record.pathname)
        return record

    def make_record(*args, **kwargs):
        return attempt(with_script, original(*args, **kwargs))

    logging.setLogRecordFactory(make_record)


def show_in_frames():
    """Return the script as the place of a frame; programs look for files next to it.

    Return the file of the run as the source of a class, which Python knows by its module only.
    """
    file_of, information_of = inspect.getfile, inspect.getframeinfo

    def getfile(object):  # noqa: A002 - the signature of inspect
        if isinstance(object, type) and object.__module__ == "__main__":
            path = SOURCES.find_class(object)
            if path is not None:
                return path
        path = file_of(object)
        place = isinstance(object, (types.FrameType, types.TracebackType))
        if place and sys._getframe(1).f_globals is not vars(inspect):  # noqa: SLF001 - the only way
            return SOURCES.script(path)
        return path  # inspect itself reads the source by this name.

    def getframeinfo(frame, context=1):
        information = information_of(frame, context)
        script = SOURCES.script(information.filename)
        if script == information.filename:
            return information
        changed = information._replace(filename=script)
        if hasattr(information, "positions"):  # Python 3.11 on
            changed.positions = information.positions
        return changed

    inspect.getfile, inspect.getframeinfo = getfile, getframeinfo


def show_in_help(shell):
    """Name the script in IPython's help."""
    original = shell.inspector.info

    def with_script(found):
        path = os.path.expanduser(found["file"])  # noqa: PTH111 - as text
        found["file"] = shown(found["file"], [path])
        return found

    shell.inspector.info = lambda *args, **kwargs: attempt(with_script, original(*args, **kwargs))


def show_in_debugger():
    """Name the script in the debugger's list of frames."""
    from IPython.core.debugger import Pdb  # noqa: PLC0415 - absent in an unexpected version

    original = Pdb.format_stack_entry

    def format_stack_entry(self, frame_lineno, *args, **kwargs):
        path = frame_lineno[0].f_code.co_filename
        text = original(self, frame_lineno, *args, **kwargs)
        return attempt(lambda text: shown(text, [path]), text)

    Pdb.format_stack_entry = format_stack_entry
