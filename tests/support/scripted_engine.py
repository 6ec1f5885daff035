"""A language server for Python in place of a real one, controlled by the text of the document.

Owns the faults that real ones show rarely and not on command. Run as a script with what happens at
the start: ``end`` ends at once, ``mute`` answers nothing, ``push`` publishes diagnostics instead of
answering requests for them, ``late`` would publish them but never does, ``behind`` is a script that
starts the server and waits for it, anything else serves as usual. For a hover, the first word of
the document decides:

======================  ==========================================================
word                    what happens
======================  ==========================================================
``hang``                no answer, ever
``die``                 the process ends at once
``nonsense``            bytes that are not a message
``deep``                an answer that is nested too deeply
``long``                a header that announces too many bytes
``error``               the answer is an error
``shape``               an answer of another form than a hover
``ask``                 the client's answers to questions that servers may have
anything else           the document's text, as it is known here
======================  ==========================================================
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any, cast

QUESTIONS: dict[str, Any] = {
    "workspace/configuration": {"items": [{"section": "python"}, {"section": "other"}]},
    "client/registerCapability": {"registrations": []},
    "window/workDoneProgress/create": {"token": 1},
    "workspace/applyEdit": {"edit": {}},
    "workspace/semanticTokens/refresh": None,
    "made/up": {},
}
Message = dict[str, Any]


class ScriptedEngine:
    """The server."""

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._text = ""
        self._version = 0
        self._uri = ""

    def run(self) -> None:
        """Handle messages until stdin ends."""
        if self._mode == "end":
            return
        while (message := receive()) is not None:
            method = str(message.get("method", ""))
            handler = getattr(self, "_" + method.rpartition("/")[2], None)
            if self._mode == "mute":
                continue
            result = handler(message.get("params")) if handler else None
            if method == "exit":
                return
            if "id" in message and method:
                known = result if isinstance(result, dict) and "error" in result else None
                send({"id": message["id"], **(known or {"result": result})})

    def _initialize(self, _: Message) -> Message:
        capabilities: Message = {"textDocumentSync": {"change": 2}, "hoverProvider": True}
        if self._mode not in {"push", "late"}:
            capabilities["diagnosticProvider"] = {}
        return {"capabilities": capabilities}

    def _didOpen(self, params: Message) -> None:  # noqa: N802 - the protocol's name
        document = params["textDocument"]
        self._text, self._version, self._uri = document["text"], 1, document["uri"]
        self._publish()

    def _didChange(self, params: Message) -> None:  # noqa: N802 - the protocol's name
        self._version = params["textDocument"]["version"]
        for change in params["contentChanges"]:
            self._text = changed(self._text, change)
        self._publish()

    def _publish(self) -> None:
        if self._mode == "push":
            found = {"uri": self._uri, "version": self._version, "diagnostics": self._found()}
            send({"method": "textDocument/publishDiagnostics", "params": found})

    def _diagnostic(self, _: Message) -> Message:
        if self._mode in {"push", "late"}:
            return {"error": {"code": -32601, "message": "not supported"}}
        return {"kind": "full", "items": self._found()}

    def _found(self) -> list[Message]:
        """Report each line that contains ``wrong``, in UTF-16 units."""
        return [
            {"range": span(line, text, text.index("wrong"), 5), "message": "It is wrong."}
            for line, text in enumerate(self._text.split("\n"))
            if "wrong" in text
        ]

    def _hover(self, _: Message) -> Message | None:
        match self._text.partition(" ")[0].strip():
            case "hang":
                signal.pause()
            case "die":
                os._exit(1)
            case "nonsense":
                write(b"\xff\x00 nonsense\r\n\r\n")
            case "deep":
                body = b"[" * 5000 + b"]" * 5000
                write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            case "long":
                write(b"Content-Length: 99999999999\r\n\r\n")
            case "error":
                return {"error": {"code": -32000, "message": "no"}}
            case "shape":
                return {"contents": 3}
            case "ask":
                return {"contents": {"kind": "markdown", "value": json.dumps(ask_all())}}
            case _:
                return {"contents": {"kind": "plaintext", "value": self._text}}
        return None


def ask_all() -> dict[str, Any]:
    """Return the client's answer to each question."""
    answers: dict[str, Any] = {}
    for number, (method, params) in enumerate(QUESTIONS.items()):
        send({"id": f"q{number}", "method": method, "params": params})
        answer = receive() or {}
        answers[method] = answer.get("error", {}).get("code", answer.get("result"))
    return answers


def span(line: int, text: str, start: int, length: int) -> Message:
    units = [len(text[:at].encode("utf-16-le")) // 2 for at in (start, start + length)]
    first, last = ({"line": line, "character": at} for at in units)
    return {"start": first, "end": last}


def changed(text: str, change: Message) -> str:
    """Apply a change, in UTF-16 units."""
    if "range" not in change:
        return str(change["text"])
    lines = text.split("\n")
    ends: list[int] = []
    for place in (change["range"]["start"], change["range"]["end"]):
        line = lines[place["line"]].encode("utf-16-le")[: 2 * place["character"]]
        ends.append(
            sum(len(one) + 1 for one in lines[: place["line"]]) + len(line.decode("utf-16-le"))
        )
    return text[: ends[0]] + str(change["text"]) + text[ends[1] :]


def receive() -> Message | None:
    length = 0
    while line := sys.stdin.buffer.readline().strip():
        name, _, value = line.partition(b":")
        length = int(value) if name == b"Content-Length" else length
    return cast("Message", json.loads(sys.stdin.buffer.read(length))) if length else None


def send(message: Message) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


def write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    if sys.argv[1] == "behind":
        sys.exit(subprocess.call([sys.executable, "-P", __file__, "usual"]))
    ScriptedEngine(sys.argv[1]).run()
