"""Text that is not ours, before a terminal or an editor shows it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.output.escapes import label, lines, plain_block, strip_ansi, terminal_text

HOSTILE = [
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1b]0;a title\x1b\\",
    "\x1b]8;;https://example.com\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x1b_hidden\x1b\\",
    "\x1b^hidden\x1b\\",
    "\x1bXhidden\x1b\\",
    "\x1b[2J",
    "\x1b[1;1H",
    "\x1b[?1049h",
    "\x1b[6n",
    "\x1b(0",
    "\x1bc",
    "\x1b#8",
    "\x1b",
    "\x07",
    "\x0e",
    "\x00",
    "\x7f",
    "\x9b2J",
    "\x85",
    "\x1b]52;c;never ended",
]
LETTERS = st.sampled_from(["a", "é", "\n", "\t", "\r", "\x08", "\x1b[1;31m", "\x1b[m", *HOSTILE])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_terminal_would_obey_does_not_reach_it(hostile: str) -> None:
    for made in (terminal_text, label):
        shown = made(f"a{hostile}")
        assert "\x1b" not in shown
        assert not any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 for sign in shown)
        assert "hidden" not in shown
        assert "cm0g" not in shown


def test_colours_and_moves_within_a_line_stay_in_what_a_cell_printed() -> None:
    text = "10%\r20%\t\x1b[1;38;5;208morange\x1b[0m\x08\n"
    assert terminal_text(text) == text


@given(st.lists(LETTERS).map("".join))
def test_only_colours_are_left_to_a_terminal(text: str) -> None:
    shown = terminal_text(text)
    assert terminal_text(shown) == shown
    bare = shown.replace("\x1b[1;31m", "").replace("\x1b[m", "")
    assert not any(ord(sign) < 32 and sign not in "\n\t\r\x08" for sign in bare)


@given(st.lists(LETTERS).map("".join), st.integers(0, 40))
def test_text_that_comes_in_pieces_is_only_added_to(text: str, cut: int) -> None:
    """A sequence that was cut is not shown until its end has come."""
    if "\x1b" not in text[cut - 1 : cut] and not strip_ansi(text[:cut]).endswith("\x1b"):
        before, after = terminal_text(text[:cut]), terminal_text(text)
        assert after.startswith(before)


def test_a_label_is_one_line_that_reads_as_it_is_written() -> None:
    assert label("a\r\nb\tc\u2028d") == "a b c d"
    assert label("\x1b[31mred\x1b[0m") == "red"
    assert label("user\u202etxt.exe\u2066") == "user�txt.exe�"
    assert label("\ud800") == "�"
    assert label("a\U000e0049\U000e0067b") == "a��b"
    for text in (
        "Ωμέγα שלום 日本 👍🏽",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    ):
        assert label(text) == text
        assert plain_block(text) == text


def test_a_block_keeps_lines_and_tabs_alone() -> None:
    assert plain_block("a\r\nb\rc\td\x1b[31m\x00\x85e\u2028f\u202eg\ud800") == "a\nb\nc\tde�f�g�"
    assert lines("a\x07\r\nb\u202e") == "a�\nb�"
