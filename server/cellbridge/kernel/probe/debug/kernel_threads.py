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
    """Hide the threads of the kernel, of its libraries, and of the probe."""
    places = hidden_places()
    for thread in threading.enumerate():
        target = getattr(thread, "_target", None) or type(thread).run
        code = getattr(getattr(target, "__func__", target), "__code__", None)
        own = code is not None and code.co_filename.startswith(places)
        if thread is not threading.main_thread() and own:
            hide_thread(thread)


def hide_new_threads(known):
    """Hide threads of the probe that pydevd has made known to Python; forget those that ended."""
    running = sys._current_frames()  # noqa: SLF001 - there is no other way
    for thread in set(threading.enumerate()) - known:
        if isinstance(thread, threading._DummyThread):  # noqa: SLF001 - as above
            frame = running.get(thread.ident or 0)
            if frame is None:
                vars(threading)["_active"].pop(thread.ident, None)
            elif frame.f_code.co_filename.startswith(hidden_places()):
                hide_thread(thread)
