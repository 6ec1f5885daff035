# pyright: basic, reportMissingImports=false
# ruff: noqa: PLC0415 - pydevd is imported at the first attach only
# Basic: pydevd is untyped, and absent where this is checked.
"""Runs inside ipykernel: how pydevd follows the code of all threads, and stops to follow it.

Owns the use of `sys.monitoring` and of trace functions. It must run on Python 3.9, must not import
cellbridge, and must not know breakpoints.

From Python 3.12 on, pydevd uses `sys.monitoring`. Before, it uses a trace function of each thread,
which costs much more, so none may be left after a debugger has detached.
"""

import contextlib
import ctypes
import sys
import threading
from typing import Any

MONITORING: Any = getattr(sys, "monitoring", None)
"""Python's module for following code; None before Python 3.12."""
SETTRACE: Any = sys.settrace
"""Python's own function. While pydevd debugs, it is replaced by one that prints a warning."""


class Following:
    """The state of following code, in all threads."""

    def __init__(self):
        self.wanted = False
        """True from an attach to the next detach."""
        self.leave_main = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(self.leave_if_unwanted)
        """A C function for the main thread, which may call it much later."""

    def wrap(self, db):
        """Let each thread leave that begins to follow its code too late."""
        follow = db.enable_tracing

        def enable_tracing(*args, **kwargs):
            follow(*args, **kwargs)  # Each thread calls it at its first event.
            if not self.wanted and MONITORING is None:
                leave()

        db.enable_tracing = enable_tracing

    def start_again(self, db):
        """Follow code again, in all threads."""
        import pydevd_tracing

        pydevd_tracing.replace_sys_set_trace_func()
        db.patch_threads()
        db.enable_tracing(db.trace_dispatch, apply_to_all_threads=True)
        db.set_tracing_for_untraced_contexts()

    def stop(self):
        """Remove what makes the code of all threads slow."""
        if MONITORING is not None:
            from _pydevd_sys_monitoring import pydevd_sys_monitoring

            for code in list(getattr(pydevd_sys_monitoring, "_code_to_func_code_info_cache", ())):
                pydevd_sys_monitoring.disable_code_tracing(code)
            pydevd_sys_monitoring.stop_monitoring(all_threads=True)
            return
        import pydevd_tracing
        from _pydev_bundle import pydev_monkey

        pydevd_tracing.restore_sys_set_trace_func()
        undo = getattr(pydev_monkey, "undo_patch_thread_modules", None)
        if undo is not None:
            undo()
        threading.settrace(None)  # pyright: ignore[reportArgumentType] - as documented
        # Each thread leaves at its next call; the main thread also in a loop without calls.
        pydevd_tracing.set_trace_to_threads(leave)
        ctypes.pythonapi.Py_AddPendingCall(self.leave_main, None)

    def leave_if_unwanted(self, _):
        """Leave tracing, unless a debugger is attached again."""
        if not self.wanted:
            SETTRACE(None)
        return 0


def stop_in_child():
    """Run at full speed in a forked process, whose only thread calls this."""
    if MONITORING is None:
        import pydevd_tracing

        pydevd_tracing.restore_sys_set_trace_func()
        threading.settrace(None)  # pyright: ignore[reportArgumentType] - as documented
        sys.settrace(None)
    elif MONITORING.get_tool(MONITORING.DEBUGGER_ID) == "pydevd":
        MONITORING.set_events(MONITORING.DEBUGGER_ID, 0)
        MONITORING.free_tool_id(MONITORING.DEBUGGER_ID)


@contextlib.contextmanager
def untraced(db, thread):
    """Follow no code of pydevd in this thread meanwhile; yield pydevd's notes on the thread."""
    info = db.set_additional_thread_info(thread)
    info.is_tracing += 1
    if MONITORING is not None:
        db.enable_tracing()
        db.disable_tracing()
    try:
        yield info
    finally:
        info.is_tracing -= 1
        if MONITORING is not None:
            db.enable_tracing()


def leave(*_):
    """Leave tracing, in the thread that calls it."""
    SETTRACE(None)
