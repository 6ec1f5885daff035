"""Outputs that later messages of the kernel change: displays with an id, widgets, and failures.

Owns the tables of such outputs, for as long as one kernel runs, and the assignment of an output to
its run or to an Output widget. It must not know the queue, or how changes are stored and sent.

Bounds: `DISPLAY_LIMIT` ids of displays and of shown widgets, of which the oldest are forgotten
first; core/output/widgets.py bounds the state of widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import msgspec

from cellbridge.core.output.output_reducer import display_id_of, model_of
from cellbridge.core.output.outputs import Display, Failure, Output
from cellbridge.core.output.widgets import Widgets
from cellbridge.core.python.docstrings import repeats_code
from cellbridge.core.runs.frames import Frame
from cellbridge.core.runs.runs import Run
from cellbridge.session.host.publisher import Publisher

DISPLAY_LIMIT = 10_000


class LiveOutputs:
    """The outputs of a kernel that can change after they have come."""

    def __init__(self, publisher: Publisher, find_run: Callable[[str], Run | None]) -> None:
        self._publisher = publisher
        self._find_run = find_run
        """Returns the run of an id; None if it no longer exists."""
        self.forget_kernel()

    def forget_kernel(self) -> None:
        """Forget everything, since a new kernel has started."""
        self._displays: dict[str, set[str]] = {}
        """The runs that have displays of an id."""
        self._views: dict[str, set[str]] = {}
        """The runs that show a widget."""
        self._widgets = Widgets()
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

    def add(self, run_id: str, parent_id: str, msg_type: str, content: dict[str, Any]) -> None:
        """Take in an output of a run; a display with a known id updates the earlier ones too."""
        model = self._widgets.capturing(parent_id)
        if model in self._parts and self._widgets.capture(model, msg_type, content):
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
        """Return whether a result is the docstring of its cell, which would only be shown twice."""
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

    def receive(self, msg_type: str, content: Mapping[str, Any]) -> None:
        """Take in a message of a widget; `send_changes` changes the outputs that show it."""
        if (model := self._widgets.receive(msg_type, content)) is not None:
            self._note_change(model)

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
        data, used = self._widgets.bundle(shown)
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
