"""The widgets of ipywidgets, whose content comes by comm messages, as text.

Owns the state of each widget, and its text. It must not know messages' channels, runs or stores.

Progress bars and widgets with values are live text, such as ``outer: 60% 3/5``. Other widgets need
JavaScript of their own, so a sentence is in their place. The text that a kernel sends with a widget
is its state at the time of the display, and is never shown.

Bounds: `MODEL_LIMIT` widgets, of which the oldest are forgotten first; of each, only the attributes
in `_KEPT`, with `VALUE_LIMIT` characters and `ITEM_LIMIT` items; and `CAPTURE_LIMIT` outputs.

Source: "Jupyter widget messaging protocol" 2.1 (comm target ``jupyter.widget``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from cellbridge.core.output import html_text
from cellbridge.core.output.output_reducer import WIDGET_VIEW, OutputLog
from cellbridge.core.output.outputs import Display
from cellbridge.core.output.preview import plain_text

MODEL_LIMIT = 5_000
VALUE_LIMIT = 4_000
ITEM_LIMIT = 1_000
CAPTURE_LIMIT = 200
"""Outputs that an Output widget captures; further ones are outputs of the cell."""
UNKNOWN = "[The session did not see how this widget was made. Run the cell that makes it again.]"
UNSHOWN = "[Widgets of type {} are not shown here. Open the notebook in Jupyter to use this one.]"
_DEPTH = 20
_REFERENCE = "IPY_MODEL_"
_KEPT = {
    "_model_name", "_options_labels", "children", "description", "index", "max", "min", "msg_id",
    "outputs", "titles", "value",
}  # fmt: skip

State = dict[str, Any]


class Widgets:
    """The widgets of one kernel."""

    def __init__(self) -> None:
        self._models: dict[str, State] = {}
        self._closed: dict[str, None] = {}
        self._captures: dict[str, str] = {}
        """The Output widget that captures the outputs of a message, by the message's id."""
        self._logs: dict[str, OutputLog] = {}
        """The captured outputs of Output widgets."""

    def receive(self, msg_type: str, content: Mapping[str, Any]) -> str | None:
        """Take in a comm message; return the id of the widget that has changed."""
        comm, data = content.get("comm_id"), content.get("data")
        if not isinstance(comm, str):
            return None
        sent = cast("dict[str, Any]", data).get("state") if isinstance(data, dict) else None
        state = cast("dict[str, Any]", sent) if isinstance(sent, dict) else {}
        if msg_type == "comm_open" and content.get("target_name") == "jupyter.widget":
            self._models[comm] = {}
            _limit(self._models)
        elif msg_type == "comm_close" and self._models.pop(comm, None) is not None:
            self._closed[comm] = None
            _limit(self._closed)
        elif comm not in self._models:
            return None
        self._update(comm, state)
        return comm

    def _update(self, comm: str, state: State) -> None:
        kept = {name: _bounded(value) for name, value in state.items() if name in _KEPT}
        self._models.get(comm, {}).update(kept)
        if "msg_id" in kept:
            self._captures = {at: model for at, model in self._captures.items() if model != comm}
            if isinstance(message := kept["msg_id"], str) and message:
                self._captures[message] = comm
        if isinstance(outputs := kept.get("outputs"), list):
            self._logs[comm] = log = OutputLog()
            for output in cast("list[Any]", outputs):
                if isinstance(output, dict):
                    content = cast("dict[str, Any]", output)
                    list(log.apply(str(content.get("output_type")), content))
            _limit(self._logs)

    def capturing(self, message: str) -> str | None:
        """Return the Output widget that captures the outputs of a message."""
        return self._captures.get(message)

    def capture(self, model: str, msg_type: str, content: Mapping[str, Any]) -> bool:
        """Take an output into an Output widget; return False if it cannot take more."""
        log = self._logs.setdefault(model, OutputLog())
        _limit(self._logs)
        if len(log.outputs) >= CAPTURE_LIMIT and msg_type != "clear_output":
            return False
        list(log.apply(msg_type, content))
        return True

    def bundle(self, model: str) -> tuple[State, set[str]]:
        """Return the bundle that shows a widget, and the ids of all widgets in it."""
        used: set[str] = set()
        view = {WIDGET_VIEW: {"version_major": 2, "version_minor": 0, "model_id": model}}
        if model in self._closed:
            return {"text/plain": ""}, {model}
        state = self._models.get(model)
        log = self._logs.get(model)
        if state is not None and _name(state) == "Output" and log is not None and log.outputs:
            shown = [output for output in log.outputs if isinstance(output, Display)]
            data = dict(shown[-1].data) if shown else {}
            if len(log.outputs) > 1 or not shown:
                data = {mime: part for mime, part in data.items() if mime.startswith("image/")}
                data["text/plain"] = plain_text(log.outputs, VALUE_LIMIT)
            return data | view, {model}
        text = self._text(model, used, 0)
        return {"text/plain": text[:VALUE_LIMIT]} | view, used | {model}

    def _text(self, model: str, used: set[str], depth: int) -> str:
        state = self._models.get(model)
        if state is None or depth > _DEPTH or len(used) > ITEM_LIMIT:
            return "" if model in self._closed or depth else UNKNOWN
        if model in used:
            return ""  # Each widget once, so that boxes which contain themselves end.
        used.add(model)
        name = _name(state)
        if name in _BOXES:
            return self._box(state, used, depth)
        if name == "Output":
            log = self._logs.get(model)
            return plain_text(log.outputs, VALUE_LIMIT) if log is not None else ""
        draw = _DRAWN.get(name)
        if draw is not None:
            return draw(state)
        return UNSHOWN.format(name or "unknown")

    def _box(self, state: State, used: set[str], depth: int) -> str:
        models = [
            child.removeprefix(_REFERENCE)
            for child in _items(state, "children")
            if isinstance(child, str) and child.startswith(_REFERENCE)
        ]
        texts = [self._text(model, used, depth + 1) for model in models]
        bars = [_name(self._models.get(model, {})) in _PROGRESS for model in models]
        if any(_has_digit(text) for text, bar in zip(texts, bars, strict=True) if not bar):
            # The labels next to a bar, such as tqdm's, have its numbers already.
            texts = ["" if bar else text for text, bar in zip(texts, bars, strict=True)]
        titles = [str(title) for title in _items(state, "titles")]
        if titles:
            pairs = zip(titles, texts, strict=False)
            texts = [f"{title}\n{text}" if title else text for title, text in pairs]
        between = " " if _name(state) == "HBox" else "\n"
        return between.join(filter(None, texts))


