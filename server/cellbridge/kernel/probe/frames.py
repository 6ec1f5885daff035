# pyright: basic
# Basic: everything here is reached through Python's untyped frames.
"""Runs inside ipykernel: the frames of exceptions and of stopped threads, and their places.

Owns which frames belong to the user's code, and their description as plain data. It must run on
Python 3.9, must not import cellbridge, and must not know the use of the frames.

A level is a frame with its line from 0 and its instruction. Those of an exception differ from the
frame's own, which may have continued.
"""

import codeop
import itertools
import linecache
import os
import sys
import threading
from pathlib import Path

import ipykernel
import IPython

from .executed_sources import SOURCES

FRAME_LIMIT = 50
FIRST_FRAMES = 10
"""Frames kept from the start of a deeper stack; the others are kept from its end."""
_KERNEL = tuple(str(Path(str(one.__file__)).parent) + os.sep for one in (IPython, ipykernel))
INTERNAL = (*_KERNEL, codeop.__file__, "<frozen ", "<decorator-gen", "<cellbridge")
"""The path prefixes of IPython's and Python's own frames below a cell."""


def levels_of_error(error):
    """Return the levels of an exception, outermost first."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith(INTERNAL):
            found.append((trace.tb_frame, trace.tb_lineno - 1, trace.tb_lasti))
        trace = trace.tb_next
    return shorten(found)


def levels_of_stop(frame_id):
    """Return the levels of the thread that a debugger has stopped in a frame, outermost first.

    ``frame_id`` is the identity of the frame in which it has stopped; 0 means any stopped thread,
    above all the main one.
    """
    threads = sys._current_frames()  # noqa: SLF001 - there is no other way
    main = threading.main_thread().ident
    for ident in sorted(threads, key=lambda ident: ident != main):
        found = stopped_frame(threads[ident])
        levels = levels_below(found) if found is not None else []
        if levels and (not frame_id or any(id(level[0]) == frame_id for level in levels)):
            return shorten(levels)
    return []


def frame_id_of(debugger_id):
    """Return the identity of the frame to which the debugger has given a number; 0 if unknown."""
    schema = sys.modules.get("_pydevd_bundle._debug_adapter.pydevd_base_schema")
    known = getattr(getattr(schema, "BaseSchema", None), "_dap_id_to_obj_id", {})
    found = known.get(debugger_id)
    return found if type(found) is int else 0


def stopped_frame(frame):
    """Return the frame in which a thread waits for the debugger; None if it does not wait."""
    while frame is not None and frame.f_code.co_name != "do_wait_suspend":
        frame = frame.f_back
    path = "" if frame is None else frame.f_code.co_filename
    if os.path.basename(path) != "pydevd.py":  # noqa: PTH119 - as text
        return None
    debugger = path[: -len("pydevd.py")]
    while frame is not None and frame.f_code.co_filename.startswith(debugger):
        frame = frame.f_back
    return frame


def levels_below(frame):
    """Return the levels of running code up to a frame, from its cell's outermost frame on."""
    found = []
    while frame is not None:
        code = frame.f_code
        if code.co_name == "run_code" and code.co_filename.startswith(_KERNEL):
            break
        if not code.co_filename.startswith(INTERNAL):
            line = frame.f_lineno or code.co_firstlineno
            found.append((frame, line - 1, frame.f_lasti))
        frame = frame.f_back
    return found[::-1]


def shorten(levels):
    """Return the levels that are kept of a deep stack."""
    if len(levels) <= FRAME_LIMIT:
        return levels
    return levels[:FIRST_FRAMES] + levels[FIRST_FRAMES - FRAME_LIMIT :]


def describe_error(error):
    """Return the frames of an exception as plain data, outermost first."""
    frames = [describe(level) for level in levels_of_error(error)]
    if is_syntax_error(error):
        frames.append(syntax_frame(error))
    return frames


def describe(level):
    """Return one level as plain data."""
    frame, line, instruction = level
    code = frame.f_code
    column, end = columns(code, instruction, line)
    return {
        **SOURCES.place(code.co_filename, line),
        "name": code.co_name,
        "column": column,
        "end_column": end,
    }


def is_syntax_error(error):
    """Return True for a syntax error with a place, which is its last frame."""
    return isinstance(error, SyntaxError) and bool(error.filename and error.lineno)


def syntax_frame(error):
    """Return the place of a syntax error as a frame."""
    column = error.offset - 1 if error.offset else None
    end = getattr(error, "end_offset", None)
    one_line = getattr(error, "end_lineno", None) in (None, error.lineno)
    keeps = bool(end) and one_line and column is not None and end - 1 > column
    if error.lineno - 1 in getattr(SOURCES.find(error.filename), "altered", ()):
        column, keeps = None, False
    return {
        **SOURCES.place(error.filename, error.lineno - 1),
        "name": "<module>",
        "column": column,
        "end_column": end - 1 if end and keeps else None,
    }


def columns(code, instruction, line):
    """Return the first and last column, in code points, of the expression of an instruction.

    Both are None if they are unknown.
    """
    positions = getattr(code, "co_positions", None)  # Python 3.11 on
    if positions is None or instruction < 0:
        return None, None
    source = SOURCES.find(code.co_filename)
    if source is not None and line in source.altered:
        return None, None
    found = next(itertools.islice(positions(), instruction // 2, None), None)
    if found is None or found[0] != line + 1 or found[2] is None:
        return None, None
    text = source.line(line) if source else linecache.getline(code.co_filename, line + 1)
    text = text.encode("utf-8", "surrogatepass")
    if not text:
        return None, None
    start = points(text, found[2])
    end = points(text, found[3]) if found[1] == found[0] and found[3] is not None else None
    return start, end


def points(text, count):
    """Return the number of characters in the first ``count`` bytes of UTF-8."""
    return len(text[:count].decode("utf-8", "ignore"))
