"""The text that a terminal would show of a stream, compared with a terminal, pyte."""

from __future__ import annotations

import re

import pyte
import pyte.modes
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cellbridge.core.output import control_effects
from cellbridge.core.output.control_sequences import ControlParser
from cellbridge.core.output.escapes import strip_ansi
from cellbridge.core.output.screen import Screen
from cellbridge.core.output.terminal import COLUMNS, ROWS, Terminal

SIZE = 6, 64
"""Rows and columns of the terminals that are compared."""


def check_terminal(
    chunks: list[str], expected: str, *, rows: int = ROWS, columns: int = COLUMNS
) -> None:
    assert shown(chunks, rows, columns) == expected
    assert shown(list("".join(chunks)), rows, columns) == expected


def shown(chunks: list[str], rows: int = ROWS, columns: int = COLUMNS) -> str:
    """Return the text of a stream that arrives in these chunks."""
    terminal, text = Terminal(rows, columns), ""
    for chunk in chunks:
        edit = terminal.feed(chunk)
        keep = len(text) - edit.drop
        assert keep >= 0
        assert text.count("\n", keep) == edit.lines
        text = text[:keep] + edit.text
    return text


def test_a_carriage_return_overwrites_the_line() -> None:
    check_terminal(["10%", "\r20%", "\r100%\n", "done"], "100%\ndone")
    check_terminal(["abcdef\rxy"], "xycdef")


def test_backspaces_move_left_within_the_line() -> None:
    check_terminal(["abc\x08\x08X", "Y\x08\x08\x08\x08\x08Z"], "ZXY")


def test_a_windows_line_end_is_a_line_end_even_when_it_comes_in_two_parts() -> None:
    check_terminal(["a\r\nb"], "a\nb")
    check_terminal(["a\r", "\nb"], "a\nb")


def test_what_is_overwritten_with_blanks_is_gone_and_printed_blanks_stay() -> None:
    check_terminal(["working\r       \r"], "")
    check_terminal(["working\r       \rdone \n", "a  \n"], "done\na  \n")


def test_nested_bars_leave_the_outer_one() -> None:
    inner = "\n\rinner {}%\x1b[A"
    chunks = ["\router 0%", inner.format(0), inner.format(50), "\n\r         \r\x1b[A"]
    check_terminal([*chunks, "\router 100%\n"], "outer 100%\n")


def test_the_cursor_moves_in_rows_and_columns() -> None:
    check_terminal(["one\ntwo\nthree", "\x1b[2A\rONE\x1b[1B\x1b[2D.\x1b[E!"], "ONE\nt.o\n!hree")
    check_terminal(["abc\x1b[10Gd\x1b[2Ge\x1b[3;2Hf"], "aec      d\n\n f")
    check_terminal(["a\nb\x1b[99A\x1b[99DX\x1b[99B\x1b[99DY"], "X\nb\n\nY", rows=4)
    check_terminal(["a\x1b7b\nc\x1b8X\n", "d\x1b[s12\x1b[u3"], "aX\nd32")


def test_text_is_erased_inserted_and_deleted() -> None:
    check_terminal(["abcdef\x1b[4D\x1b[K"], "ab")
    check_terminal(["abcdef\x1b[4D\x1b[1K"], "   def")
    check_terminal(["abcdef\r\x1b[2C\x1b[2P\x1b[@X"], "abXef")
    check_terminal(["abcdef\r\x1b[3X"], "   def")
    check_terminal(["a\nb\nc\x1b[2A\x1b[L"], "\na\nb\nc")
    check_terminal(["a\nb\nc\x1b[2A\x1b[M"], "b\nc")
    check_terminal(["a\nb\nc\x1b[A\x1b[J"], "a\nb")
    check_terminal(["a\nb\nc\x1b[H\x1b[2Jnew"], "new")


def test_rows_that_have_left_the_screen_are_final() -> None:
    check_terminal(["a\nb\nc\nd", "\x1b[99A\rX"], "a\nb\nX\nd", rows=2)
    check_terminal(["a\nb\nc\n\x1b[2J\x1b[Hnew"], "a\nnew", rows=3)


def test_a_region_scrolls_above_a_fixed_line() -> None:
    bar = "\x1b7\x1b[3;1Hbar {}\x1b8"
    chunks = ["a\n\x1b[1;2r\x1b[2;1H", "b", bar.format(1), "\nc", bar.format(2), "\x1b[r\x1b[4;1H."]
    check_terminal(chunks, "a\nb\nc\nbar 2\n.", rows=4)


def test_colours_stay_with_their_text() -> None:
    check_terminal(["\x1b[32m10%\x1b[0m", "\r\x1b[32m9%\x1b[0m"], "\x1b[32m9%%\x1b[0m")
    check_terminal(["\x1b[31mred\n", "still\x1b[0m"], "\x1b[31mred\nstill\x1b[0m")
    check_terminal(["\x1b[31mred\nstill", "\x1b[A\rnow"], "\x1b[31mnow\x1b[0m\n\x1b[31mstill")
    check_terminal(["\x1b[1;38;5;9mab\x1b[22;39mc\rA"], "A\x1b[1;38;5;9mb\x1b[0mc")
    check_terminal(["abc\r\x1b[44m   "], "\x1b[44m   \x1b[0m")


