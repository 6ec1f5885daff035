# pyright: basic, reportMissingImports=false
# ruff: noqa: PLC0415 - pydevd is imported at the first attach only
# Basic: pydevd is untyped, and absent where this is checked.
"""Runs inside ipykernel: where and how often code stops, and how a stop ends.

Owns what differs from pydevd: an exception stops once; a step does not lead into the kernel's own
code, and ends with its run; an interrupt ends a stop. It must run on Python 3.9, must not import
cellbridge, and must not know breakpoints.
"""

import threading
from asyncio import CancelledError
from bdb import BdbQuit

from .following import MONITORING, untraced

NEVER_SHOWN = (KeyboardInterrupt, CancelledError, BdbQuit)
"""Exceptions by which a run is ended on request."""
BREAKPOINT = 111
"""pydevd's reason for a stop at a breakpoint (CMD_SET_BREAK)."""
STEP_INTO_USERS = 144
"""pydevd's command for a step into the user's own code (CMD_STEP_INTO_MY_CODE)."""
STEPS = frozenset({107, 108, 109, 128, STEP_INTO_USERS, 159, 160, 206})
"""pydevd's commands for steps (CMD_STEP_…), which are reasons for stops, too."""


class Stops:
    """The stops of all threads."""

    def __init__(self, engine):
        self.engine = engine
        self.shown = None
        """The innermost traceback of the exception that was shown last."""

    def wrap(self, db):
        """Replace pydevd's methods whose behaviour does not suit a kernel."""
        wait = db.do_wait_suspend
        kind_of, excluded = db.get_exception_breakpoint, db.exclude_exception_by_filter

        def do_wait_suspend(thread, frame, event, arg, exception_type=None):
            if event == "exception" and arg is not None:
                self.shown = innermost(arg[2])
            elif thread.stop_reason in STEPS and self.is_kernels(frame):
                return self.step_on(thread)
            try:
                return wait(thread, frame, event, arg, exception_type=exception_type)
            except KeyboardInterrupt:
                self.engine.resume()
                if event == "exception":
                    return None  # The exception ends the run, as an interrupt would.
                self.engine.lost_tracing = True
                raise

        def get_exception_breakpoint(kind, known):
            ends = isinstance(kind, type) and issubclass(kind, NEVER_SHOWN)
            return None if ends else kind_of(kind, known)

        def exclude_exception_by_filter(breakpoint_, trace):
            # pydevd stops in each frame that an exception leaves; once is enough.
            again = trace is not None and innermost(trace) is self.shown
            return again or excluded(breakpoint_, trace)

        db.do_wait_suspend = do_wait_suspend
        db.get_exception_breakpoint = get_exception_breakpoint
        db.exclude_exception_by_filter = exclude_exception_by_filter

    def stop(self, frame):
        """Stop this thread in a frame."""
        db, thread = self.engine.db, threading.current_thread()
        with untraced(db, thread) as info:
            db.set_suspend(thread, BREAKPOINT)
            if MONITORING is not None:
                info.trace_suspend_type = "sys_monitor"
            db.do_wait_suspend(thread, frame, "line", None)

    def stop_at_error(self, error):
        """Stop this thread in the frame where an exception left the user's code."""
        db, thread = self.engine.db, threading.current_thread()
        with untraced(db, thread):
            arg = (type(error), error, error.__traceback__)
            db.do_stop_on_unhandled_exception(thread, self.users_frame(error), {}, arg)

    def users_frame(self, error):
        """Return the innermost frame of an exception that is the user's own code."""
        trace, found = error.__traceback__, None
        while trace is not None:
            frame = trace.tb_frame
            outside = self.engine.db.apply_files_filter(frame, frame.f_code.co_filename, True)  # noqa: FBT003
            found = frame if found is None or not outside else found
            trace = trace.tb_next
        return found

    def is_kernels(self, frame):
        """Return True for a frame that the kernel runs, not the code of a cell.

        IPython runs each statement of a cell separately, so a step leads through it.
        """
        if not self.engine.db.apply_files_filter(frame, frame.f_code.co_filename, True):  # noqa: FBT003
            return False
        while frame is not None and not self.engine.is_run(frame.f_code.co_filename):
            if frame.f_code.co_filename.startswith(self.engine.hidden):
                return True
            frame = frame.f_back
        return False

    def step_on(self, thread):
        """Continue to the user's next line instead of a stop in the kernel's code."""
        self.engine.resume()
        info = self.engine.db.set_additional_thread_info(thread)
        info.pydev_step_cmd = info.pydev_original_step_cmd = STEP_INTO_USERS
        info.update_stepping_info()

    def end_run(self):
        """Drop the main thread's pending step: the code of the run has ended."""
        self.shown = None
        if self.engine.socket is None:
            return
        from _pydevd_bundle.pydevd_constants import get_thread_id

        main = threading.main_thread()
        if self.engine.db.set_additional_thread_info(main).pydev_step_cmd != -1:
            self.engine.api.request_resume_thread(get_thread_id(main))


def innermost(trace):
    """Return the innermost level of a traceback, which is the same while an exception rises."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace
