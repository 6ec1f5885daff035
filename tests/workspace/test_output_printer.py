"""Outputs written to a terminal or a pipe while they grow."""

from __future__ import annotations

import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.output.output_mirror import apply_ops
from cellbridge.core.output.output_reducer import OutputLog
from cellbridge.core.output.outputs import HEAD_LIMIT, Display, Failure, Stream
from cellbridge.core.runs.frames import Frame
from cellbridge.workspace.output_printer import Screen, text_from


class Terminal(io.StringIO):
    """A file that is a terminal."""

    def isatty(self) -> bool:
        return True


def stream(text: str) -> Stream:
    return Stream("stdout", text, len(text), text.count("\n"))


def check_shown(states: list[list[Any]], pipe: str, terminal: str) -> None:
    """Return the written text for each state of the outputs, in order."""
    for kind, expect in ((io.StringIO, pipe), (Terminal, terminal)):
        out = kind()
        screen = Screen(out, kind())
        for number, outputs in enumerate(states, 1):
            assert screen.show(outputs, ended=number == len(states))
        assert out.getvalue() == expect


def test_what_is_new_is_written() -> None:
    check_shown([[stream("a\n")], [stream("a\nb\n")], [stream("a\nb\n")]], "a\nb\n", "a\nb\n")


def test_an_open_line_that_changes() -> None:
    check_shown(
        [[stream("a\n10%")], [stream("a\n20%")], [stream("a\n30%\nb")]],
        "a\n30%\nb",
        "a\n10%\r\x1b[K20%\r\x1b[K30%\nb",
    )


def test_complete_lines_that_change() -> None:
    check_shown(
        [
            [stream("a\nouter 0%\ninner 5%")],
            [stream("a\nouter 0%\ninner 9%\nlog\n")],
            [stream("a\nouter 9%\ninner 9%\nlog\nmore\n")],
            [stream("a\nouter 99%\n")],
        ],
        "a\nouter 0%\ninner 9%\nlog\nmore\nouter 99%\n",
        "a\nouter 0%\ninner 5%\r\x1b[Kinner 9%\nlog\n"
        "\r\x1b[3A\x1b[Jouter 9%\ninner 9%\nlog\nmore\n\r\x1b[4A\x1b[Jouter 99%\n",
    )


def test_a_long_stream_whose_lines_change_is_written_on() -> None:
    many = "".join(f"{number}\n" for number in range(150))
    changed = many.replace("140\n", "changed\n")
    states = [[stream(many)], [stream(f"{changed}new\n")]]
    check_shown(
        states,
        f"{many}changed\nnew\n",
        f"{many}\r\x1b[10A\x1b[J{changed[changed.index('changed') :]}new\n",
    )


def test_an_open_line_that_grows() -> None:
    check_shown([[stream("a")], [stream("ab")]], "ab", "ab")


def test_what_follows_an_open_line_begins_a_line() -> None:
    check_shown([[stream("a"), Display({"text/plain": "1"}, {}, count=1)]], "a\n1\n", "a\n1\n")


def test_cleared_outputs() -> None:
    check_shown([[stream("a\n"), stream("b\n")], [], [stream("c\n")]], "a\nb\nc\n", "a\nb\nc\n")


def test_a_display_that_is_updated_is_shown_again() -> None:
    before, after = Display({"text/plain": "1"}, {}), Display({"text/plain": "2"}, {})
    check_shown([[before], [before], [after]], "1\n2\n", "1\n2\n")


def test_a_failure_that_learns_its_frames_is_shown_once() -> None:
    err = io.StringIO()
    screen = Screen(io.StringIO(), err)
    screen.show([Failure("E", "why", ("\x1b[31mE: why\x1b[0m",))])
    screen.show([Failure("E", "why", ("\x1b[31mE: why\x1b[0m",), (Frame("a", 1, "f"),))])
    assert err.getvalue() == "E: why\n"


def test_colours_stay_on_a_terminal() -> None:
    err = Terminal()
    Screen(io.StringIO(), err).show([Failure("E", "why", ("\x1b[31mE: why\x1b[0m",))])
    assert err.getvalue() == "\x1b[31mE: why\x1b[0m\n"


def test_stdout_and_stderr_share_the_cursor_of_a_terminal() -> None:
    out, err = Terminal(), Terminal()
    screen = Screen(out, err)
    screen.show([stream("a")])
    screen.fresh_line("stderr")
    assert err.getvalue() == "\n"
    apart = io.StringIO()
    screen = Screen(io.StringIO(), apart)
    screen.show([stream("a")], ended=True)
    screen.fresh_line("stderr")
    assert apart.getvalue() == ""


def test_a_gap_is_not_guessed() -> None:
    whole = "x" * HEAD_LIMIT + "middle" + "y" * 10
    bounded = Stream("stdout", whole[:HEAD_LIMIT], len(whole), 0, whole[-10:])
    out = io.StringIO()
    screen = Screen(out, io.StringIO())
    assert not screen.show([bounded], ended=True)
    assert out.getvalue() == ""
    assert screen.show([stream(whole)], ended=True)
    assert out.getvalue() == whole
    assert text_from(bounded, HEAD_LIMIT + 6) == "y" * 10


writes = st.lists(
    st.tuples(
        st.sampled_from(["stdout", "stderr"]),
        st.one_of(
            st.text(alphabet="ab\n\r\b", max_size=8),
            st.integers(1, 3).map(lambda n: "0123456789abcde\n" * 2_000 * n),
        ),
    ),
    max_size=8,
)


@given(writes)
def test_a_pipe_gets_in_the_end_what_the_notebook_keeps(texts: list[tuple[str, str]]) -> None:
    log, whole = OutputLog(), OutputLog()
    out, err = io.StringIO(), io.StringIO()
    screen = Screen(out, err)
    kept: list[Any] = []
    for name, text in texts:
        content = {"name": name, "text": text}
        list(log.apply("stream", content))
        kept = apply_ops(kept, list(whole.apply("stream", content)))
        if not screen.show(log.outputs):
            screen.show(kept)
    if not screen.show(log.outputs, ended=True):
        screen.show(kept, ended=True)
    for name, file in (("stdout", out), ("stderr", err)):
        expect = "".join(output.text for output in kept if output.name == name)
        assert file.getvalue() == expect


def test_a_terminal_gets_colours_and_nothing_else_to_obey() -> None:
    printed = "\x1b[31mred\x1b[0m \x1b]52;c;eA==\x07\x1b[2Jclear\x1b]0;title\x1b\\\n"
    check_shown([[stream(printed)]], printed, "\x1b[31mred\x1b[0m clear\n")
    # In pieces: what has not ended is not shown.
    states = [[stream(text)] for text in ("a\x1b]52;", "a\x1b]52;c;eA", "a\x1b]52;c;eA==\x07b\n")]
    check_shown(states, "a\x1b]52;c;eA==\x07b\n", "ab\n")


def test_a_display_and_a_failure_are_held_to_the_same() -> None:
    shown = Display({"text/plain": "value\x1b]0;title\x07"})
    failure = Failure("E", "why", ("\x1b[31mE\x1b[0m\x1bP+q\x1b\\ why\x9b2J",))
    for kind, out, err in (
        (io.StringIO, "value\x1b]0;title\x07\n", "E why\x9b2J\n"),
        (Terminal, "value\n", "\x1b[31mE\x1b[0m why2J\n"),
    ):
        files = kind(), kind()
        Screen(*files).show([shown, failure], ended=True)
        assert [file.getvalue() for file in files] == [out, err]
