"""Frames, sources and modules of pydevd in terms of the script and its open text.

Owns the translation. It must not send requests.

A frame of the script's code is in the file of its run; clients see the script's path and the line
of the open text. If the line is not in the open text any more, the frame has a source reference, by
which the client gets the text as it ran. The kernel's own frames, below those of the script, are
left out. Its threads are hidden in the kernel (kernel/probe/debug/kernel_threads.py).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, cast

from cellbridge.core.debug.open_text import OpenText, TextThatRan
from cellbridge.core.runs.debug_status import Stop
from cellbridge.session.errors import SessionError
from cellbridge.session.host.debug.executed_texts import ExecutedTexts, OpenTexts

FIRST_REFERENCE = 1 << 30
"""The references to texts that ran, from here on; pydevd counts its own from 1."""
KERNEL_CODE = re.compile(
    r"/(?:ipykernel(?:_launcher\.py|/)|IPython/core/|tornado/|asyncio/|traitlets/|runpy\.py)|^<(?:frozen|string)"
)
"""The files of the code that runs the cells."""
RUN_FILE = re.compile(r"/[^\s\"']*/ipykernel_\d+-[0-9a-f]+/[^\s\"']+")
"""The file of a text that ran (kernel/probe/run_files.py)."""
CURRENT = " (Current frame)"
GONE = "The text of this frame is not known any more."


class Frames:
    """Translates what pydevd returns."""

    def __init__(self, script: str, texts: ExecutedTexts, opened: OpenTexts) -> None:
        self.script = script
        self.path = script
        """The script's path as the client has it."""
        self._texts, self._opened = texts, opened
        self._references: list[str] = []

    @property
    def _text(self) -> OpenText:
        return self._opened.text

    def rename(self, path: str) -> None:
        """Take the path that the script has in the open editor."""
        if path != self.script:
            self.script = self.path = path

    def is_script(self, path: object) -> bool:
        """Return True for the path of the script, which may lead through symbolic links."""
        if not isinstance(path, str) or not path:
            return False
        own = {self.script, self.path}
        return path in own or os.path.realpath(path) in {*map(os.path.realpath, own)}

    def stack(self, frames: Sequence[object]) -> list[dict[str, Any]]:
        """Return the frames of a stack, innermost first, without those of the kernel itself."""
        known = [cast("dict[str, Any]", one) for one in frames if isinstance(one, dict)]
        own = [at for at, one in enumerate(known) if _path_of(one) in self._texts.known]
        if own:  # Below are the kernel's frames, or those that start a thread.
            del known[own[-1] + 1 :]
        while known and KERNEL_CODE.search(_path_of(known[-1])):
            known.pop()
        for one in known:  # pydevd marks the frame of an exception in its name.
            one["name"] = str(one.get("name", "")).removesuffix(CURRENT)
        return [self.frame(one) for one in known]

    def frame(self, frame: dict[str, Any]) -> dict[str, Any]:
        """Return one frame in terms of the open text."""
        ran = self._texts.known.get(_path_of(frame))
        if ran is None:
            return frame
        line = _number(frame.get("line")) - 1
        now = self._text.line_of(ran, line)
        if now is None:
            return {**frame, "line": max(1, line - ran.first + 1), "source": self._as_it_ran(ran)}
        shown = {**frame, "line": now + 1, "source": self._script_source()}
        then, today = ran.line(line), self._text.line(now) if self._text else ran.line(line)
        shift = _indentation(today) - _indentation(then)
        if then.strip() != today.strip():  # IPython's translation of a magic has other columns.
            shown["column"] = 1
            shown.pop("endColumn", None)
        elif shift:
            for key in ("column", "endColumn"):
                if isinstance(frame.get(key), int):
                    shown[key] = max(1, frame[key] + shift)
        return shown

    def stop(self, body: Mapping[str, Any], top: Mapping[str, Any] | None, number: int) -> Stop:
        """Return the place of a stop, from the event and the innermost frame as pydevd has it."""
        stop = Stop(
            reason=str(body.get("reason", "")),
            thread=_number(body.get("threadId")),
            text=": ".join(filter(None, (error_name(body.get("text")), body.get("description")))),
            number=number,
        )
        if top is None:
            return stop
        path, line = _path_of(top), _number(top.get("line")) - 1
        name = str(top.get("name", "")).removesuffix(CURRENT)
        ran = self._texts.known.get(path)
        place: dict[str, Any] = {"path": path, "line": line}
        if ran is not None:
            place = {"path": self.script, "line": self._text.line_of(ran, line), "cell": ran.cell}
            if self._text and (cell := self._text.cell_of(ran)) is not None:
                place["cell"] = cell.id
        return Stop(stop.reason, stop.thread, text=stop.text, number=number, name=name, **place)

    def moved(self, stop: Stop, top: Mapping[str, Any] | None) -> Stop:
        """Return a stop with its line in the present open text."""
        now = self.stop({}, top, stop.number)
        return Stop(
            stop.reason, stop.thread, now.path, now.line, now.cell, now.name, stop.text, stop.number
        )

    def source(self, reference: int) -> dict[str, Any] | None:
        """Return the body of a response with the text of a reference; None if it is pydevd's.

        Raises:
            SessionError: the text is not known any more.
        """
        if reference < FIRST_REFERENCE:
            return None
        at = reference - FIRST_REFERENCE
        ran = self._texts.known.get(self._references[at]) if at < len(self._references) else None
        if ran is None:
            raise SessionError(GONE)
        return {"content": ran.text, "mimeType": "text/x-python"}

    def modules(self, modules: Sequence[object]) -> list[dict[str, Any]]:
        """Return modules, with the script in place of the files of its runs."""
        found: dict[object, dict[str, Any]] = {}
        for one in modules:
            if isinstance(one, dict):
                module = self.module(cast("dict[str, Any]", one))
                found.setdefault(module.get("path"), module)
        return list(found.values())

    def module(self, module: dict[str, Any]) -> dict[str, Any]:
        """Return one module."""
        if RUN_FILE.search(str(module.get("path"))):
            return {**module, "path": self.path}
        return module

    def sources(self, modules: Sequence[object]) -> list[dict[str, Any]]:
        """Return the sources of the script and of its modules."""
        paths = [str(one.get("path") or "") for one in self.modules(modules)]
        others = [path for path in paths if path and not self.is_script(path)]
        return [
            self._script_source(),
            *({"name": PurePath(path).name, "path": path} for path in others),
        ]

    def sentence(self, text: object) -> str:
        """Return a text in which the script's path replaces the files of its runs."""
        shown = str(text or "")
        return RUN_FILE.sub(lambda _: self.path, shown) if "ipykernel_" in shown else shown

    def _script_source(self) -> dict[str, Any]:
        return {"name": PurePath(self.path).name, "path": self.path}

    def _as_it_ran(self, ran: TextThatRan) -> dict[str, Any]:
        if ran.path not in self._references:
            self._references.append(ran.path)
        return {
            "name": f"{PurePath(self.path).name} (as it ran)",
            "sourceReference": FIRST_REFERENCE + self._references.index(ran.path),
            "origin": "the text of a cell that has changed since it ran",
        }


def error_name(text: object) -> str:
    """Return the name of an exception, without pydevd's note on the frames that are shown."""
    return str(text or "").partition("(note:")[0].strip()


def _path_of(frame: Mapping[str, Any]) -> str:
    source = frame.get("source")
    path = cast("dict[str, Any]", source).get("path") if isinstance(source, dict) else None
    return path if isinstance(path, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())
