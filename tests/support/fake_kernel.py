# Size: one process, which must not import our modules; each fault is a few lines.
"""A kernel that misbehaves on demand: a process of its own, on real sockets, with its own framing.

Owns both sides: `register` writes its kernelspec (for tests), `main` is the kernel. It must not
import cellbridge, so that it cannot share a fault with what it tests.

What a cell does is its source: one command and its arguments per line::

    echo TEXT            print TEXT              input PROMPT    ask for a line, print it
    flood N              print N lines, one message each
    late SECONDS         answer after that time  hold            run until interrupted or ended
    never-answer         no reply, no idle       lose-idle | lose-reply   only the other one
    deep N               show, update and reply with JSON nested N levels
    foreign              print in the name of a request that was never sent
    broken-utf8 | no-json | unknown-type | wrong-signature | few-frames   send such a message
    error                fail                    die CODE        exit at once
    kill                 end by SIGKILL          noise TEXT      write TEXT to the process's stderr

Options at start (``register(..., "option")``): ``deaf`` never answers anything; ``lose-first-idle``
publishes nothing for the first request; ``twice-deaf`` ignores the first two requests;
``dies-at-start=CODE:TEXT`` writes TEXT to stderr and exits; ``stubborn`` ignores shutdown_request,
SIGTERM, SIGINT."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import zmq

NAME = "fake"


def register(directory: Path, *options: str, **fields: Any) -> str:
    """Write a kernelspec below ``directory`` (to be put in JUPYTER_PATH); return its name."""
    folder = directory / "kernels" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, str(Path(__file__).resolve()), "{connection_file}", *options]
    spec = {"argv": argv, "display_name": "Fake", "language": "fake", **fields}
    (folder / "kernel.json").write_text(json.dumps(spec), "utf-8")
    return NAME


class Interrupted(Exception):  # noqa: N818 - an event, not an error
    """SIGINT came, or an interrupt_request."""


class FakeKernel:
    """The kernel process."""

    def __init__(self, connection_file: str, options: list[str]) -> None:
        info = json.loads(Path(connection_file).read_text("utf-8"))
        self.options = dict(option.partition("=")[::2] for option in options)
        self.key = info["key"].encode()
        self.session = uuid.uuid4().hex
        self.count = 0
        self.ignored = 2 if "twice-deaf" in self.options else 0
        self.parent: dict[str, Any] = {}
        self.silenced = ""
        self.interrupted = False
        self.interruptible = False
        """A signal may come between any two steps; only a cell that holds takes it at once."""
        context = zmq.Context.instance()
        separator = "-" if info["transport"] == "ipc" else ":"
        self.sockets: dict[str, Any] = {}
        kinds = dict.fromkeys(("shell", "control", "stdin"), zmq.ROUTER)
        kinds |= {"iopub": zmq.PUB, "hb": zmq.REP}
        for name, kind in kinds.items():
            socket = context.socket(kind)
            socket.setsockopt(zmq.SNDHWM, 0)
            socket.bind(f"{info['transport']}://{info['ip']}{separator}{info[f'{name}_port']}")
            self.sockets[name] = socket

    # --- messages ---------------------------------------------------------------------------------

    def sign(self, parts: list[bytes]) -> bytes:
        return hmac.new(self.key, b"".join(parts), hashlib.sha256).hexdigest().encode()

    def parts(self, kind: str, content: Any, parent: dict[str, Any]) -> list[bytes]:
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "session": self.session,
            "username": "fake",
            "date": "2026-01-01T00:00:00Z",
            "version": "5.4",
        }
        return [json.dumps(part).encode() for part in (header, parent, {}, content)]

    def put(self, channel: str, parts: list[bytes], idents: list[bytes]) -> None:
        frames = [*idents, b"<IDS|MSG>", self.sign(parts), *parts]
        self.sockets[channel].send_multipart(frames)

    def publish(self, kind: str, content: Any, parent: dict[str, Any] | None = None) -> None:
        about = self.parent if parent is None else parent
        if about.get("msg_id") != self.silenced:
            self.put("iopub", self.parts(kind, content, about), [kind.encode()])

    def reply(self, channel: str, kind: str, content: Any, idents: list[bytes]) -> None:
        self.put(channel, self.parts(kind, content, self.parent), idents)

    def receive(self, channel: str) -> tuple[list[bytes], dict[str, Any], dict[str, Any]]:
        frames = self.sockets[channel].recv_multipart()
        at = frames.index(b"<IDS|MSG>")
        assert frames[at + 1] == self.sign(frames[at + 2 : at + 6]), "a client signed wrongly"
        return frames[:at], json.loads(frames[at + 2]), json.loads(frames[at + 5])

    # --- life -------------------------------------------------------------------------------------

    def serve(self) -> None:
        poller = zmq.Poller()
        for name in ("shell", "control", "hb"):
            poller.register(self.sockets[name], zmq.POLLIN)
        while True:
            ready = {socket for socket, _ in poller.poll()}
            if self.sockets["hb"] in ready:
                self.sockets["hb"].send(self.sockets["hb"].recv())
            for channel in ("control", "shell"):
                if self.sockets[channel] in ready:
                    self.handle(channel)

    def handle(self, channel: str) -> None:
        idents, header, content = self.receive(channel)
        self.ignored -= 1
        if "deaf" in self.options or self.ignored >= 0:
            return
        if "lose-first-idle" in self.options and not self.silenced:
            self.silenced = header["msg_id"]
        self.parent = header
        self.publish("status", {"execution_state": "busy"})
        kind = header["msg_type"]
        if kind == "execute_request":
            quiet = self.execute(content, idents)
        else:
            quiet = self.answer(channel, kind, content, idents)
        if not quiet:
            self.publish("status", {"execution_state": "idle"})

    def answer(self, channel: str, kind: str, content: dict[str, Any], idents: list[bytes]) -> bool:
        answers: dict[str, Any] = {
            "kernel_info_request": {
                "status": "ok",
                "protocol_version": "5.3",
                "implementation": "fake",
                "language_info": {"name": "Fake"},
            },
            "complete_request": {
                "status": "ok",
                "matches": ["echo", "error"],
                "cursor_start": 0,
                "cursor_end": content.get("cursor_pos"),
                "metadata": {},
            },
            "inspect_request": {
                "status": "ok",
                "found": True,
                "data": {"text/plain": "\x1b[31mabout\x1b[0m " + content.get("code", "")},
            },
            "shutdown_request": {"status": "ok", "restart": False},
            "interrupt_request": {"status": "ok"},
        }
        if kind not in answers or ("stubborn" in self.options and kind == "shutdown_request"):
            return False
        self.reply(channel, kind.replace("_request", "_reply"), answers[kind], idents)
        if kind == "shutdown_request":
            self.publish("status", {"execution_state": "idle"})
            sys.exit(0)
        return False

    def execute(self, content: dict[str, Any], idents: list[bytes]) -> bool:
        self.count += 1
        self.interrupted = False
        self.publish("execute_input", {"code": content["code"], "execution_count": self.count})
        lost = False
        outcome: dict[str, Any] = {"status": "ok", "execution_count": self.count}
        try:
            for line in content["code"].split("\n"):
                command, _, argument = line.partition(" ")
                if command in {"never-answer", "lose-reply"}:
                    return command == "never-answer"
                lost = lost or command == "lose-idle"
                self.perform(command, argument, idents)
        except Interrupted:
            outcome |= {"status": "error", "ename": "Interrupted", "evalue": "", "traceback": []}
        except RuntimeError as error:
            outcome |= {"status": "error", "ename": "E", "evalue": str(error), "traceback": ["no"]}
        if outcome["status"] == "error":
            self.publish("error", {key: outcome[key] for key in ("ename", "evalue", "traceback")})
        self.reply("shell", "execute_reply", outcome, idents)
        return lost

    def perform(self, command: str, argument: str, idents: list[bytes]) -> None:
        match command:
            case "echo":
                self.stream(argument + "\n")
            case "flood":
                for number in range(int(argument)):
                    self.stream(f"{number}\n")
            case "late":
                time.sleep(float(argument))  # Wait: slowness is what is asked for.
            case "hold":
                self.hold()
            case "input":
                self.ask(argument, idents)
            case "deep":
                self.go_deep(int(argument), idents)
            case "foreign":
                self.publish("stream", {"name": "stdout", "text": "theirs"}, {"msg_id": "theirs"})
            case "error":
                raise RuntimeError(argument)
            case "die":
                zmq.Context.instance().destroy(linger=1000)  # last words included
                os._exit(int(argument))
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "noise":
                print(argument, file=sys.stderr, flush=True)
            case _:
                self.misspeak(command)

    def misspeak(self, command: str) -> None:
        """Send a message that is wrong in one way."""
        parts = self.parts("stream", {"name": "stdout", "text": "é"}, self.parent)
        match command:
            case "broken-utf8":
                parts[3] = b'{"name": "stdout", "text": "a?b"}'.replace(b"?", b"\xff")
            case "no-json":
                parts[3] = b"{'name'"
            case "unknown-type":
                parts = self.parts("weather_report", {"sun": True}, self.parent)
            case "few-frames":
                parts = parts[:2]
            case _:
                pass
        frames = [b"stream", b"<IDS|MSG>", self.sign(parts), *parts]
        if command == "wrong-signature":
            frames[2] = b"0" * 64
        if command in {"broken-utf8", "no-json", "unknown-type", "few-frames", "wrong-signature"}:
            self.sockets["iopub"].send_multipart(frames)

    def go_deep(self, levels: int, idents: list[bytes]) -> None:
        """Send messages of many kinds that no encoder of JSON in Python could make."""
        deep = b"[" * levels + b"]" * levels
        shown = b'{"data": {"application/json": %b}, "metadata": {"a": {"b": %b}}, '
        shown = shown % (deep, deep) + b'"transient": {"display_id": "%b"}}'
        page = b'{"payload": [{"source": "page", "data": {"text/plain": %b}}]}' % deep
        told = b'{"comm_id": "c", "data": {"a": %b}}' % deep
        for channel, kind, content in (
            ("iopub", "display_data", shown % b"one"),
            ("iopub", "update_display_data", shown % b"one"),
            ("iopub", "execute_result", shown % b"two"),
            ("iopub", "comm_open", told),
            ("iopub", "comm_msg", told),
            ("iopub", "error", b'{"ename": "E", "evalue": %b, "traceback": [%b]}' % (deep, deep)),
            ("iopub", "stream", b'{"name": "stdout", "text": {"a": %b}}' % deep),
            ("shell", "unheard_of", page),
        ):
            parts = self.parts(kind, {}, self.parent)
            parts[3] = content
            self.put(channel, parts, [kind.encode()] if channel == "iopub" else idents)

    def stream(self, text: str) -> None:
        self.publish("stream", {"name": "stdout", "text": text})

    def ask(self, prompt: str, idents: list[bytes]) -> None:
        request = self.parts("input_request", {"prompt": prompt, "password": False}, self.parent)
        self.put("stdin", request, idents)
        _, _, content = self.receive("stdin")
        self.stream(content["value"] + "\n")

    def hold(self) -> None:
        """Run on, answering control, until interrupted."""
        running = self.parent
        while True:
            self.wait_for_control()
            idents, header, content = self.receive("control")
            self.parent = header
            self.publish("status", {"execution_state": "busy"})
            self.answer("control", header["msg_type"], content, idents)
            self.publish("status", {"execution_state": "idle"})
            self.parent = running
            if header["msg_type"] == "interrupt_request":
                raise Interrupted

    def wait_for_control(self) -> None:
        self.interruptible = True
        try:
            if self.interrupted:
                raise Interrupted
            self.sockets["control"].poll()
        finally:
            self.interruptible = False

    def interrupt(self, *_: object) -> None:
        self.interrupted = True
        if self.interruptible:
            raise Interrupted


def main(connection_file: str, *options: str) -> None:
    """Be the kernel."""
    kernel = FakeKernel(connection_file, list(options))
    if "dies-at-start" in kernel.options:
        code, _, text = kernel.options["dies-at-start"].partition(":")
        print(text, file=sys.stderr, flush=True)
        sys.exit(int(code))

    if "stubborn" in kernel.options:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGINT, kernel.interrupt)
    kernel.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
