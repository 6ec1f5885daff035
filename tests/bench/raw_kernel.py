"""A kernel spoken to by hand: the floor under every client of Jupyter.

Owns a kernel process and two sockets. No queue, no store, no asyncio: an execute_request goes out,
and the time is taken when the kernel's idle comes in.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any, Self
from uuid import uuid4

import zmq
from jupyter_client.manager import KernelManager

DELIMITER = b"<IDS|MSG>"


class RawKernel:
    """The default Python kernel, without a client library."""

    def __init__(self) -> None:
        """Start the kernel and wait until it answers."""
        self._manager = KernelManager(transport="ipc")
        self._manager.start_kernel()
        info = self._manager.get_connection_info()
        self._key = info["key"]
        self._context = zmq.Context()
        self._shell = self._connect(zmq.DEALER, f"ipc://{info['ip']}-{info['shell_port']}")
        self._control = self._connect(zmq.DEALER, f"ipc://{info['ip']}-{info['control_port']}")
        self._iopub = self._connect(zmq.SUB, f"ipc://{info['ip']}-{info['iopub_port']}")
        self._iopub.subscribe(b"")
        while not self._answers():
            pass

    def __enter__(self) -> Self:
        """Use the kernel until the end of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the kernel."""
        self._context.destroy(linger=0)
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()

    def execute(self, code: str) -> float:
        """Return the seconds from sending some code to the kernel's idle."""
        before = time.perf_counter()
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        ident = self._send("execute_request", content)
        self._until_idle(ident)
        taken = time.perf_counter() - before
        self._shell.recv_multipart()
        return taken

    def complete(self, code: str) -> float:
        """Return the seconds from asking what can follow some code to the kernel's reply."""
        before = time.perf_counter()
        self._send("complete_request", {"code": code, "cursor_pos": len(code)})
        frames = self._shell.recv_multipart()
        assert json.loads(frames[frames.index(DELIMITER) + 5])["matches"]
        return time.perf_counter() - before

    def complete_on_control(self, code: str) -> float:
        """Return the seconds that the same takes on the control channel, even when code runs.

        To be called from one thread, while another may execute.
        """
        before = time.perf_counter()
        content = {"code": code, "cursor_pos": len(code)}
        self._send("complete_request", content, self._control)
        frames = self._control.recv_multipart()
        assert json.loads(frames[frames.index(DELIMITER) + 5])["matches"]
        return time.perf_counter() - before

    def _answers(self) -> bool:
        """Request the kernel's info; return whether its idle has come: the first may be lost."""
        ident = self._send("kernel_info_request", {})
        self._shell.recv_multipart()
        while self._iopub.poll(200):
            if self._is_idle(ident):
                return True
        return False

    def _until_idle(self, ident: str) -> None:
        while not self._is_idle(ident):
            pass

    def _is_idle(self, ident: str) -> bool:
        frames = self._iopub.recv_multipart()
        _, _, parent, _, content = frames[frames.index(DELIMITER) + 1 :][:5]
        return (
            json.loads(parent).get("msg_id") == ident
            and json.loads(content).get("execution_state") == "idle"
        )

    def _send(
        self, kind: str, content: dict[str, Any], socket: zmq.Socket[bytes] | None = None
    ) -> str:
        ident = uuid4().hex
        header = {
            "msg_id": ident,
            "msg_type": kind,
            "session": "bench",
            "username": "",
            "date": "2026-01-01T00:00:00Z",
            "version": "5.3",
        }
        frames = [json.dumps(part).encode() for part in (header, {}, {}, content)]
        digest = hmac.new(self._key, digestmod=hashlib.sha256)
        for frame in frames:
            digest.update(frame)
        (socket or self._shell).send_multipart([DELIMITER, digest.hexdigest().encode(), *frames])
        return ident

    def _connect(self, kind: int, address: str) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.connect(address)
        return socket
