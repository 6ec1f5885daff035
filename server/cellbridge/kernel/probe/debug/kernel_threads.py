# pyright: basic
# Basic: the probe runs on the user's Python, for which no types are installed here.
"""Runs inside ipykernel: the code and the threads of the kernel, which a debugger does not show.

Owns the way to recognise and to mark them. It must run on Python 3.9, must not import cellbridge,
and must not know pydevd, except for the names of its marks.
"""

import os
import sys
import threading
from pathlib import Path

PACKAGES = ("ipykernel", "IPython", "tornado", "zmq", "jupyter_client", "traitlets", "debugpy")
"""Packages whose code is neither shown nor entered."""
MARKS = ("pydev_do_not_trace", "is_pydev_daemon_thread")
"""The attributes of threads that pydevd neither follows nor stops nor shows."""


def hidden_places():
    """Return the beginnings of the file names of code that is neither shown nor entered."""
    found = ["<cellbridge"]
    for name in PACKAGES:
        place = getattr(sys.modules.get(name), "__file__", None)
        if place:
            found.append(str(Path(place).parent) + os.sep)
    return tuple(found)


def hide_thread(thread):
    """Let pydevd neither follow nor stop nor show a thread."""
    for mark in MARKS:
        setattr(thread, mark, True)


def hide_kernel_threads():
    """Hide the threads of the kernel, of its libraries, and of the probe.

    They are recognised by the code with which they began: a thread of the user can have any name.
    """
    places, running = hidden_places(), sys._current_frames()  # noqa: SLF001 - there is no other way
    for thread in threading.enumerate():
        if not isinstance(thread, threading._DummyThread):  # noqa: SLF001 - as above
            own = thread is not threading.main_thread() and first_file(thread).startswith(places)
        elif (frame := running.get(thread.ident or 0)) is not None:
            own = outermost_file(frame).startswith(places)
        else:  # It has ended. Before Python 3.13, `threading` does not notice.
            vars(threading)["_active"].pop(thread.ident, None)
            own = True
        if own:
            hide_thread(thread)


def first_file(thread):
    """Return the file of the function that a thread runs; empty if it is unknown."""
    target = getattr(thread, "_target", None) or type(thread).run
    code = getattr(getattr(target, "__func__", target), "__code__", None)
    return "" if code is None else code.co_filename


def outermost_file(frame):
    """Return the file of the outermost frame, without those of pydevd, which starts threads."""
    found, pydevd = "", str(Path(sys.modules["debugpy"].__file__ or "").parent) + os.sep
    while frame is not None:
        if not frame.f_code.co_filename.startswith(pydevd):
            found = frame.f_code.co_filename
        frame = frame.f_back
    return found
