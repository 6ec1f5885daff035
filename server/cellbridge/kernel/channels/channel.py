"""Sockets of a kernel, each read by a thread of its own, and their messages on the event loop.

Owns threads, sockets and the way of a message from socket to loop. It must not know the meaning of
messages, nor their receivers.

Bounds. A kernel publishes on a socket that drops what a slow reader leaves behind (ZeroMQ's high
water mark), silently, the final "idle" included. So:

* Invariant: a reader never waits for anything downstream. It receives, decodes and appends. In a
flood it lets messages gather for a moment before the next reading (flood.py): waking up for each
line costs more than reading it, and takes the processor from other requests.
* Invariant: nothing is dropped here. Both high water marks are 0 (no limit), set before connecting.
* Messages that our process, stopped or starved, cannot receive wait in the kernel, whose own mark
the probe raises (probe/run_control.py); without a probe it is ZeroMQ's 1,000 messages.
* Messages between two passes of the loop are bounded by memory alone. A consumer that may be slower
than its kernel must have a bound, and a rule for the excess, behind ``deliver`` (the session spills
outputs to its store). One pass takes at most `PASS_LIMIT`
  messages, and few large ones, so that the loop serves others between two passes of a flood.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket as sockets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import zmq

from cellbridge.kernel.channels import coalesce
from cellbridge.kernel.channels.flood import REST_MS, Flood
from cellbridge.kernel.channels.framing import Framer
from cellbridge.kernel.channels.messages import Channel, Message

PASS_LIMIT = 8
"""Messages handed to the loop in one pass."""
PASS_BYTES = 256 * 1024
"""Bytes after which a pass ends: an image takes a millisecond."""
READ_LIMIT = 512
"""Messages that a thread reads before it hands them over."""
RECONNECT_MS = 10
"""Milliseconds between ZeroMQ's attempts to connect to a kernel that has not bound its sockets."""
LINGER_MS = 100
"""Milliseconds that a closed socket has to send its last requests."""
JOIN_SECONDS = 2.0

_log = logging.getLogger(__name__)


