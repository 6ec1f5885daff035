"""The heartbeat: a check that a kernel's process still reacts.

Owns one socket and the thread that uses it. It must not interpret a silence: a stopped
process, a machine asleep and a remote one out of reach all appear the same here.

A kernel answers here in a separate thread, without its interpreter's lock, so a busy cell does not
count as silence.
"""

from __future__ import annotations

import socket as sockets
import threading
import time

import zmq

from cellbridge.kernel.channels.channel import JOIN_SECONDS, Wiring, encrypt

BEAT_SECONDS = 1.0
"""Seconds between two pings."""


class Heartbeat:
    """A thread that pings a kernel until it is stopped."""

    def __init__(self, wiring: Wiring, endpoint: str) -> None:
        """Start to ping; the kernel need not listen yet."""
        self._last_answer = time.monotonic()
        self._bell, self._ear = sockets.socketpair()
        # A dealer, because a request socket could not continue after a lost answer.
        self._socket = wiring.context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 0)
        encrypt(self._socket, wiring)
        self._socket.connect(endpoint)
        self._thread = threading.Thread(target=self._run, name="cellbridge-hb", daemon=True)
        self._thread.start()

    @property
    def silence(self) -> float:
        """Seconds since the kernel's last answer; up to `BEAT_SECONDS` for a healthy kernel."""
        return time.monotonic() - self._last_answer

    def stop(self) -> None:
        """Make the thread end; `join` waits for it."""
        self._bell.send(b"\0")

    def join(self) -> None:
        """Wait, a bounded time, for the thread to end after `stop`."""
        self._thread.join(JOIN_SECONDS)
        self._bell.close()
        self._ear.close()

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._ear, zmq.POLLIN)
        due = 0.0
        try:
            while True:
                now = time.monotonic()
                if now >= due:
                    due = now + BEAT_SECONDS
                    self._ping()
                ready = dict(poller.poll(max(0, int((due - now) * 1000))))
                if self._ear.fileno() in ready:
                    return
                if self._socket in ready:
                    self._socket.recv_multipart()
                    self._last_answer = time.monotonic()
        finally:
            self._socket.close(linger=0)

    def _ping(self) -> None:
        try:
            self._socket.send_multipart([b"", b"ping"], zmq.NOBLOCK)
        except zmq.Again:
            # ZeroMQ takes no more: too many pings are waiting already.
            return
