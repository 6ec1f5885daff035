"""From kernel messages to outputs, and to a client's bounded copy of them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.output.output_mirror import Pending, apply_ops, kept_characters
from cellbridge.core.output.output_reducer import OutputLog, bound_output
from cellbridge.core.output.outputs import (
    HEAD_LIMIT,
    PART_LIMIT,
    TAIL_LIMIT,
    Display,
    Failure,
    Op,
    Stream,
)
from cellbridge.core.output.terminal import Terminal


def out(text: str, name: str = "stdout") -> tuple[str, dict[str, Any]]:
    return "stream", {"name": name, "text": text}


def show(data: dict[str, Any], display_id: str | None = None) -> tuple[str, dict[str, Any]]:
    transient = {"display_id": display_id} if display_id else {}
    return "display_data", {"data": data, "metadata": {}, "transient": transient}


def check_outputs(messages: list[tuple[str, dict[str, Any]]], expected: str) -> None:
    log = OutputLog()
    for msg_type, content in messages:
        list(log.apply(msg_type, content))
    assert " | ".join(map(brief, log.outputs)) == expected


def brief(output: object) -> str:
    match output:
        case Stream():
            return f"{output.name} {output.text!r}"
        case Display():
            sign = "display" if output.count is None else f"[{output.count}]"
            return f"{sign} {output.data}"
        case Failure():
            return f"{output.ename}({output.evalue})"
        case _:
            return repr(output)


def test_stream_messages_of_one_name_are_one_output() -> None:
    check_outputs(
        [out("a\n"), out("b\n"), out("oh", "stderr"), out("c")],
        "stdout 'a\\nb\\n' | stderr 'oh' | stdout 'c'",
    )


def test_results_displays_and_failures_are_kept_in_order() -> None:
    result = {"data": {"text/plain": "2"}, "metadata": {}, "execution_count": 7}
    error = {"ename": "ValueError", "evalue": "no", "traceback": ["line"]}
    check_outputs(
        [show({"text/plain": "x"}), ("execute_result", result), ("error", error)],
        "display {'text/plain': 'x'} | [7] {'text/plain': '2'} | ValueError(no)",
    )


def test_messages_without_output_change_nothing() -> None:
    check_outputs([("status", {}), ("comm_msg", {}), out(""), ("no such type", {})], "")


def test_malformed_content_never_raises() -> None:
    check_outputs(
        [("display_data", {"data": "x"}), ("error", {"traceback": 3}), ("stream", {})],
        "display {} | ()",
    )


def test_clear_output_clears_now() -> None:
    check_outputs([out("a"), ("clear_output", {"wait": False}), out("b")], "stdout 'b'")


def test_clear_output_that_waits_clears_when_the_next_output_comes() -> None:
    messages = [out("a"), ("clear_output", {"wait": True})]
    check_outputs(messages, "stdout 'a'")
    check_outputs([*messages, out("b")], "stdout 'b'")


def test_update_display_data_touches_every_output_of_that_id() -> None:
    log = OutputLog()
    for message in (show({"text/plain": "1"}, "d"), out("x"), show({"text/plain": "2"}, "d")):
        list(log.apply(*message))
    list(log.update("d", {"data": {"text/plain": "new"}, "metadata": {}}))
    assert [brief(o) for o in log.outputs] == [
        "display {'text/plain': 'new'}",
        "stdout 'x'",
        "display {'text/plain': 'new'}",
    ]
    assert list(log.update("other", {"data": {}})) == []


CHUNKS = st.lists(
    st.one_of(
        st.text(alphabet="ab\n\r\x08", max_size=12),
        st.sampled_from(
            ["\x1b[A", "\x1b[2A\r", "\x1b[2K", "\x1b[J", "\x1b[H", "\x1b[31m", "\x1b[?25l"]
        ),
        st.integers(0, 3).map(lambda n: "y" * (n * HEAD_LIMIT // 2)),
    ),
    max_size=25,
)


@given(CHUNKS, st.lists(st.booleans(), min_size=25, max_size=25))
def test_a_client_that_is_sent_operations_now_and_then_has_what_the_log_has(
    chunks: list[str], sends: list[bool]
) -> None:
    log, pending, mirror = OutputLog(), Pending(), []
    for chunk, send in zip(chunks, sends, strict=False):
        for op in log.apply(*out(chunk)):
            pending.note(op)
        if send:
            mirror = apply_ops(mirror, pending.take(log.outputs))
    mirror = apply_ops(mirror, pending.take(log.outputs))
    assert mirror == log.outputs


@given(CHUNKS)
def test_whole_texts_rebuilt_from_the_operations_are_what_a_terminal_shows(
    chunks: list[str],
) -> None:
    log, terminal, seen, whole = OutputLog(), Terminal(), "", ""
    for chunk in chunks:
        edit = terminal.feed(chunk)
        seen = seen[: len(seen) - edit.drop] + edit.text
        for op in log.apply(*out(chunk)):
            whole = rebuilt(whole, op)
    assert whole == seen
    if log.outputs:
        stream = log.outputs[0]
        assert isinstance(stream, Stream)
        assert (stream.chars, stream.lines) == (len(seen), seen.count("\n"))
        assert len(stream.text) <= HEAD_LIMIT
        assert len(stream.tail) <= TAIL_LIMIT
        assert stream.text == seen[:HEAD_LIMIT]


def rebuilt(whole: str, op: Op) -> str:
    keep, text = getattr(op, "keep", None), getattr(op, "text", "")
    return whole if keep is None else whole[:keep] + text


def test_escapes_without_text_are_no_output_and_their_effect_stays() -> None:
    check_outputs([out("\x1b[?25l")], "")
    check_outputs([out("\x1b[3"), out("1mred")], "stdout '\\x1b[31mred'")
    check_outputs([out("\x1b[3"), ("clear_output", {}), out("1mred")], "stdout '1mred'")
    check_outputs([out("ab"), out("\b", "stderr"), out("\rc")], "stdout 'cb'")


def test_a_resumed_stream_goes_on_where_it_was() -> None:
    log = OutputLog()
    list(log.apply(*out("one\ntwo\nthree")))
    resumed = OutputLog.resume(log.outputs)
    list(resumed.apply(*out("\x1b[2A\rONE")))
    assert [brief(output) for output in resumed.outputs] == ["stdout 'ONE\\ntwo\\nthree'"]


def test_large_mime_parts_are_left_out_and_named_with_their_size() -> None:
    big = "x" * (PART_LIMIT + 1)
    shown = bound_output(Display({"text/html": big, "text/plain": "small"}))
    assert shown == Display({"text/plain": "small"}, omitted={"text/html": PART_LIMIT + 1})


def test_a_clear_between_two_deliveries_reaches_the_client() -> None:
    log, pending = OutputLog(), Pending()
    mirror = []
    for message in (out("a\n"), ("clear_output", {}), out("b\n"), show({"text/plain": "x"})):
        for op in log.apply(*message):
            pending.note(op)
        if message[0] == "stream" and not mirror:
            mirror = apply_ops(mirror, pending.take(log.outputs))
    assert apply_ops(mirror, pending.take(log.outputs)) == log.outputs


def check_grown(before: str, now: str, kept: int | None) -> None:
    def stream(text: str) -> Stream:
        return Stream("stdout", text, len(text), text.count("\n"))

    assert kept_characters(stream(before), stream(now)) == kept


def test_a_text_that_goes_on_keeps_what_it_was() -> None:
    check_grown("a\n", "a\nb\n", 2)
    check_grown("", "a", 0)
    check_grown("a\n10 %", "a\n20 %", 2)
    check_grown("head\nlong", "head\n", 5)
    check_grown("head\nlong", "other\nlong", 0)
    failure = Failure("E", "")
    assert kept_characters(failure, failure) is None
    assert kept_characters(Stream("stdout", "", 0, 0), Stream("stderr", "", 0, 0)) is None
