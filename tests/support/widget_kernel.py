"""A kernel with ipywidgets, with the messages of `cellbridge/widgets` for pages.

Owns the models as a session's host has them, without a host: what a page gets and sends is what a
real kernel sends and gets. It must not know how a page draws.
"""

from __future__ import annotations

import asyncio
import base64
import mimetypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager

from support.patience import PATIENCE

Message = dict[str, Any]
EXTENSIONS = Path(sys.prefix) / "share" / "jupyter"
CAPTURED = {"stream", "display_data", "execute_result", "error"}


class WidgetKernel:
    """A kernel, the models in it, and the outputs of its cells."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        """The messages that pages have sent."""
        self.federated: set[str] = set()
        """Modules that are served as extensions of JupyterLab."""
        self.listeners: list[Callable[[list[Message], bool], None]] = []
        self._models: dict[str, Message] = {}
        self._captures: dict[str, str] = {}
        self._cleared: set[str] = set()
        """Output widgets whose outputs end with the next one."""
        self._outputs: dict[str, list[Message]] = {}
        self._idle: dict[str, asyncio.Event] = {}
        self._manager = AsyncKernelManager(kernel_name="python3")

    async def start(self) -> None:
        await self._manager.start_kernel()
        self._client = self._manager.client()
        self._client.start_channels()
        await self._client.wait_for_ready(timeout=PATIENCE)
        self._reader = asyncio.create_task(self._read())

    async def stop(self) -> None:
        self._reader.cancel()
        self._client.stop_channels()
        await self._manager.shutdown_kernel(now=True)

    async def run(self, code: str, *, wait: bool = True) -> list[Message]:
        """Run a cell; return its outputs in the protocol's form, once it has ended."""
        run = self._client.execute(code)
        self._outputs[run], self._idle[run] = [], asyncio.Event()
        if wait:
            await asyncio.wait_for(self._idle[run].wait(), PATIENCE)
        return self._outputs[run]

    async def value(self, expression: str) -> str:
        """Return the printed value of an expression in the kernel."""
        outputs = await self.run(f"print({expression})")
        return "".join(output.get("text", output.get("message", "")) for output in outputs).strip()

    def answer(self, method: str, params: Message) -> object:
        """Answer a request of a page, as the language server does."""
        match method:
            case "cellbridge/widgets":
                return {"models": list(self._models.values())}
            case "cellbridge/widgetSend":
                self.sent += params["messages"]
                for message in params["messages"]:
                    self._send(message)
                return None
            case "cellbridge/widgetModule":
                return self._module(params["module"], params["path"])
        raise ValueError(f"nothing here answers {method}")

    def tell(self, *messages: Message, reset: bool = False) -> None:
        """Send messages to all pages."""
        if reset:
            self._models.clear()
        for listener in self.listeners:
            listener(list(messages), reset)

    def _module(self, module: str, path: str) -> Message:
        amd = EXTENSIONS / "nbextensions" / module
        lab = EXTENSIONS / "labextensions" / module
        if module in self.federated:
            file = lab / path if path else next((lab / "static").glob("remoteEntry*.js"))
        else:
            file = amd / (path or "index.js")
        if not file.exists():
            raise FileNotFoundError(f"Install {module} in the kernel's environment.")
        mime = mimetypes.guess_type(file)[0] or "text/plain"
        data = base64.b64encode(file.read_bytes()).decode()
        form = "federated" if module in self.federated else "amd"
        return {"format": form, "data": data, "mime": mime}

    def _send(self, message: Message) -> None:
        buffers = message.get("buffers", [])
        if message["kind"] == "update":
            self._update(message)
            paths = [buffer["path"] for buffer in buffers]
            data = {"method": "update", "state": message["state"], "buffer_paths": paths}
        else:
            data = {"method": "custom", "content": message["content"]}
        content = {"comm_id": message["model"], "data": data}
        sent = self._client.session.msg("comm_msg", content, metadata={"version": "2.1.0"})
        parts = [base64.b64decode(buffer["data"]) for buffer in buffers]
        self._client.session.send(self._client.shell_channel.socket, sent, buffers=parts)

    async def _read(self) -> None:
        while True:
            message = await self._client.get_iopub_msg()
            kind, content = message["msg_type"], message["content"]
            parent = message["parent_header"].get("msg_id", "")
            if kind.startswith("comm_"):
                self._comm(kind, content, message.get("buffers", []))
            elif kind == "clear_output" and parent in self._captures:
                self._cleared.add(self._captures[parent])
            elif kind in CAPTURED and parent in self._captures:
                self._capture(self._captures[parent], {"output_type": kind, **content})
            elif kind in CAPTURED and parent in self._outputs:
                self._outputs[parent].append(to_output(kind, content))
            elif kind == "status" and content["execution_state"] == "idle" and parent in self._idle:
                self._idle[parent].set()

    def _capture(self, model: str, output: Message) -> None:
        before = [] if model in self._cleared else self._models[model]["state"].get("outputs", [])
        self._cleared.discard(model)
        self._changed({"kind": "update", "model": model, "state": {"outputs": [*before, output]}})

    def _comm(self, kind: str, content: Message, buffers: list[Any]) -> None:
        model, data = content["comm_id"], content["data"]
        paths = data.get("buffer_paths", [])
        parts = [base64.b64encode(bytes(part)).decode() for part in buffers]
        joined = [{"path": path, "data": part} for path, part in zip(paths, parts, strict=False)]
        if kind == "comm_open":
            if content["target_name"] == "jupyter.widget":
                self._changed(
                    {"kind": "open", "model": model, "state": data["state"], "buffers": joined}
                )
        elif model not in self._models:
            return
        elif kind == "comm_close":
            self._changed({"kind": "close", "model": model})
        elif data.get("method") == "update":
            self._changed(
                {"kind": "update", "model": model, "state": data["state"], "buffers": joined}
            )
        elif data.get("method") == "custom":
            unplaced = [{"path": [], "data": part} for part in parts]
            self._changed(
                {"kind": "custom", "model": model, "content": data["content"], "buffers": unplaced}
            )

    def _changed(self, message: Message) -> None:
        model = message["model"]
        if message["kind"] == "open":
            self._models[model] = message
        elif message["kind"] == "close":
            self._models.pop(model, None)
        elif message["kind"] == "update":
            self._update(message)
            captures = message["state"].get("msg_id")
            if captures is not None:
                self._captures = {at: one for at, one in self._captures.items() if one != model}
                if captures:
                    self._captures[captures] = model
        self.tell(message)

    def _update(self, message: Message) -> None:
        known = self._models[message["model"]]
        names = {*message["state"], *(buffer["path"][0] for buffer in message.get("buffers", []))}
        kept = [one for one in known.get("buffers", []) if one["path"][0] not in names]
        state = {**known["state"], **message["state"]}
        self._models[message["model"]] = {
            **known,
            "state": state,
            "buffers": kept + message.get("buffers", []),
        }


def to_output(kind: str, content: Message) -> Message:
    """Return an output of a kernel in the form of the protocol."""
    match kind:
        case "stream":
            text = content["text"]
            return {
                "kind": "stream",
                "name": content["name"],
                "text": text,
                "chars": len(text),
                "lines": text.count("\n"),
            }
        case "error":
            return {
                "kind": "error",
                "name": content["ename"],
                "message": content["evalue"],
                "traceback": content["traceback"],
            }
        case _:
            return {"kind": "display", "data": content["data"], "metadata": content["metadata"]}
