"""From the iopub messages of one run to its list of outputs.

Owns the rules by which messages become outputs, and the operations that carry each change to the
store (whole) and to the clients (bounded). It must not know message transport, storage or pacing.

Sources: "Messaging in Jupyter" 5.4; nbformat 4.5 (consecutive stream messages of one name are one
output); ``clear_output(wait=True)`` clears when the next output comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, cast

import msgspec

from cellbridge.core.json_depth import limit_bundle, limit_values
from cellbridge.core.output.outputs import (
    HEAD_LIMIT,
    PART_LIMIT,
    TAIL_LIMIT,
    Display,
    DropOutputs,
    ExtendStream,
    Failure,
    ObjectShape,
    Op,
    Output,
    SetOutput,
    Stream,
)
from cellbridge.core.output.terminal import Terminal

_OWN_METADATA = "cellbridge"
"""The key of the probe's metadata, which is not the user's (kernel/probe/output_shapes.py)."""
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
"""The type of a reference to a widget (widgets.py)."""
_PUBLIC_NAMES = {"_IncompleteInputError": "SyntaxError"}
"""Python 3.13's private class for code that breaks off, by its public name."""


class OutputLog:
    """The outputs of one run, in the bounded form that clients are sent.

    The operations that `apply` yields carry whole texts; `bound_output` turns them into what a
    client receives.
    """

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self._terminal = Terminal()
        """The terminal of the last output, if that is a stream."""
        self._next: tuple[str, Terminal] = "", Terminal()
        """The name and the terminal of a stream without text so far, which is not an output yet."""
        self._clear_first = False

    @classmethod
    def resume(cls, outputs: Sequence[Output]) -> OutputLog:
        """Return a log that holds ``outputs`` already; a last stream continues."""
        log = cls()
        log.outputs = list(outputs)
        if log.outputs and isinstance(last := log.outputs[-1], Stream):
            # The tail begins within a line, which is final.
            log._terminal.feed(last.tail.partition("\n")[2] or last.tail or last.text)
        return log

    def apply(self, msg_type: str, content: Mapping[str, Any]) -> Iterator[Op]:
        """Take in one iopub message; yields what changed, which may be nothing."""
        if msg_type == "clear_output":
            if content.get("wait"):
                self._clear_first = True
            else:
                yield from self._clear()
            return
        output = _output(msg_type, content)
        if output is None:
            return
        if self._clear_first:
            yield from self._clear()
        if isinstance(output, Stream):
            yield from self._write(output.name, output.text)
        else:
            yield self._put(len(self.outputs), output)

    def update(self, display_id: str, content: Mapping[str, Any]) -> Iterator[Op]:
        """Take in an ``update_display_data``: every display of that id shows the new content."""
        for index, output in enumerate(self.outputs):
            if isinstance(output, Display) and output.display_id == display_id:
                new = _display(content, count=output.count)
                yield self._put(index, msgspec.structs.replace(new, display_id=display_id))

    def update_widget(self, model: str, data: dict[str, Any]) -> Iterator[Op]:
        """Let every display of a widget show ``data``."""
        for index, output in enumerate(self.outputs):
            if isinstance(output, Display) and output.widget == model and output.data != data:
                yield self._put(index, msgspec.structs.replace(output, data=data, omitted={}))

    def with_frames(self, failure: Failure) -> Iterator[Op]:
        """Replace the last failure by ``failure``, which also knows where it happened."""
        for index in range(len(self.outputs) - 1, -1, -1):
            if isinstance(self.outputs[index], Failure):
                yield self._put(index, failure)
                return

    def _clear(self) -> Iterator[Op]:
        self._clear_first = False
        self._terminal, self._next = Terminal(), ("", Terminal())
        if self.outputs:
            self.outputs.clear()
            yield DropOutputs()

    def _put(self, index: int, output: Output) -> Op:
        shown = bound_output(output)
        if index == len(self.outputs):
            self.outputs.append(shown)
        else:
            self.outputs[index] = shown
        return SetOutput(index, output)

    def _write(self, name: Literal["stdout", "stderr"], text: str) -> Iterator[Op]:
        last = self.outputs[-1] if self.outputs else None
        if isinstance(last, Stream) and last.name == name:
            edit = self._terminal.feed(text)
        else:
            terminal = self._next[1] if self._next[0] == name else Terminal()
            edit, self._next = terminal.feed(text), (name, terminal)
            last = None
        if not edit.drop and not edit.text:
            return
        if last is None:
            self._terminal, self._next = self._next[1], ("", Terminal())
            last = Stream(name, "", chars=0, lines=0)
            yield self._put(len(self.outputs), last)
        keep = last.chars - edit.drop
        chars = keep + len(edit.text)
        lines = last.lines - edit.lines + edit.text.count("\n")
        self.outputs[-1] = _extended(last, keep, edit.text, (chars, lines))
        yield ExtendStream(len(self.outputs) - 1, keep, edit.text, chars, lines)


