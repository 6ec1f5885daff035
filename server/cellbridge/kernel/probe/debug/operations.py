# pyright: basic
# Basic: everything here is reached through IPython's untyped objects.
"""Runs inside ipykernel: the host's queries to the debugger's part.

Owns the answers to them, and the connection to the host's socket. It must run on Python 3.9, and
must not import cellbridge.

The host listens on a Unix socket in its private directory; here is only a client, so no program can
connect to the kernel.
"""

import contextlib
import socket
import threading

from ..executed_sources import SOURCES
from ..probe_socket import same_user
from .engine import Engine, UnsupportedError, find_version
from .following import MONITORING
from .kernel_threads import hide_thread
from .prompts import DebuggerStops
from .run_breakpoints import RunBreakpoints

PAGE = 1024 * 1024
"""Characters of text in one answer, unless a single text is longer."""
CONNECT_SECONDS = 5.0


class Operations:
    """The debugger's part, as the host uses it."""

    def __init__(self, shell):
        self.shell = shell
        self.engine = Engine(SOURCES.find, self.detached)
        self.breakpoints = RunBreakpoints(shell.kernel, self.engine.breakpoints.replace)
        self.stops = DebuggerStops(shell, self.engine)
        shell.events.register("post_run_cell", self.after_run)

    def attach(self, query):
        """Attach to the host's socket, in a thread of its own: importing debugpy takes long."""

        def work():
            try:
                return self.connect(query["path"])
            except Exception as error:  # Boundary: the host reports it
                return {"status": "failed", "reason": f"{type(error).__name__}: {error}"}

        return in_thread("cellbridge-attach", work)

    def check(self, _query=None):
        """Report whether code can be debugged here, and whether that makes it slow."""
        try:
            version = find_version()
        except UnsupportedError as error:
            return {"status": "unsupported", "version": str(error)}
        if version is None:
            return {"status": "missing"}
        return {"status": "ok", "version": version, "slow": MONITORING is None}

    def connect(self, path):
        """Connect pydevd to the host; return the answer."""
        found = self.check()
        if found["status"] != "ok":
            return found
        self.engine.detach()
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(CONNECT_SECONDS)
            connection.connect(path)
            if not same_user(connection):
                connection.close()
                return {"status": "failed", "reason": "the socket belongs to another user"}
            self.engine.attach(connection)
        except BaseException:
            connection.close()
            raise
        self.breakpoints.begin()
        self.stops.begin()
        return found

    def detach(self, _query):
        """Let all code run on, without the debugger."""

        def work():
            with contextlib.suppress(Exception):  # Boundary: the host continues in any case
                self.engine.detach()
            return {"status": "ok"}

        return in_thread("cellbridge-detach", work)

    def detached(self):
        """Follow no runs; called when pydevd has detached, whatever the reason."""
        self.breakpoints.end()
        self.stops.end()

    def place(self, query):
        """Set the breakpoints of runs and of known texts."""
        found = {key: self.breakpoints.place(key, wanted) for key, wanted in query["runs"].items()}
        return {"status": "ok", "set": found}

    def sources(self, query):
        """Return the texts that ran after the run with a number, the oldest first."""
        since, texts, size = int(query.get("since") or 0), [], 0
        runs = {path: run for run, paths in list(self.breakpoints.runs.items()) for path in paths}
        for source in list(SOURCES.runs.values()):
            if source.number <= since:
                continue
            text = source.text()
            if texts and size + len(text) > PAGE:
                break
            size += len(text)
            texts.append(
                {
                    "path": source.path, "script": source.script, "first": source.first,
                    "cell": source.cell, "text": text, "run": runs.get(source.path, ""),
                    "number": source.number,
                }
            )  # fmt: skip
        last = texts[-1]["number"] if texts else since
        return {"status": "ok", "texts": texts, "next": last, "more": last < SOURCES.added}

    def after_run(self, _result):
        """Drop a step that is pending at the end of a run; called by IPython."""
        with contextlib.suppress(Exception):  # Boundary: the kernel continues without this feature
            control = self.shell.kernel.control_handlers.get("cellbridge_run_control")
            if not getattr(control, "depth", 0):  # Not a nested cell, as in %%capture.
                self.engine.end_run()


def in_thread(name, work):
    """Return an answer that ``work`` finds in a thread of its own, which no debugger stops."""

    def answer(send):
        thread = threading.Thread(target=lambda: send(work()), name=name, daemon=True)
        hide_thread(thread)
        thread.start()

    return answer


def open_operations(shell):
    """Return the functions that answer the host's queries, by their names."""
    operations = Operations(shell)
    return {
        "debug_attach": operations.attach,
        "debug_check": operations.check,
        "debug_detach": operations.detach,
        "debug_place": operations.place,
        "debug_sources": operations.sources,
    }
