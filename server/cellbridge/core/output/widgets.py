# Size: the text of each widget of ipywidgets, most in a line.
"""The widgets of a kernel as text, and the outputs that widgets capture.

Owns the text of each widget, and which widget captures the outputs of a message. It must not know
messages' channels, runs or stores; core/widgets has the states.

Progress bars and widgets with values are live text, such as ``outer: 60% 3/5``. Other widgets need
a browser, so a sentence is in their place. The text that a kernel sends with a widget is its state
at the time of the display, and is never shown.

Bounds: `VALUE_LIMIT` characters and `ITEM_LIMIT` items of each attribute are read, and
`CLOSED_LIMIT` closed widgets are known, of which the oldest are forgotten first.

Source: "Jupyter widget messaging protocol" 2.1, and the Output widget of ipywidgets 8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from cellbridge.core.output import html_text
from cellbridge.core.output.captured import CapturedOutputs
from cellbridge.core.output.output_reducer import WIDGET_VIEW
from cellbridge.core.output.outputs import Display
from cellbridge.core.output.preview import plain_text
from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.core.widgets.models import Model, WidgetModels

CLOSED_LIMIT = 50_000
VALUE_LIMIT = 4_000
ITEM_LIMIT = 1_000
UNKNOWN = "[The session did not see how this widget was made. Run the cell that makes it again.]"
UNSHOWN = "[Widgets of type {} are not shown here. Open the widgets in a browser to use this one.]"
_DEPTH = 20
_REFERENCE = "IPY_MODEL_"
_KEPT = {
    "_model_name", "_options_labels", "children", "description", "index", "max", "min", "titles",
    "value",
}  # fmt: skip
"""The attributes from which texts are made."""

State = dict[str, Any]


class Widgets:
    """The widgets of one kernel."""

    def __init__(self) -> None:
        self.models = WidgetModels()
        self._closed: dict[str, None] = {}
        self._captures: dict[str, str] = {}
        """The Output widget that captures the outputs of a message, by the message's id."""
        self._captured: dict[str, CapturedOutputs] = {}
        """The captured outputs of Output widgets."""
        self._unsettled: dict[str, None] = {}
        """Output widgets whose attribute ``outputs`` lacks captured outputs."""

    def apply(self, message: WidgetMessage) -> WidgetMessage | None:
        """Take in a message of a model; return the part that is news, as `WidgetModels` does."""
        model = message.model
        if message.kind in {"open", "close"}:
            self._captured.pop(model, None)
            self._stop_capture(model)
            self._closed.pop(model, None)
        news = self.models.apply(message)
        if news is None:
            return None
        if news.kind == "close":
            self._closed[model] = None
            while len(self._closed) > CLOSED_LIMIT:
                del self._closed[next(iter(self._closed))]
        elif known := self.models.get(model):
            self._note_capture(model, known, news)
        return news

    def _note_capture(self, model: str, known: Model, news: WidgetMessage) -> None:
        """Follow an Output widget: the message whose outputs it captures, and its outputs."""
        if (
            news.state.keys().isdisjoint({"msg_id", "outputs"})
            or known.get("_model_name") != _OUTPUT
        ):
            return
        if "msg_id" in news.state:
            self._stop_capture(model)
            if isinstance(message := known.get("msg_id"), str) and message:
                self._captures[message] = model
        if "outputs" in news.state:
            self._unsettled.pop(model, None)
            self._captured[model] = CapturedOutputs.read(known.get("outputs"))

    def _stop_capture(self, model: str) -> None:
        self._captures = {at: one for at, one in self._captures.items() if one != model}

    def capturing(self, message: str) -> str | None:
        """Return the Output widget that captures the outputs of a message."""
        return self._captures.get(message)

    def capture(self, model: str, msg_type: str, content: Mapping[str, Any]) -> bool:
        """Take an output into an Output widget; return False if it cannot take more."""
        if model not in self.models:
            return False
        if not self._captured.setdefault(model, CapturedOutputs()).take(msg_type, content):
            return False
        self._unsettled[model] = None
        return True

    def settle(self) -> list[WidgetMessage]:
        """Set the attribute ``outputs`` of widgets that have captured more; return the changes."""
        changed, self._unsettled = self._unsettled, {}
        for gone in [model for model in self._captured if changed and model not in self.models]:
            del self._captured[gone]
        news = [
            self.models.set(model, "outputs", captured.value())
            for model in changed
            if (captured := self._captured.get(model)) is not None
        ]
        return [one for one in news if one is not None]

    def bundle(self, model: str) -> tuple[State, set[str]]:
        """Return the bundle that shows a widget, and the ids of all widgets in it."""
        used: set[str] = set()
        view = {WIDGET_VIEW: {"version_major": 2, "version_minor": 0, "model_id": model}}
        if model in self._closed:
            return {"text/plain": ""}, {model}
        captured = self._captured.get(model)
        if captured is not None and captured.outputs and model in self.models:
            shown = [output for output in captured.outputs if isinstance(output, Display)]
            data = dict(shown[-1].data) if shown else {}
            if len(captured.outputs) > 1 or not shown:
                data = {mime: part for mime, part in data.items() if mime.startswith("image/")}
                data["text/plain"] = plain_text(captured.outputs, VALUE_LIMIT)
            return data | view, {model}
        text = self._text(model, used, 0)
        return {"text/plain": text[:VALUE_LIMIT]} | view, used | {model}

    def _text(self, model: str, used: set[str], depth: int) -> str:
        known = self.models.get(model)
        if known is None or depth > _DEPTH or len(used) > ITEM_LIMIT:
            return "" if model in self._closed or depth else UNKNOWN
        if model in used:
            return ""  # Each widget once, so that boxes which contain themselves end.
        used.add(model)
        state = _read(known)
        name = _name(state)
        if name in _BOXES:
            return self._box(state, used, depth)
        if name == "Output":
            captured = self._captured.get(model)
            return plain_text(captured.outputs, VALUE_LIMIT) if captured is not None else ""
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
        bars = [self._is_bar(model) for model in models]
        if any(_has_digit(text) for text, bar in zip(texts, bars, strict=True) if not bar):
            # The labels next to a bar, such as tqdm's, have its numbers already.
            texts = ["" if bar else text for text, bar in zip(texts, bars, strict=True)]
        titles = [str(title) for title in _items(state, "titles")]
        if titles:
            pairs = zip(titles, texts, strict=False)
            texts = [f"{title}\n{text}" if title else text for title, text in pairs]
        between = " " if _name(state) == "HBox" else "\n"
        return between.join(filter(None, texts))

    def _is_bar(self, model: str) -> bool:
        known = self.models.get(model)
        return known is not None and _name({"_model_name": known.get("_model_name")}) in _PROGRESS


