"""Widgets as text, from the messages that ipywidgets sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.output import widgets
from cellbridge.core.output.captured import CAPTURE_LIMIT
from cellbridge.core.output.widgets import UNKNOWN, UNSHOWN, Widgets
from cellbridge.core.widgets.messages import read_comm


def opened(comm: str, kind: str, **state: Any) -> tuple[str, dict[str, Any]]:
    model = {"_model_name": f"{kind}Model", **state}
    data = {"state": model, "buffer_paths": []}
    return "comm_open", {"comm_id": comm, "target_name": "jupyter.widget", "data": data}


def updated(comm: str, **state: Any) -> tuple[str, dict[str, Any]]:
    return "comm_msg", {"comm_id": comm, "data": {"method": "update", "state": state}}


def receive(made: Widgets, msg_type: str, content: Any, buffers: Sequence[bytes] = ()) -> None:
    if (read := read_comm(msg_type, content, buffers)) is not None:
        made.apply(read[0])


def check_text(expected: str, *messages: tuple[str, dict[str, Any]]) -> Widgets:
    """Check the text of the widget ``a`` after these messages."""
    made = Widgets()
    for message in messages:
        receive(made, *message)
    data, _ = made.bundle("a")
    assert data["text/plain"] == expected
    return made


def test_progress_bars_are_numbers() -> None:
    check_text("60% 3/5", opened("a", "IntProgress", value=3, min=0, max=5))
    check_text(
        "load: 75% 1.5/2", opened("a", "FloatProgress", value=1.5, max=2, description="load")
    )
    check_text("100% 0/0", opened("a", "IntProgress", value=0, min=0, max=0))


def test_the_labels_of_a_bar_replace_its_numbers() -> None:
    parts = (
        opened("l", "HTML", value="outer: &nbsp;60%"),
        opened("p", "FloatProgress", value=3, max=5),
        opened("r", "HTML", value=" 3/5 [00:03&lt;00:02]"),
        opened("a", "HBox", children=[f"IPY_MODEL_{one}" for one in "lpr"]),
    )
    check_text("outer: 60% 3/5 [00:03<00:02]", *parts)
    check_text("20% 1/5", *parts[1:2], *parts[3:], updated("p", value=1))


def test_values_are_shown_as_users_see_them() -> None:
    labels = ["one", "two", "three"]
    check_text("a: 2, 3.5", opened("a", "FloatRangeSlider", value=[2, 3.5], description="a:"))
    check_text("[range slider] 2, 3", opened("a", "IntRangeSlider", value=[2, 3]))
    check_text("[dropdown] two", opened("a", "Dropdown", _options_labels=labels, index=1))
    check_text(
        "[select multiple] one, three",
        opened("a", "SelectMultiple", _options_labels=labels, index=[0, 2]),
    )
    check_text("[dropdown]", opened("a", "Dropdown", _options_labels=labels, index=None))
    check_text("[ ] on", opened("a", "Checkbox", value=False, description="on"))
    check_text("•••", opened("a", "Password", value="abc"))
    day = {"year": 2024, "month": 4, "date": 1}
    check_text("[date picker] 2024-4-1", opened("a", "DatePicker", value=day))


def test_other_widgets_and_unknown_ones_are_a_sentence() -> None:
    check_text(UNSHOWN.format("Any"), opened("a", "Any"))
    check_text(UNKNOWN, updated("a", value=1))


def test_closed_widgets_show_nothing() -> None:
    check_text("", opened("a", "Label", value="x"), ("comm_close", {"comm_id": "a"}))


def test_boxes_that_contain_themselves_end() -> None:
    label = opened("b", "Label", value="once")
    children = ["IPY_MODEL_a", "IPY_MODEL_b", "IPY_MODEL_a"]
    check_text("once", label, opened("a", "VBox", children=children))


def test_an_output_widget_captures_what_a_message_puts_out() -> None:
    made = check_text("", opened("a", "Output"), updated("a", msg_id="m"))
    assert made.capturing("m") == "a"
    picture = {"data": {"image/png": "x", "text/plain": "Figure"}}
    assert made.capture("a", "display_data", picture)
    assert {"image/png", "text/plain"} < made.bundle("a")[0].keys()
    for number in range(CAPTURE_LIMIT):
        made.capture("a", "display_data", {"data": {"text/plain": str(number)}})
    assert not made.capture("a", "display_data", {"data": {"text/plain": "more"}})
    receive(made, *updated("a", msg_id=""))
    assert made.capturing("m") is None
    stream = {"output_type": "stream", "name": "stdout", "text": "set"}
    check_text("set", opened("a", "Output", outputs=[stream]))


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.sampled_from(["IPY_MODEL_a"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
KINDS = st.sampled_from([*widgets._DRAWN, *widgets._BOXES, "Output", "Other"])


@given(st.dictionaries(st.sampled_from(sorted(widgets._KEPT)), ANY), KINDS, ANY)
def test_no_message_is_too_odd(state: dict[str, Any], kind: str, content: Any) -> None:
    made = Widgets()
    receive(made, "comm_open", {"comm_id": content, "data": content})
    receive(made, *opened("a", kind, **{k: v for k, v in state.items() if k != "_model_name"}))
    receive(made, "comm_msg", {"comm_id": "a", "data": content})
    assert isinstance(made.bundle("a")[0]["text/plain"], str)