def test_what_has_no_effect_is_left_out() -> None:
    for escape in (
        "\x1b[?25l", "\x1b[?2004h", "\x1b]0;title\x07", "\x1b]8;;https://a.org\x1b\\",
        "\x1bPq#1\x1b\\", "\x1b(B", "\x1b=", "\x1b[6n", "\x1b[>4;2m", "\x1b[5 q", "\x07", "\x00",
        "\x9b31;1z", "\x1b[1z", "\x1b[3\x01",
        "\x1b[" + "1" * 300 + "m", "\x1b[" + " " * 300 + "m", "\x1b" + " " * 300 + "M",
    ):  # fmt: skip
        check_terminal([f"a{escape}b"], "ab")
    check_terminal(["a\x1b[3", "1"], "a")
    check_terminal(["a\x1b]0;never ends\nb"], "a\nb")


def test_a_line_longer_than_a_row_goes_on_in_the_next() -> None:
    check_terminal(["x" * 20, "\rab"], "x" * 16 + "abxx", columns=16)
    check_terminal(["x" * 20, "\x1b[A\rab\x1b[K\ny"], "ab\nyxxx", columns=16)
    many = "x" * 200_000
    last = len(many) // COLUMNS * COLUMNS
    assert shown([many, "\rab"]) == many[:last] + "ab" + many[last + 2 :]


@pytest.mark.parametrize("piece", ["x", "漢", "\x1b[31mred\x1b[0m plain "])
def test_each_part_of_a_long_line_is_written_on_the_screen_once(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    original = control_effects.write

    def write(screen: Screen, parser: ControlParser, part: str) -> None:
        written.append(len(part))
        original(screen, parser, part)

    monkeypatch.setattr(control_effects, "write", write)
    line = piece * (400_000 // len(piece))
    assert shown([line[at : at + 9_999] for at in range(0, len(line), 9_999)]) == line
    assert sum(written) <= len(line)


def test_wide_characters_and_tabs_take_their_columns() -> None:
    check_terminal(["漢字\r\x1b[2GX"], " X字")
    check_terminal(["e\u0301a\r\x1b[CX"], "e\u0301X")
    check_terminal(["a\tb\r\tX"], "a\tX")
    check_terminal(["a\tb\rX\x1b[5GY"], "X   Y   b")


def test_an_endless_loop_of_steps_leaves_its_lines_only() -> None:
    steps = (f"\r{number}\n{number}\x1b[A" for number in range(1000))
    assert shown(list(steps)) == "999\n999"


def csi(final: str, most: int = 8) -> st.SearchStrategy[str]:
    return st.integers(0, most).map(lambda n: f"\x1b[{n or ''}{final}")


SIMPLE = st.one_of(
    st.text(alphabet="abc ", max_size=6),
    st.sampled_from(["\n", "\n", "\r", "\b", "\r\n", "\x1b7", "\x1b8", "\x1bM", "\x1bD", "\x1bE"]),
    st.sampled_from([csi(final) for final in "ABCDEFGdX@PL"]).flatmap(lambda one: one),
    st.sampled_from(["\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[H"]),
    st.sampled_from(["\x1b[31m", "\x1b[0;1m", "\x1b[39m", "\x1b[m", "\x1b[?25l", "\x1b]0;t\x07"]),
    st.tuples(st.integers(0, 7), st.integers(0, 9)).map(lambda at: f"\x1b[{at[0]};{at[1]}H"),
)


@given(st.lists(SIMPLE, max_size=30))
def test_the_text_is_that_of_a_terminal(parts: list[str]) -> None:
    screen = pyte.HistoryScreen(SIZE[1], SIZE[0], history=1000)
    screen.set_mode(pyte.modes.LNM)
    pyte.Stream(screen).feed("".join(parts))
    gone = ["".join(row[x].data for x in range(SIZE[1])) for row in screen.history.top]
    expected = [line.rstrip() for line in (*gone, *screen.display)]
    found = [line.rstrip() for line in strip_ansi(shown(["".join(parts)], *SIZE)).split("\n")]
    assert found + [""] * (len(expected) - len(found)) == expected


ANY = st.one_of(
    SIMPLE,
    st.text(alphabet="ab漢e\u0301\t█\u200d", max_size=20),
    st.sampled_from(
        ["\x1b[2;4r", "\x1b[r", "\x1b[3T", "\x1b[s", "\x1b[u", "\x1bc", "\x9b1A", "\x1b", "\x1b[3"]
    ),
    st.text(alphabet="\x1b[]?;0 1mAP\\\x07\n\x9b\x9d", max_size=8),
    st.integers(10, 60).map(lambda n: "x" * n),
    st.integers(4, 9).map(lambda n: "line\n" * n),
)


@given(st.lists(ANY, max_size=25), st.lists(st.integers(1, 12), min_size=1, max_size=12))
@example(["line\n" * 9, "\x1b[31m", "\x1b[A", "\n" * 9, "a"], [1])
def test_the_text_does_not_depend_on_the_parts_it_arrives_in(
    parts: list[str], lengths: list[int]
) -> None:
    text, chunks, at = "".join(parts), [], 0
    for number in range(len(text)):
        length = lengths[number % len(lengths)]
        chunks.append(text[at : at + length])
        at += length
    whole = shown([text], 4, 16)
    assert shown(chunks, 4, 16) == whole == shown(list(text), 4, 16)
    assert not re.search("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]", whole)
    assert "\x1b" not in re.sub("\x1b\\[[0-9;:]*m", "", whole)
