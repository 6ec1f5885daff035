"""The outputs that a widget of type Output has captured.

Owns their order and bound, and their form in a notebook, which the widget's attribute ``outputs``
has. It must not know which messages are captured.

Bound: `CAPTURE_LIMIT` outputs; the text of each is bounded as every stream. Further outputs are not
taken, and belong to the cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from cellbridge.core.output.output_reducer import OutputLog
from cellbridge.core.output.outputs import Display, DropOutputs, Output, SetOutput, Stream

CAPTURE_LIMIT = 200
"""Outputs that an Output widget captures."""


class CapturedOutputs:
    """The captured outputs of one widget."""

    def __init__(self) -> None:
        self._log = OutputLog()
        self._displays: dict[int, Display] = {}
        """Bundles with their large parts, which the log leaves out, by their place."""

    @classmethod
    def read(cls, value: object) -> CapturedOutputs:
        """Return the outputs in a value of the widget's attribute."""
        captured = cls()
        for output in cast("list[Any]", value) if isinstance(value, list) else []:
            if isinstance(output, dict):
                content = cast("dict[str, Any]", output)
                captured.take(str(content.get("output_type")), content)
        return captured

    @property
    def outputs(self) -> list[Output]:
        """The outputs in bounded form."""
        return self._log.outputs

    def take(self, msg_type: str, content: Mapping[str, Any]) -> bool:
        """Take in a message of the kernel; return False if there is no room for an output."""
        if len(self._log.outputs) >= CAPTURE_LIMIT and msg_type != "clear_output":
            return False
        for op in self._log.apply(msg_type, content):
            match op:
                case DropOutputs():
                    self._displays.clear()
                case SetOutput(index=index, output=Display() as whole):
                    self._displays[index] = whole
                case _:
                    pass
        return True

    def value(self) -> list[dict[str, Any]]:
        """Return the outputs as the value of the widget's attribute."""
        known = enumerate(self._log.outputs)
        return [_nbformat(self._displays.get(place, output)) for place, output in known]


def _nbformat(output: Output) -> dict[str, Any]:
    match output:
        case Stream(name=name, text=text, tail=tail):
            return {"output_type": "stream", "name": name, "text": text + tail}
        case Display(data=data, metadata=metadata, count=None):
            return {"output_type": "display_data", "data": data, "metadata": metadata}
        case Display(data=data, metadata=metadata, count=count):
            shown = {"data": data, "metadata": metadata, "execution_count": count}
            return {"output_type": "execute_result", **shown}
        case _:
            known = {"ename": output.ename, "evalue": output.evalue}
            return {"output_type": "error", **known, "traceback": list(output.traceback)}
