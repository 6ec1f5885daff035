# Size: the only file that knows pydevd's names, so that one test can check all of them.
# pyright: basic, reportMissingImports=false
# ruff: noqa: PLC0415 - pydevd is imported at the first attach only
# Basic: pydevd is untyped, and absent where this is checked.
"""Runs inside ipykernel: pydevd, the debugger inside debugpy.

Owns every use of pydevd's names. It must run on Python 3.9, must not import cellbridge, and must
not know cells nor the host's queries.

pydevd speaks the Debug Adapter Protocol on a socket that is given to it. It stays in the process
once it was attached; between two attachments it follows nothing, and none of its threads runs.

How it follows code. From Python 3.12 on, by `sys.monitoring`; before, by a trace function of each
thread, which costs much more. A trace function that raises is removed by Python: it is set again
after the run.
"""

import contextlib
import ctypes
import os
import socket
import sys
import threading
from asyncio import CancelledError
from bdb import BdbQuit
from pathlib import Path
from typing import Any

OLDEST = (1, 6, 5)
"""The oldest version of debugpy with which this is tested; ipykernel 6.30 requires it."""
MONITORING: Any = getattr(sys, "monitoring", None)
"""Python's module for following code; None before Python 3.12."""
HIDDEN_PACKAGES = ("ipykernel", "IPython", "tornado", "zmq", "jupyter_client", "traitlets")
"""Packages of the kernel, which are neither shown nor entered."""
MARKS = ("pydev_do_not_trace", "is_pydev_daemon_thread")
"""The attributes of threads that pydevd neither follows nor stops nor shows."""
NEVER_SHOWN = (KeyboardInterrupt, CancelledError, BdbQuit)
"""Exceptions by which a run is ended on request."""
BREAKPOINT, EXCEPTION = 111, 122
"""pydevd's reasons for a stop (CMD_SET_BREAK, CMD_ADD_EXCEPTION_BREAK)."""


class UnsupportedError(Exception):
    """This debugpy cannot be used; the text is its version."""


def find_version():
    """Return debugpy's version; None without it.

    Raises:
        UnsupportedError: it is too old, or no version can be found.
    """
    try:
        import debugpy  # noqa: T100 - to see whether it exists
    except ImportError:
        return None
    version = str(getattr(debugpy, "__version__", ""))
    numbers = tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
    if not OLDEST <= numbers < (2,):
        raise UnsupportedError(version)
    return version


