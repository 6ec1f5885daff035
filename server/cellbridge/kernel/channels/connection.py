"""The addresses of a kernel, and all channels to it.

Owns the reading of connection information and the bundle of channels. It must not know the meaning
of messages.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import zmq

from cellbridge.kernel.channels.channel import ChannelThread, Inbox, Wiring
from cellbridge.kernel.channels.framing import Framer
from cellbridge.kernel.channels.heartbeat import Heartbeat
from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.channels.names import PROBE

_CHANNELS: tuple[Literal["shell", "iopub", "stdin", "control"], ...] = (
    "shell",
    "iopub",
    "stdin",
    "control",
)


@dataclass(frozen=True, slots=True)
class Connection:
    """The content of a connection file ("Connection files" in jupyter_client's documentation)."""

    transport: str
    ip: str
    ports: Mapping[str, int]
    """Channel name (``hb`` for the heartbeat, `PROBE` for ours) to port."""
    key: bytes
    scheme: str
    curve: tuple[bytes, bytes] | None

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> Connection:
        """Read connection information.

        Raises:
            ValueError: a port is missing.
        """
        ports: dict[str, int] = {}
        for name in (*_CHANNELS, "hb"):
            port = info.get(f"{name}_port")
            if not isinstance(port, int):
                raise ValueError(f"{name}_port is missing from the connection information")  # noqa: TRY004 - a value, not a type, for the caller
            ports[name] = port
        if isinstance(line := info.get(f"{PROBE}_port"), int):
            ports[PROBE] = line
        public, secret = info.get("curve_publickey"), info.get("curve_secretkey")
        return cls(
            transport=str(info.get("transport") or "tcp"),
            ip=str(info.get("ip") or "127.0.0.1"),
            ports=ports,
            key=_bytes(info.get("key") or b""),
            scheme=str(info.get("signature_scheme") or "hmac-sha256"),
            curve=(_bytes(public), _bytes(secret)) if public and secret else None,
        )

    @property
    def probe_path(self) -> Path | None:
        """The path of the probe's Unix socket; None without one."""
        known = self.transport == "ipc" and PROBE in self.ports
        return Path(f"{self.ip}-{self.ports[PROBE]}") if known else None

    @property
    def exposed(self) -> bool:
        """True if other users can read the kernel's messages: iopub needs no key."""
        return self.transport == "tcp" and self.curve is None

    def may_listen(self, *, late: bool) -> bool:
        """Return True if a kernel may still answer, by the sockets that it has created.

        It cannot if it created others, which are removed here, or, if ``late``, none at all.
        """
        if self.transport != "ipc":
            return True
        stem = Path(self.ip)
        wanted = {f"{stem.name}-{port}" for port in self.ports.values()}
        made = {path for path in stem.parent.glob(f"{stem.name}*") if path.is_socket()}
        strays = {path for path in made if path.name not in wanted}
        for stray in strays:
            stray.unlink(missing_ok=True)
        return len(made) > len(strays) or not (late or strays)

    def endpoint(self, channel: str) -> str:
        """Return ZeroMQ's address of a channel."""
        separator = "-" if self.transport == "ipc" else ":"
        return f"{self.transport}://{self.ip}{separator}{self.ports[channel]}"


@dataclass(frozen=True, slots=True)
class Identity:
    """The session id of our requests to a kernel; another process may continue with it."""

    session: str = field(default_factory=lambda: uuid.uuid4().hex)
    generation: int = 1
    """It grows with each process that takes over, so that no message id is used twice."""


class Channels:
    """The four message channels of one kernel process, open until `close`."""

    def __init__(
        self,
        connection: Connection,
        loop: asyncio.AbstractEventLoop,
        deliver: Callable[[Sequence[Message]], None],
        identity: Identity,
    ) -> None:
        """Connect; from now on messages are passed to ``deliver`` on ``loop``.

        Raises:
            OSError: the system refuses the resources of the sockets.
        """
        self.session = identity.session
        self._prefix = f"{identity.session}_{identity.generation}"
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._framer = Framer(connection.key, self.session, connection.scheme)
        self._inbox = Inbox(loop, deliver)
        wiring = Wiring(self._context, self._framer, self._inbox, connection.curve)
        try:
            self._threads = {
                channel: ChannelThread(wiring, channel, connection.endpoint(channel))
                for channel in _CHANNELS
            }
            self._heartbeat = Heartbeat(wiring, connection.endpoint("hb"))
        except zmq.ZMQError as error:
            raise OSError(error.errno, str(error)) from error
        self._count = 0
        self._closing = asyncio.Lock()
        self._closed = False

    def send(
        self,
        channel: Literal["shell", "control"],
        msg_type: str,
        content: dict[str, Any],
        *,
        metadata: dict[str, Any] | None = None,
        mark: str = "",
    ) -> str:
        """Send a request and return its id, which ends in ``mark``."""
        msg_id = self._next_id() + mark
        frames = self._framer.encode(msg_type, msg_id, content, metadata=metadata)
        self._threads[channel].send(frames)
        return msg_id

    def send_comm(
        self,
        msg_type: str,
        content: dict[str, Any],
        metadata: dict[str, Any],
        buffers: Sequence[bytes],
    ) -> str:
        """Send a comm message with its buffers on the shell channel, and return its id."""
        msg_id = self._next_id()
        frames = self._framer.encode(msg_type, msg_id, content, metadata=metadata)
        self._threads["shell"].send([*frames, *buffers])
        return msg_id

    def answer(self, request: dict[str, Any], text: str) -> None:
        """Send the reply to the ``input_request`` with this header."""
        content = {"value": text}
        frames = self._framer.encode("input_reply", self._next_id(), content, parent=request)
        self._threads["stdin"].send(frames)

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._prefix}_{self._count}"

    async def until_connected(self) -> None:
        """Wait until the kernel has taken all connections.

        A kernel silently drops messages to a peer that is not connected yet; so a cell that
        requests input at once would wait forever.
        """
        for thread in self._threads.values():
            await thread.connected.wait()

    @property
    def silence(self) -> float:
        """Seconds since the kernel last answered on the heartbeat channel."""
        return self._heartbeat.silence

    def sent(self, msg_id: str) -> bool:
        """Return True if we sent the message of that id."""
        return msg_id.startswith(self.session)

    async def close(self, *, drain_ms: int = 0) -> None:
        """Close every socket, deliver the messages that had arrived, and end the threads.

        With ``drain_ms``, messages are read until none has come for that time.
        """
        async with self._closing:
            if self._closed:
                return
            self._closed = True
            for thread in self._threads.values():
                thread.stop(drain_ms=drain_ms)
            self._heartbeat.stop()
            await asyncio.to_thread(self._join)
            self._inbox.close()

    def _join(self) -> None:
        for thread in self._threads.values():
            thread.join()
        self._heartbeat.join()
        self._context.destroy(linger=0)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8")
