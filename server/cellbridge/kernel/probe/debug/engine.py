# pyright: basic, reportMissingImports=false
# ruff: noqa: PLC0415 - pydevd is imported at the first attach only
# Basic: pydevd is untyped, and absent where this is checked.
"""Runs inside ipykernel: pydevd, the debugger inside debugpy.

Owns its begin and its end. It must run on Python 3.9, must not import cellbridge, and must not know
the host's queries.

pydevd speaks the Debug Adapter Protocol on a socket that is given to it. It stays in the process
once it was attached; between two attachments it follows nothing, and none of its threads runs.
"""

import contextlib
import os
import socket
import sys
import threading
from typing import Any

from .breakpoints import Breakpoints
from .following import MONITORING, Following, stop_in_child
from .kernel_threads import hidden_places, hide_kernel_threads, hide_thread
from .stops import Stops

RESUME_SECONDS = 0.05
"""Seconds after which stopped code notices at the latest that it may continue; pydevd has 0.2."""
OLDEST = (1, 6, 5)
"""The oldest version of debugpy with which this is tested; ipykernel 6.30 requires it."""


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

    def __init__(self, is_run, report):
        self.is_run = is_run
        """Returns True, or any true value, for the file of a run."""
        self.db: Any = None
        """pydevd's object; None before the first attach."""
        self.api: Any = None
        self.socket = None
        """The connection to the client; None without one."""
        self.lock = threading.RLock()
        self.hidden = ()
        """The beginnings of the file names of the kernel's own code."""
        self.lost_tracing = False
        """True if an interrupt has gone through pydevd: Python removes such a trace function."""
        self.following = Following()
        self.stops = Stops(self)
        self.breakpoints = Breakpoints(self)
        self.report = report
        """Called when the client has disconnected."""

    @property
    def ready(self):
        """True while a client is attached that has finished its configuration."""
        db = self.db
        return self.socket is not None and db is not None and db.is_attached()

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
            self.socket, self.following.wanted = connection, True
            try:
                if own:
                    self.continue_with(connection)
                else:
                    self.begin(pydevd, connection)
            except BaseException:
                self.socket, self.following.wanted = None, False
                raise
            hide_kernel_threads()  # Again: pydevd has made more of them known to `threading`.
            self.hide_launcher()
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

        pydevd.TIMEOUT_SLOW = RESUME_SECONDS
        connect, self.hidden = pydevd.PyDB.connect, hidden_places()

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
                dont_trace_start_patterns=self.hidden,
            )
        finally:
            pydevd.PyDB.connect = connect
        self.db, self.api = pydevd.get_global_debugger(), PyDevdAPI()
        # The kernel runs the event loops of windows, and matplotlib's; pydevd must not.
        self.db.mpl_modules_for_patching.clear()
        self.db.multi_threads_single_notification = True
        self.hide_threads_in_lists()
        self.following.wrap(self.db)
        self.stops.wrap(self.db)
        self.db.handle_breakpoint_condition = self.breakpoints.holds
        os.register_at_fork(after_in_child=self.leave_child)

    def hide_threads_in_lists(self):
        """Leave out the threads that the kernel has started since the attach."""
        factory = self.db.cmd_factory
        list_threads = factory.make_list_threads_message

        def make_list_threads_message(db, seq):
            hide_kernel_threads()
            return list_threads(db, seq)

        factory.make_list_threads_message = make_list_threads_message

    def continue_with(self, connection):
        """Follow code again, for another client."""
        self.db.initialize_network(connection, terminate_on_socket_close=False)
        self.db.start_auxiliary_daemon_threads()
        self.following.start_again(self.db)

    def hide_launcher(self):
        """Do not show the outermost frame of the main thread, which is the kernel's."""
        frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001 - the only way
        while frame is not None and frame.f_back is not None:
            frame = frame.f_back
        if frame is not None and not self.is_run(frame.f_code.co_filename):
            key = (frame.f_code.co_firstlineno, frame.f_code.co_filename, frame.f_code)
            self.db.get_cache_file_type()[key] = self.db.PYDEV_FILE

    def watch(self, connection, reader):
        """Detach when the client has disconnected, whatever the reason."""
        reader.join()
        if self.socket is connection:
            self.detach()

    def detach(self):
        """Let all code run at full speed, and close the connection; do nothing if detached."""
        with self.lock:
            connection, self.socket, self.following.wanted = self.socket, None, False
            if connection is None:
                return
            db = self.db
            self.api.request_disconnect(db, resume_threads=True)
            self.api.set_function_breakpoints(db, [])
            self.breakpoints.forget()
            self.stops.shown = None
            for thread in (db.py_db_command_thread, db.check_alive_thread):
                if thread is not None:
                    thread.do_kill_pydev_thread()
            self.following.stop()
            db.writer.do_kill_pydev_thread()
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        self.report()

    def leave_child(self):
        """In a forked process: run at full speed, without the debugger."""
        if self.db is None:
            return
        connection, self.socket, self.following.wanted = self.socket, None, False
        with contextlib.suppress(Exception):  # Boundary: the child runs in any case
            from _pydevd_bundle.pydevd_constants import GlobalDebuggerHolder

            GlobalDebuggerHolder.global_dbg = self.db = None
            stop_in_child()
        if connection is not None:
            connection.close()

    def resume(self):
        """Let all threads continue."""
        self.api.request_resume_thread("*")

    def end_run(self):
        """Note that the code of a run has ended, in the main thread."""
        self.stops.end_run()
        if self.lost_tracing and MONITORING is None and self.socket is not None:
            self.db.enable_tracing(self.db.trace_dispatch)
        self.lost_tracing = False