class Engine:
    """pydevd in this process."""

    def __init__(self, report):
        self.db: Any = None
        """pydevd's object; None before the first attach."""
        self.api: Any = None
        self.socket = None
        self.lock = threading.RLock()
        self.failed = set()
        """The ids of the breakpoints whose condition has failed."""
        self.placed = set()
        """The paths of files in which breakpoints were set here."""
        self.shown = None
        """The innermost traceback of the exception that was shown last."""
        self.lost_tracing = False
        self.report = report
        """Called when the client has disconnected."""

    @property
    def ready(self):
        """True while a client is attached that has finished its configuration."""
        db = self.db
        return self.socket is not None and db is not None and db.is_attached()

    # --- attaching --------------------------------------------------------------------------------

    def attach(self, connection):
        """Let pydevd speak to a connected socket.

        Raises:
            RuntimeError: another program has started pydevd in this process.
        """
        with self.lock:
            import debugpy.server  # It selects its own pydevd, and the protocol.
            import pydevd

            hide_kernel_threads()
            own = self.db is not None and not self.db.pydb_disposed
            if pydevd.get_global_debugger() is not (self.db if own else None):
                raise RuntimeError("another debugger")
            if own:
                self.continue_with(connection)
            else:
                self.begin(pydevd, connection)
            self.socket = connection
            reader = getattr(self.db, "reader")  # noqa: B009
            watch = threading.Thread(
                target=self.watch, args=(connection, reader), name="cellbridge-debug"
            )
            hide_thread(watch)
            watch.daemon = True
            watch.start()
            del debugpy

    def begin(self, pydevd, connection):
        """Start pydevd."""
        from _pydevd_bundle.pydevd_api import PyDevdAPI

        connect = pydevd.PyDB.connect

        def use_connection(db, _host, _port):
            db.initialize_network(connection, terminate_on_socket_close=False)

        pydevd.PyDB.connect = use_connection
        try:
            pydevd.settrace(
                host="127.0.0.1",
                port=1,
                suspend=False,
                patch_multiprocessing=False,
                wait_for_ready_to_run=False,
                notify_stdin=False,
                dont_trace_start_patterns=hidden_places(),
            )
        finally:
            pydevd.PyDB.connect = connect
        self.db, self.api = pydevd.get_global_debugger(), PyDevdAPI()
        # The kernel runs the event loops of windows, and matplotlib's; pydevd must not.
        self.db.mpl_modules_for_patching.clear()
        self.db.multi_threads_single_notification = True
        self.wrap()
        os.register_at_fork(after_in_child=self.leave_child)

    def wrap(self):
        """Replace pydevd's methods whose behaviour does not suit a kernel."""
        db = self.db
        wait, kind_of, excluded = (
            db.do_wait_suspend,
            db.get_exception_breakpoint,
            db.exclude_exception_by_filter,
        )

        def do_wait_suspend(thread, frame, event, arg, exception_type=None):
            if event == "exception" and arg is not None:
                self.shown = innermost(arg[2])
            try:
                return wait(thread, frame, event, arg, exception_type=exception_type)
            except KeyboardInterrupt:
                self.resume()
                if event == "exception":
                    return None  # The exception ends the run, as an interrupt would.
                self.lost_tracing = MONITORING is None
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
        db.handle_breakpoint_condition = self.holds

    def continue_with(self, connection):
        """Follow code again, for another client."""
        import pydevd_tracing

        db = self.db
        db.initialize_network(connection, terminate_on_socket_close=False)
        db.start_auxiliary_daemon_threads()
        pydevd_tracing.replace_sys_set_trace_func()
        db.patch_threads()
        db.enable_tracing(db.trace_dispatch, apply_to_all_threads=True)
        db.set_tracing_for_untraced_contexts()

    def watch(self, connection, reader):
        """Detach when the client has disconnected, whatever the reason."""
        reader.join()
        if self.socket is connection:
            self.detach()

    # --- detaching --------------------------------------------------------------------------------

    def detach(self):
        """Let all code run at full speed, and close the connection; do nothing if detached."""
        with self.lock:
            connection, self.socket = self.socket, None
            if connection is None:
                return
            db = self.db
            self.api.request_disconnect(db, resume_threads=True)
            self.api.set_function_breakpoints(db, [])
            self.forget()
            for thread in (db.py_db_command_thread, db.check_alive_thread):
                if thread is not None:
                    thread.do_kill_pydev_thread()
            self.stop_following()
            db.writer.do_kill_pydev_thread()
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        self.report()

    def forget(self):
        """Forget what concerns single breakpoints and exceptions."""
        self.failed.clear()
        self.placed.clear()
        self.shown = None

    def stop_following(self):
        """Remove what makes the code of all threads slow."""
        if MONITORING is not None:
            from _pydevd_sys_monitoring import pydevd_sys_monitoring as following

            for code in list(getattr(following, "_code_to_func_code_info_cache", ())):
                following.disable_code_tracing(code)
            following.stop_monitoring(all_threads=True)
            return
        import pydevd_tracing
        from _pydev_bundle import pydev_monkey

        pydevd_tracing.restore_sys_set_trace_func()
        undo = getattr(pydev_monkey, "undo_patch_thread_modules", None)
        if undo is not None:
            undo()
        threading.settrace(None)
        # Each thread leaves at its next call, and the main thread now.
        pydevd_tracing.set_trace_to_threads(leave)
        ctypes.pythonapi.Py_AddPendingCall(_LEAVE, None)

    def leave_child(self):
        """In a forked process: run at full speed, without the debugger."""
        if self.db is None:
            return
        connection, self.socket = self.socket, None
        with contextlib.suppress(Exception):  # Boundary: the child runs in any case
            from _pydevd_bundle.pydevd_constants import GlobalDebuggerHolder

            GlobalDebuggerHolder.global_dbg = self.db = None
            if MONITORING is not None:
                tool = MONITORING.DEBUGGER_ID
                if MONITORING.get_tool(tool) == "pydevd":
                    MONITORING.set_events(tool, 0)
                    MONITORING.free_tool_id(tool)
            else:
                import pydevd_tracing

                pydevd_tracing.restore_sys_set_trace_func()
                threading.settrace(None)
                sys.settrace(None)
        if connection is not None:
            connection.close()

    # --- breakpoints ------------------------------------------------------------------------------

    def replace_breakpoints(self, path, breakpoints):
        """Set exactly these breakpoints in a file; return the ids of those that were set."""
        with self.lock:
            if self.socket is None or (not breakpoints and path not in self.placed):
                return []
            self.api.remove_all_breakpoints(self.db, path)
            self.placed.discard(path)
            return [one["id"] for one in breakpoints if self.add_breakpoint(path, one)]

    def add_breakpoint(self, path, wanted):
        """Set one breakpoint; return True if it was set."""
        from _pydevd_bundle.pydevd_utils import convert_dap_log_message_to_expression

        number, log, once = int(wanted["id"]), wanted.get("log") or "", bool(wanted.get("once"))
        expression = convert_dap_log_message_to_expression(log) if log else None
        self.failed.discard(number)
        result = self.api.add_breakpoint(
            self.db,
            path,
            "python-line",
            number,
            int(wanted["line"]),
            wanted.get("condition") or ("True" if once else None),
            "None",
            expression,
            "ALL",
            hit_expression(wanted.get("hit") or ""),
            bool(log),
        )
        if result.error_code:
            return False
        self.placed.add(path)
        for found in self.db.file_to_id_to_line_breakpoint.values() if once else ():
            if number in found:
                found[number].cellbridge_once = True
        return True

    def holds(self, _info, wanted, frame):
        """Return True if a breakpoint's condition and number of hits make it stop."""
        if getattr(wanted, "cellbridge_spent", False):
            return False
        try:
            if wanted.condition:
                found = eval(wanted.condition, frame.f_globals, frame.f_locals)  # noqa: S307 - the user's
                if not found:
                    return False
        except Exception as error:  # Boundary: the user's expression
            self.report_failure(wanted, error)
            return False
        wanted.cellbridge_spent = getattr(wanted, "cellbridge_once", False)
        return wanted.handle_hit_condition(frame) if wanted.hit_condition else True

    def report_failure(self, wanted, error):
        """Send one line about a condition that failed, once for each breakpoint."""
        if wanted.breakpoint_id in self.failed:
            return
        self.failed.add(wanted.breakpoint_id)
        place = getattr(wanted, "line", None) or getattr(wanted, "func_name", "")
        text = (
            f"The condition {wanted.condition!r} of the breakpoint on {place} failed, so it did "
            f"not stop: {type(error).__name__}: {error}\n"
        )
        self.db.writer.add_command(self.db.cmd_factory.make_io_message(text, 2))

    # --- stopping and going on --------------------------------------------------------------------

    def stop(self, frame, error=None):
        """Stop this thread in a frame, or in the frame where an exception left the user's code."""
        db, thread = self.db, threading.current_thread()
        info = db.set_additional_thread_info(thread)
        event, arg, kind, reason = "line", None, None, BREAKPOINT
        if error is not None:
            arg = (type(error), error, error.__traceback__)
            event, kind, reason = "exception", "unhandled", EXCEPTION
            frame = self.users_frame(error)
        info.is_tracing += 1
        try:
            db.set_suspend(thread, reason)
            if MONITORING is not None:
                info.trace_suspend_type = "sys_monitor"
            db.do_wait_suspend(thread, frame, event, arg, exception_type=kind)
        finally:
            info.is_tracing -= 1

    def users_frame(self, error):
        """Return the innermost frame of an exception that is the user's own code."""
        trace, found = error.__traceback__, None
        while trace is not None:
            frame = trace.tb_frame
            outside = self.db.apply_files_filter(frame, frame.f_code.co_filename, True)  # noqa: FBT003
            found = frame if found is None or not outside else found
            trace = trace.tb_next
        return found

    def resume(self):
        """Let all threads continue."""
        self.api.request_resume_thread("*")

    def end_run(self):
        """Drop the main thread's pending step: the code of the run has ended."""
        self.shown = None
        if self.socket is None:
            return
        from _pydevd_bundle.pydevd_constants import get_thread_id

        main = threading.main_thread()
        if self.db.set_additional_thread_info(main).pydev_step_cmd != -1:
            self.api.request_resume_thread(get_thread_id(main))
        if self.lost_tracing:
            self.lost_tracing = False
            self.db.enable_tracing(self.db.trace_dispatch)


def hit_expression(text):
    """Return pydevd's form of a condition on hits, such as ``5``, ``>= 3`` or ``% 2``."""
    text = text.strip()
    if not text:
        return None
    if text.isdigit():
        return f"@HIT@ == {text}"
    if text.startswith("%"):
        return f"@HIT@ {text} == 0"
    return f"@HIT@ {text}" if text[0] in "=<>" else text


def innermost(trace):
    """Return the innermost level of a traceback, which is the same while an exception rises."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace


def hidden_places():
    """Return the beginnings of the file names of code that is neither shown nor entered."""
    found = ["<cellbridge"]
    for name in (*HIDDEN_PACKAGES, "debugpy"):
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


def leave(*_):
    """Leave tracing, in the thread that calls it."""
    sys.settrace(None)


@ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
def _LEAVE(_):  # noqa: N802 - a constant
    sys.settrace(None)
    return 0