class Inbox:
    """The queue in which all reader threads of a kernel leave messages for the loop.

    They reach it in order of arrival per channel. Messages on control go first: the user waits for
    them, and a flood of output may be queued before them.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, deliver: Callable[[Sequence[Message]], None]
    ) -> None:
        self._loop = loop
        self._deliver = deliver
        self._lock = threading.Lock()
        self._waiting: deque[Message] = deque()
        self._first: deque[Message] = deque()
        self._scheduled = False
        self._closed = False

    def call_on_loop(self, callback: Callable[[], None]) -> None:
        """Schedule a callback on the loop; called from any thread."""
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            # The loop is closed: there is no receiver left.
            self._closed = True

    def put(self, messages: Sequence[Message]) -> None:
        """Leave messages of one channel; called from any thread. Wakes the loop once for all."""
        with self._lock:
            if self._closed:
                return
            urgent = messages[:1] and messages[0].channel == "control"
            (self._first if urgent else self._waiting).extend(messages)
            if self._scheduled:
                return
            self._scheduled = True
        self.call_on_loop(self._drain)

    def close(self) -> None:
        """Deliver the waiting messages, then no more; called on the loop."""
        while (self._waiting or self._first) and not self._closed:
            self._drain()
        with self._lock:
            self._closed = True

    def _drain(self) -> None:
        with self._lock:
            batch = [*self._first]
            self._first.clear()
            count, room = PASS_LIMIT, PASS_BYTES
            while self._waiting and count > 0 and room > 0:
                batch.append(self._waiting.popleft())
                count, room = count - 1, room - batch[-1].size
            again = self._scheduled = bool(self._waiting)
        if again:
            self._loop.call_soon(self._drain)
        if batch and not self._closed:
            self._deliver(batch)


@dataclass(frozen=True, slots=True)
class Wiring:
    """The common parts of the sockets of one kernel."""

    context: zmq.Context[zmq.Socket[bytes]]
    framer: Framer
    inbox: Inbox
    curve: tuple[bytes, bytes] | None
    """Public and secret key if the transport is encrypted."""


class ChannelThread:
    """One socket, used by one thread only; `send` hands it frames from the loop."""

    def __init__(self, wiring: Wiring, channel: Channel, endpoint: str) -> None:
        """Connect and start to read. The connection itself is made in the background."""
        self._wiring = wiring
        self._channel: Channel = channel
        self._outgoing: deque[list[bytes]] = deque()
        self._closing = False
        self._drain_ms = 0
        self._flood = Flood()
        self._bell, self._ear = sockets.socketpair()
        self._bell.settimeout(0)
        self._ear.settimeout(0)
        self.connected = asyncio.Event()
        """Set, on the loop, once the kernel has taken the connection: from then on it can send."""
        self._socket = open_socket(wiring, channel)
        self._monitor: Any = self._socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
        self._socket.connect(endpoint)
        self._thread = threading.Thread(target=self._run, name=f"cellbridge-{channel}", daemon=True)
        self._thread.start()

    def send(self, frames: list[bytes]) -> None:
        """Hand over frames to be sent; never waits."""
        self._outgoing.append(frames)
        self._ring()

    def stop(self, *, drain_ms: int) -> None:
        """Make the thread send the queued frames, read the last messages, and end."""
        self._drain_ms = drain_ms
        self._closing = True
        self._ring()

    def join(self) -> None:
        """Wait, a bounded time, for the thread to end after `stop`."""
        self._thread.join(JOIN_SECONDS)
        self._bell.close()
        self._ear.close()

    def _ring(self) -> None:
        try:
            self._bell.send(b"\0")
        except BlockingIOError:
            # The pipe is full of rings already: the thread will wake.
            pass
        except OSError:
            _log.debug("%s is closed; a message to the kernel was not sent", self._channel)

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._ear, zmq.POLLIN)
        poller.register(self._monitor, zmq.POLLIN)
        resting = zmq.Poller()
        resting.register(self._ear, zmq.POLLIN)
        try:
            while not self._closing:
                if self._monitor in dict(poller.poll()):
                    poller.unregister(self._monitor)
                    self._end_monitor()
                    self._wiring.inbox.call_on_loop(self.connected.set)
                self._send_waiting()
                self._receive_waiting()
                if self._flood.lasts:
                    resting.poll(REST_MS)
            self._send_waiting()
            # What a kernel wrote last may still be on its way through the transport.
            while self._socket.poll(self._drain_ms):
                self._receive_waiting()
        except zmq.ZMQError:
            _log.warning("the %s channel failed", self._channel, exc_info=True)
        finally:
            self._end_monitor()
            # ZeroMQ would keep the subscription for a kernel that never comes back.
            self._socket.close(linger=0 if self._channel == "iopub" else LINGER_MS)

    def _end_monitor(self) -> None:
        if self._monitor is not None:
            self._socket.disable_monitor()
            self._monitor.close(linger=0)
            self._monitor = None

    def _send_waiting(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._ear.recv(4096)
        while self._outgoing:
            self._socket.send_multipart(self._outgoing.popleft(), copy=True)

    def _receive_waiting(self) -> None:
        decode, channel = self._wiring.framer.decode, self._channel
        began = time.monotonic()
        batch: list[Message] = []
        for _ in range(READ_LIMIT):
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            coalesce.add(batch, decode(channel, frames))
        if not batch:
            return
        if channel == "iopub":  # On the others a caller waits for each message.
            self._flood.read(batch, began, time.monotonic())
        self._wiring.inbox.put(batch)


def open_socket(wiring: Wiring, channel: Channel) -> zmq.Socket[bytes]:
    """Return a socket for ``channel``, ready to connect, without limits on its queues.

    Shell, control and stdin share our session id as identity: a kernel asks for input on stdin
    under the identity of the shell request.
    """
    kind = zmq.SUB if channel == "iopub" else zmq.DEALER
    socket: Any = wiring.context.socket(kind)
    socket.setsockopt(zmq.RCVHWM, 0)
    socket.setsockopt(zmq.SNDHWM, 0)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
    if kind == zmq.SUB:
        # Before connecting, so that the subscription is the first message to the kernel.
        socket.setsockopt(zmq.SUBSCRIBE, b"")
    else:
        socket.setsockopt(zmq.IDENTITY, wiring.framer.session.encode("ascii"))
    encrypt(socket, wiring)
    return socket


def encrypt(socket: zmq.Socket[bytes], wiring: Wiring) -> None:
    """Encrypt a socket, before it connects, if the connection requires it."""
    if wiring.curve is None:
        return
    public, secret = wiring.curve
    # The connection file holds one key pair, which is the server's and the client's at once.
    socket.setsockopt(zmq.CURVE_SERVERKEY, public)
    socket.setsockopt(zmq.CURVE_PUBLICKEY, public)
    socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