def _read(model: Model) -> State:
    """Return the attributes from which a text is made."""
    return {name: _bounded(model.get(name)) for name in _KEPT if name in model.values}


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


def _described(state: State, text: str, *, typed: bool = False) -> str:
    """Return a text after the widget's description; if ``typed``, at least after its type."""
    description = html_text.plain(str(state.get("description") or "")).rstrip(": ")
    if description:
        return f"{description}: {text}"
    return f"[{_type_in_words(_name(state))}] {text}".rstrip() if typed else text


def _type_in_words(name: str) -> str:
    """Return the type of a widget in words, such as ``range slider`` for FloatRangeSlider."""
    return _CAPITAL.sub(" ", _NUMBERS.sub("", name)).casefold()


def _progress(state: State) -> str:
    value, least, most = (_number(state.get(name)) for name in ("value", "min", "max"))
    share = (value - least) / (most - least) if most > least else 1.0
    percent = f"{100 * min(max(share, 0.0), 1.0):.0f}%"
    return _described(state, f"{percent} {_value(state.get('value'))}/{_value(state.get('max'))}")


def _html(state: State) -> str:
    return _described(state, html_text.plain(str(state.get("value") or "")))


def _plain(state: State) -> str:
    typed = _name(state) != "Label"
    return _described(state, _value(state.get("value")), typed=typed)


def _checked(state: State) -> str:
    return f"[{'x' if state.get('value') else ' '}] {state.get('description') or ''}".rstrip()


def _selected(state: State) -> str:
    labels, index = _items(state, "_options_labels"), state.get("index")
    chosen = cast("list[Any]", index) if isinstance(index, (list, tuple)) else [index]
    names = [str(labels[at]) for at in chosen if isinstance(at, int) and -1 < at < len(labels)]
    return _described(state, ", ".join(names), typed=True)


_OUTPUT = "OutputModel"
_NUMBERS = re.compile(r"^(?:Bounded)?(?:Int|Float)(?=[A-Z])")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
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
