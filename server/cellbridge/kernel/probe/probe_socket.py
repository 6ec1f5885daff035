# pyright: basic
# Basic: the probe runs on the user's Python, for which no types are installed here.
"""Runs inside ipykernel: the Unix socket for the host's queries, and the thread that answers.

Owns the socket, and the way of a query from it to its answer and back. It must run on Python 3.9,
must not import cellbridge, and must not know the queries.

A frame is four bytes of length, big-endian, then JSON: ``{"id": …, "query": {…}}`` one way and
``{"id": …, "answer": {…}}`` the other. One host is served at a time; the next one is served once
the previous connection has ended. Other users of the machine are never served.

Why not the control channel. A query through ZeroMQ and ipykernel's event loop needs the interpreter
a dozen times, and waits for it each time while a cell computes; ipykernel also flushes the cell's
output before the answer is sent. Here the interpreter is needed once.

Invariant: the main thread never waits for the host to read. Answers of other threads are sent by a
separate thread.

Bounds. At most `WAITING` hosts are accepted. Other threads have at most as many answers as there
are pending queries: tables have their own bound (pages.py), and a host without answers sends no
more queries.
"""

import contextlib
import json
import os
import queue
import socket
import struct
import threading
import time

BREAK = 0.001
"""Seconds between two queries: a cell that begins meanwhile does not wait for all of them."""
LIMIT = 16 * 1024 * 1024
"""Bytes of one query; a longer one is invalid and ends the connection."""
WAITING = 16
"""Hosts that wait for the previous one to disconnect; normally at most one."""
_LENGTH = struct.Struct(">I")


class ProbeServer:
    """A server at a socket path, in a directory that is private to the host."""

    def __init__(self, path, answer_query):
        """Listen from now on; ``answer_query`` answers, in our thread.

        Raises:
            OSError: the path cannot be used, for example on another machine than the host's.
        """
        self.answer_query = answer_query
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.listening.bind(path)
            self.listening.listen()
        except OSError:
            self.listening.close()
            raise
        self.connection = None
        self.hosts = queue.Queue(WAITING)
        """The connections, which are served one at a time."""
        self.sending = threading.Lock()
        self.found = queue.SimpleQueue()
        """Answers of other threads: the connection, the query's id, the answer."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.close)
        for work in (self.listen, self.serve_all, self.pass_on):
            thread = threading.Thread(target=work, name="cellbridge-line", daemon=True)
            # As for ipykernel's own threads: a debugger must not stop them.
            for mark in ("pydev_do_not_trace", "is_pydev_daemon_thread"):
                setattr(thread, mark, True)
            thread.start()

    def close(self):
        """Close the sockets, which do not belong to a forked process."""
        for one in (self.listening, self.connection):
            if one is not None:
                one.close()

    def listen(self):
        """Accept connections of this process's own user."""
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:  # A cell has closed our socket.
                return
            with contextlib.suppress(
                OSError, queue.Full
            ):  # It has disconnected, or there are too many.
                if same_user(connection):
                    self.hosts.put_nowait(connection)
                    continue
            connection.close()

    def serve_all(self):
        """Serve one host at a time."""
        wake_at_once()
        while True:
            self.connection = self.hosts.get()
            # A host may disconnect at any moment, and another program may send anything.
            with self.connection, contextlib.suppress(OSError, ValueError, LookupError, TypeError):
                self.serve(self.connection)

    def serve(self, connection):
        """Answer one host's queries until it disconnects."""
        held = bytearray()
        while True:
            while (end := whole(held)) is None:
                piece = connection.recv(65536)
                if not piece:
                    return
                held += piece
            question = json.loads(held[_LENGTH.size : end])
            del held[:end]
            self.answer(connection, question["id"], question["query"])
            time.sleep(BREAK)  # Wait: for nothing; a running cell continues meanwhile.

    def answer(self, connection, number, query):
        """Answer one query, or let another thread answer it."""
        answer = self.answer_query(query)
        if callable(answer):
            answer(lambda found: self.found.put((connection, number, found)))
        else:
            self.send(connection, number, answer)

    def pass_on(self):
        """Send the answers of other threads, forever."""
        while True:
            connection, number, answer = self.found.get()
            with contextlib.suppress(OSError):  # The host may have disconnected.
                self.send(connection, number, answer)
            del connection, number, answer  # No object of the user is held meanwhile.

    def send(self, connection, number, answer):
        """Send one answer."""
        try:
            body = json.dumps({"id": number, "answer": answer}).encode("ascii")
        except (TypeError, ValueError, RecursionError):
            body = json.dumps({"id": number, "answer": {"status": "error"}}).encode("ascii")
        with self.sending:
            connection.sendall(_LENGTH.pack(len(body)) + body)


def wake_at_once():
    """Give this thread back the usual scheduling, which the host has changed for the kernel.

    The threads of a cell must not preempt the host (launch.py); this one must not wait for them.
    """
    with contextlib.suppress(AttributeError, OSError):  # Not every system has it.
        if os.sched_getscheduler(0) == os.SCHED_BATCH:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def same_user(connection):
    """Return True if the peer belongs to this process's own user; the directory is private too."""
    try:
        if hasattr(socket, "SO_PEERCRED"):
            answer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            return struct.unpack("3i", answer)[1] == os.getuid()
        # LOCAL_PEERCRED of BSD and macOS (sys/un.h): a version, and the user.
        return struct.unpack_from("2I", connection.getsockopt(0, 1, 76))[1] == os.getuid()
    except (OSError, struct.error):
        return False


def whole(held):
    """Return the end of the first frame in the received data; None while it is incomplete."""
    if len(held) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack_from(held)
    if length > LIMIT:
        raise ValueError(length)
    end = _LENGTH.size + length
    return end if len(held) >= end else None