def bound_output(output: Output) -> Output:
    """Return ``output`` as a client is sent it: long streams cut, large MIME parts left out."""
    if isinstance(output, Stream) and len(output.text) > HEAD_LIMIT:
        tail = output.text[HEAD_LIMIT:][-TAIL_LIMIT:]
        return msgspec.structs.replace(output, text=output.text[:HEAD_LIMIT], tail=tail)
    if isinstance(output, Display):
        large = {
            mime: len(part)
            for mime, part in output.data.items()
            if isinstance(part, str) and len(part) > PART_LIMIT
        }
        if large:
            data = {mime: part for mime, part in output.data.items() if mime not in large}
            return msgspec.structs.replace(output, data=data, omitted=large)
    return output


def bound_stored_output(output: Output) -> Output:
    """Return a stored output, in which values nested too deeply are text as in a new one.

    Earlier versions had no bound, and clients cannot receive what they stored beyond it.
    """
    if not isinstance(output, Display):
        return output
    data, metadata = limit_bundle(limit_values(output.data)), limit_values(output.metadata)
    if data is output.data and metadata is output.metadata:
        return output
    return msgspec.structs.replace(output, data=data, metadata=metadata)


def display_id_of(content: Mapping[str, Any]) -> str | None:
    """Return the id under which a display can be updated later, where it has one."""
    display_id = _mapping(content.get("transient")).get("display_id")
    return display_id if isinstance(display_id, str) else None


def _extended(stream: Stream, keep: int, added: str, size: tuple[int, int]) -> Stream:
    chars, lines = size
    head = stream.text if keep >= len(stream.text) else stream.text[:keep]
    room = HEAD_LIMIT - len(head)
    if chars <= HEAD_LIMIT:
        return Stream(stream.name, head + added, chars, lines)
    dropped = stream.chars - keep
    tail = stream.tail[: max(0, len(stream.tail) - dropped)]
    if room > 0:
        head, added = head + added[:room], added[room:]
    return Stream(stream.name, head, chars, lines, (tail + added)[-TAIL_LIMIT:])


def _output(msg_type: str, content: Mapping[str, Any]) -> Output | None:
    match msg_type:
        case "stream":
            name: Literal["stdout", "stderr"] = (
                "stderr" if content.get("name") == "stderr" else "stdout"
            )
            text = str(content.get("text", ""))
            return Stream(name, text, len(text), 0) if text else None
        case "display_data":
            return _display(content, count=None)
        case "execute_result":
            count = content.get("execution_count")
            return _display(content, count=count if isinstance(count, int) else 0)
        case "error":
            traceback = content.get("traceback")
            lines = cast("list[Any]", traceback) if isinstance(traceback, list) else []
            ename = str(content.get("ename", ""))
            return Failure(
                _PUBLIC_NAMES.get(ename, ename),
                str(content.get("evalue", "")),
                tuple(str(line) for line in lines),
            )
        case _:
            return None


def _display(content: Mapping[str, Any], count: int | None) -> Display:
    metadata = _mapping(content.get("metadata"))
    return Display(
        data=limit_bundle(_mapping(content.get("data"))),
        metadata={key: value for key, value in metadata.items() if key != _OWN_METADATA},
        count=count,
        display_id=display_id_of(content),
        shape=_shape(_mapping(metadata.get(_OWN_METADATA))),
        figure=_figure(_mapping(metadata.get(_OWN_METADATA))),
        widget=model_of(content.get("data")),
    )


def model_of(data: object) -> str | None:
    """Return the id of the widget that a bundle shows."""
    model = _mapping(_mapping(data).get(WIDGET_VIEW)).get("model_id")
    return model if isinstance(model, str) else None


def _shape(given: Mapping[str, Any]) -> ObjectShape | None:
    name, lengths = given.get("type"), given.get("shape")
    if not isinstance(name, str) or not isinstance(lengths, list):
        return None
    known = tuple(one for one in cast("list[Any]", lengths) if isinstance(one, int))
    return ObjectShape(name, known) if known else None


def _figure(given: Mapping[str, Any]) -> str | None:
    figure = given.get("figure")
    return figure if isinstance(figure, str) else None


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
