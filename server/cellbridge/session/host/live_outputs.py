"""Outputs that later messages of the kernel change: displays with an id, widgets, and failures.

Owns the tables of such outputs, for as long as one kernel runs, and the assignment of an output to
its run or to an Output widget. It must not know the queue, or how changes are stored and sent.

Bounds: `DISPLAY_LIMIT` ids of displays and of shown widgets, of which the oldest are forgotten
first; core/output/widgets.py bounds the state of widgets.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import msgspec

from cellbridge.core.output.output_reducer import display_id_of, model_of
from cellbridge.core.output.outputs import Display, Failure, Output
from cellbridge.core.python.docstrings import repeats_code
from cellbridge.core.runs.frames import Frame
from cellbridge.core.runs.runs import Run
from cellbridge.kernel.channels.messages import Message
from cellbridge.session.host.publisher import Publisher
from cellbridge.session.host.widgets.session_widgets import SessionWidgets

DISPLAY_LIMIT = 10_000
_OUTPUTS = {"stream", "display_data", "execute_result", "error"}

log = logging.getLogger(__name__)


class LiveOutputs:
    """The outputs of a kernel that can change after they have come."""

    def __init__(
        self,
        publisher: Publisher,
        find_run: Callable[[str], Run | None],
        widgets: SessionWidgets,
    ) -> None:
        self._publisher = publisher
        self._find_run = find_run
        """Returns the run of an id; None if it no longer exists."""
        self._widgets = widgets
        widgets.on_change, widgets.on_changes = self._note_change, self.send_changes
        self.forget_kernel()

    def forget_kernel(self) -> None:
        """Forget everything, since a new kernel has started."""
        self._displays: dict[str, set[str]] = {}
        """The runs that have displays of an id."""
        self._views: dict[str, set[str]] = {}
        """The runs that show a widget."""
        self._makers: dict[str, set[str]] = {}
        """The run that has made a widget."""
        self._parts: dict[str, set[str]] = {}
        """The shown widgets that contain a widget."""
        self._frames: tuple[str, tuple[Frame, ...]] = "", ()
        """The run that failed last, and the frames of its exception."""
        self._changed: dict[str, None] = {}
        """Shown widgets whose text may have changed."""

    def restore(self, run_id: str, outputs: Sequence[Output]) -> None:
        """Add the outputs of a run that an earlier host has received."""
        for output in outputs:
            if isinstance(output, Display) and output.display_id:
                _add(self._displays, output.display_id, run_id)
            if isinstance(output, Display) and output.widget:
                _add(self._views, output.widget, run_id)
                _add(self._parts, output.widget, output.widget)

    def add(self, run_id: str, parent_id: str, msg_type: str, content: dict[str, Any]) -> None:
        """Take in an output of a run; a display with a known id updates the earlier ones too."""
        model = self._widgets.text.capturing(parent_id)
        if model is not None and self._widgets.capture(model, msg_type, content):
            self._note_change(model)
            return
        if msg_type == "execute_result" and self._is_own_text(run_id, content.get("data")):
            return
        display_id = display_id_of(content)
        if display_id in self._displays:
            self.update(content)
        shown = model_of(content.get("data"))
        if shown is not None:
            content = content | {"data": self._bundle(shown)}
            _add(self._views, shown, run_id)
        ops = list(self._publisher.outputs_of(run_id).apply(msg_type, content))
        self._publisher.outputs_changed(run_id, ops)
        if display_id is not None:
            _add(self._displays, display_id, run_id)

    def _is_own_text(self, run_id: str, data: object) -> bool:
        """Return True if a result is the docstring of its cell, which would only be shown twice."""
        run = self._find_run(run_id)
        if run is None or not isinstance(data, dict):
            return False
        bundle = cast("dict[str, Any]", data)
        text = bundle.get("text/plain")
        return len(bundle) == 1 and isinstance(text, str) and repeats_code(run.source, text)

    def update(self, content: Mapping[str, Any]) -> None:
        """Take in an ``update_display_data``; an unknown id is ignored."""
        display_id = display_id_of(content)
        if display_id is None:
            return
        for run_id in self._known(self._displays, display_id):
            ops = list(self._publisher.outputs_of(run_id).update(display_id, content))
            self._publisher.outputs_changed(run_id, ops)

    def add_of_widget(self, model: str, message: Message) -> None:
        """Take in a message that a widget's code has caused, outside of a run.

        An output that no Output widget captures belongs to the run that shows the widget, or else
        to the run that has made it.
        """
        if message.msg_type == "status":
            if message.content.get("execution_state") == "idle":
                self._widgets.handled(message.parent_id)
            return
        if message.msg_type == "update_display_data":
            self.update(message.content)
            return
        views = [self._known(self._views, shown) for shown in self._parts.get(model, ())]
        runs = next(filter(None, views), None) or self._known(self._makers, model)
        if runs:
            self.add(runs[-1], message.parent_id, message.msg_type, message.content)
        elif (captor := self._widgets.text.capturing(message.parent_id)) is not None:
            if self._widgets.capture(captor, message.msg_type, message.content):
                self._note_change(captor)
        elif message.msg_type in _OUTPUTS:
            log.warning("An output of a widget that no cell shows is not kept")

    def receive(self, message: Message, run_id: str | None) -> None:
        """Take in a message of a widget; `send_changes` changes the outputs that show it."""
        self._widgets.receive(message)
        made = message.content.get("comm_id")
        if run_id is not None and message.msg_type == "comm_open" and isinstance(made, str):
            _add(self._makers, made, run_id)

    def failure_of(self, run_id: str) -> Failure | None:
        """Return the exception that ended a run, if its output shows one."""
        outputs = reversed(self._publisher.outputs_of(run_id).outputs)
        return next((output for output in outputs if isinstance(output, Failure)), None)

    def add_frames(self, run_id: str, frames: tuple[Frame, ...] | None = None) -> None:
        """Add frames to the failure of a run. Both come on two channels, in any order."""
        if frames is not None:
            self._frames = run_id, frames
        known_of, known = self._frames
        failure = self.failure_of(run_id)
        if known_of == run_id and known and failure is not None:
            placed = msgspec.structs.replace(failure, frames=known)
            outputs = self._publisher.outputs_of(run_id)
            self._publisher.outputs_changed(run_id, list(outputs.with_frames(placed)))

    def send_changes(self) -> None:
        """Update the outputs that show changed widgets, each once for many messages."""
        changed, self._changed = self._changed, {}
        for model in changed:
            data = self._bundle(model)
            for run_id in self._known(self._views, model):
                ops = list(self._publisher.outputs_of(run_id).update_widget(model, data))
                self._publisher.outputs_changed(run_id, ops)

    def _bundle(self, shown: str) -> dict[str, Any]:
        data, used = self._widgets.text.bundle(shown)
        for model in used:
            _add(self._parts, model, shown)
        return data

    def _note_change(self, model: str) -> None:
        self._changed |= dict.fromkeys(self._parts.get(model, ()))

    def _known(self, table: dict[str, set[str]], key: str) -> list[str]:
        """Return the runs under a key which still exist."""
        runs = {run_id for run_id in table.get(key, ()) if self._find_run(run_id) is not None}
        if key in table:
            table[key] = runs
        return sorted(runs)


def _add(table: dict[str, set[str]], key: str, value: str) -> None:
    table.setdefault(key, set()).add(value)
    while len(table) > DISPLAY_LIMIT:
        del table[next(iter(table))]
