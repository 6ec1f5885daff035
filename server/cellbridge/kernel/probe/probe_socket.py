# pyright: basic
# Basic, as everything in the probe runs on Pythons that have no types of ours.
"""Runs inside ipykernel: the line on which the host asks, and the thread that answers.

Owns the socket, and the way of a question from it to its answer and back. It must run on Python
3.9, must not import cellbridge, and must not know what is asked.

A frame is four bytes of length, big-endian, then JSON: ``{"id": …, "asked": {…}}`` one way and
``{"id": …, "told": {…}}`` the other. One host is heard at a time; the next one is heard once the
connection of the one before has ended. Another user of the machine is not heard at all.

Why not the control channel. A question that comes through ZeroMQ and ipykernel's event loop needs
the interpreter a dozen times, and beside a cell that computes waits for it each time; ipykernel
then flushes what the cell has printed before the answer leaves. Here it is needed once.

Invariant: the main thread never waits for the host to read. What is answered in another thread is
sent by a thread for that alone.

Bounds. More than `WAITING` hosts are not let in. Answers of other threads are no more than the
questions that wait for them: tables have a bound of their own (pages.py), and a host that gets no
answers asks no further.
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
"""Seconds between two questions: a cell that begins meanwhile does not wait for all of them."""
LIMIT = 16 * 1024 * 1024
"""Bytes of one question; a longer one cannot be meant and ends the connection."""
WAITING = 16
"""Hosts that wait for the one before them to go: there is one, or the next after its death."""
_LENGTH = struct.Struct(">I")


class Line:
    """The socket at a path, in a directory that is the host's alone."""

    def __init__(self, path, tell):
        """Listen there from now on; ``tell`` answers, in our thread.

        Raises:
            OSError: the path cannot be listened at, as in another machine than the host's.
        """
        self.tell = tell
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.listening.bind(path)
            self.listening.listen()
        except OSError:
            self.listening.close()
            raise
        self.connection = None
        self.hosts = queue.Queue(WAITING)
        """Connections of which one is served after the other."""
        self.sending = threading.Lock()
        self.found = queue.SimpleQueue()
        """What was answered in other threads: the connection, the question's id, the answer."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.close)
        for work in (self.listen, self.serve_all, self.pass_on):
            thread = threading.Thread(target=work, name="cellbridge-line", daemon=True)
            # As ipykernel's own threads: a debugger must not stop who answers its editor.
            for mark in ("pydev_do_not_trace", "is_pydev_daemon_thread"):
                setattr(thread, mark, True)
            thread.start()

    def close(self):
        """Let go of the sockets, which in a process that was forked are not its own."""
        for one in (self.listening, self.connection):
            if one is not None:
                one.close()

    def listen(self):
        """Let in who is this process's own user."""
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:  # A cell has closed what was not its own.
                return
            with contextlib.suppress(OSError, queue.Full):  # It has gone, or there are too many.
                if same_user(connection):
                    self.hosts.put_nowait(connection)
                    continue
            connection.close()

    def serve_all(self):
        """Hear one host after the other."""
        while True:
            self.connection = self.hosts.get()
            # A host may go at any moment, and who is none may say anything.
            with self.connection, contextlib.suppress(OSError, ValueError, LookupError, TypeError):
                self.serve(self.connection)

    def serve(self, connection):
        """Answer what one host asks, until it has gone."""
        held = bytearray()
        while True:
            while (end := whole(held)) is None:
                piece = connection.recv(65536)
                if not piece:
                    return
                held += piece
            question = json.loads(held[_LENGTH.size : end])
            del held[:end]
            self.answer(connection, question["id"], question["asked"])
            time.sleep(BREAK)  # Wait: for nothing; a cell that runs goes on meanwhile.

    def answer(self, connection, number, asked):
        """Answer one question, or have it answered."""
        told = self.tell(asked)
        if callable(told):
            told(lambda found: self.found.put((connection, number, found)))
        else:
            self.send(connection, number, told)

    def pass_on(self):
        """Send what other threads have found, for ever."""
        while True:
            connection, number, told = self.found.get()
            with contextlib.suppress(OSError):  # The host that asked may have gone.
                self.send(connection, number, told)
            del connection, number, told  # Nothing of the user's is held meanwhile.

    def send(self, connection, number, told):
        """Send one answer."""
        try:
            body = json.dumps({"id": number, "told": told}).encode("ascii")
        except (TypeError, ValueError, RecursionError):
            body = json.dumps({"id": number, "told": {"status": "error"}}).encode("ascii")
        with self.sending:
            connection.sendall(_LENGTH.pack(len(body)) + body)


def same_user(connection):
    """Tell whether the other side is this process's own user; the directory is private besides."""
    try:
        if hasattr(socket, "SO_PEERCRED"):
            told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            return struct.unpack("3i", told)[1] == os.getuid()
        # LOCAL_PEERCRED of BSD and macOS (sys/un.h): a version, and the user.
        return struct.unpack_from("2I", connection.getsockopt(0, 1, 76))[1] == os.getuid()
    except (OSError, struct.error):
        return False


def whole(held):
    """Return where the first frame of what was read ends; None while it is not whole."""
    if len(held) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack_from(held)
    if length > LIMIT:
        raise ValueError(length)
    end = _LENGTH.size + length
    return end if len(held) >= end else None