def _limit(kept: dict[str, Any]) -> None:
    while len(kept) > MODEL_LIMIT:
        del kept[next(iter(kept))]


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value[:VALUE_LIMIT]
    return cast("list[Any]", value)[:ITEM_LIMIT] if isinstance(value, list) else value


def _name(state: State) -> str:
    return str(state.get("_model_name", "")).removesuffix("Model")


def _items(state: State, name: str) -> list[Any]:
    found = state.get(name)
    return cast("list[Any]", found) if isinstance(found, (list, tuple)) else []


def _has_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, cast("Iterable[object]", value)))
    if isinstance(value, dict):  # A date: its parts.
        return "-".join(str(part) for part in cast("dict[str, Any]", value).values())
    return f"{value:.6g}" if isinstance(value, float) else "" if value is None else str(value)


def _described(state: State, text: str) -> str:
    """Return a text after the widget's description."""
    description = html_text.plain(str(state.get("description") or "")).rstrip(": ")
    return f"{description}: {text}" if description else text


def _progress(state: State) -> str:
    value, least, most = (_number(state.get(name)) for name in ("value", "min", "max"))
    share = (value - least) / (most - least) if most > least else 1.0
    percent = f"{100 * min(max(share, 0.0), 1.0):.0f}%"
    return _described(state, f"{percent} {_value(state.get('value'))}/{_value(state.get('max'))}")


def _html(state: State) -> str:
    return _described(state, html_text.plain(str(state.get("value") or "")))


def _plain(state: State) -> str:
    return _described(state, _value(state.get("value")))


def _checked(state: State) -> str:
    return f"[{'x' if state.get('value') else ' '}] {state.get('description') or ''}".rstrip()


def _selected(state: State) -> str:
    labels, index = _items(state, "_options_labels"), state.get("index")
    chosen = cast("list[Any]", index) if isinstance(index, (list, tuple)) else [index]
    names = [str(labels[at]) for at in chosen if isinstance(at, int) and -1 < at < len(labels)]
    return _described(state, ", ".join(names))


_BOXES = {"Accordion", "Box", "GridBox", "HBox", "Stack", "Tab", "VBox"}
_PROGRESS = {"FloatProgress", "IntProgress"}
_VALUES = {
    "BoundedFloatText", "BoundedIntText", "ColorPicker", "Combobox", "DatePicker", "FloatLogSlider",
    "FloatRangeSlider", "FloatSlider", "FloatText", "IntRangeSlider", "IntSlider", "IntText",
    "Label", "Play", "TagsInput", "Text", "Textarea",
}  # fmt: skip
_SELECTIONS = {
    "Dropdown", "RadioButtons", "Select", "SelectMultiple", "SelectionRangeSlider",
    "SelectionSlider", "ToggleButtons",
}  # fmt: skip
_DRAWN: dict[str, Callable[[State], str]] = {
    **dict.fromkeys(_PROGRESS, _progress),
    **dict.fromkeys(("HTML", "HTMLMath"), _html),
    **dict.fromkeys(_VALUES, _plain),
    **dict.fromkeys(("Checkbox", "ToggleButton", "Valid"), _checked),
    **dict.fromkeys(_SELECTIONS, _selected),
    "Button": lambda state: f"[{state.get('description') or 'button'}]",
    "Password": lambda state: _described(state, "•" * len(str(state.get("value") or ""))),
}
"""The text of each widget that is not a box, by its name."""
