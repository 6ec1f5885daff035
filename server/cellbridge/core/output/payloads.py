"""Jupyter's payloads: actions that a kernel requests in the reply to a run.

Owns the reading of three of them: text for a pager, such as from ``x??``, text for the next input,
such as from ``%load``, and the exit code of a program. It must not know how they are shown.

Source: "Messaging in Jupyter" 5.4, payloads. They count as deprecated there, and IPython, IRkernel
and metakernel all use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from cellbridge.core.json_depth import is_replacement_text
from cellbridge.core.runs.runs import NextInput


def pages(reply: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the MIME bundle of each text that is meant for a pager."""
    for payload in _payloads(reply):
        data = payload.get("data")
        if payload.get("source") == "page" and isinstance(data, dict):
            yield cast("dict[str, Any]", data)
    for payload in _given(reply):
        if is_replacement_text(payload):  # Nested too deeply to be read; its text is shown.
            yield {"text/plain": payload}


def next_input(reply: Mapping[str, Any]) -> NextInput | None:
    """Return the text that a run has left for an input; the last one if there are several."""
    found = None
    for payload in _payloads(reply):
        text = payload.get("text")
        if payload.get("source") == "set_next_input" and isinstance(text, str):
            found = NextInput(text, replace=bool(payload.get("replace")))
    return found


def exit_code(reply: Mapping[str, Any]) -> int | None:
    """Return the exit code of code that has ended the program, such as by ``sys.exit()``.

    Without the payload of the probe it is read from the text of the exception.
    """
    for payload in _payloads(reply):
        code = payload.get("code")
        if payload.get("source") == "cellbridge_exit" and isinstance(code, int):
            return code & 0xFF
    if reply.get("status") != "error" or reply.get("ename") != "SystemExit":
        return None
    text = str(reply.get("evalue", ""))
    if text in {"", "None"}:
        return 0
    return int(text) & 0xFF if re.fullmatch(r"-?[0-9]{1,18}", text) else 1


def is_interrupt(reply: Mapping[str, Any]) -> bool:
    """Return True if code ended as after an interrupt; an awaiting cell is cancelled by it."""
    return reply.get("ename") in {"KeyboardInterrupt", "CancelledError", "InterruptException"}


def _payloads(reply: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [cast("dict[str, Any]", item) for item in _given(reply) if isinstance(item, dict)]


def _given(reply: Mapping[str, Any]) -> list[Any]:
    given = reply.get("payload")
    return cast("list[Any]", given) if isinstance(given, list) else []
