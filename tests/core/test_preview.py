"""Outputs in a few words, as plain text and as Markdown."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.output import preview
from cellbridge.core.output.escapes import strip_ansi
from cellbridge.core.output.images import pixel_size
from cellbridge.core.output.outputs import Display, Failure, Output, Stream
from cellbridge.core.output.preview import one_line, plain_text

PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")
).decode()
FRAME = '<table border="1" class="dataframe"><thead><tr><th></th><th>a</th><th>b</th></tr></thead>'
ROWS = "<tbody><tr><th>0</th><td>1</td><td>2</td></tr></tbody></table>"


def markdown(outputs: list[Output], limit: int) -> str:
    return preview.markdown(outputs, limit).text


def printed(text: str) -> Stream:
    return Stream("stdout", text, len(text), text.count("\n"))


def check_one_line(outputs: list[Output], expected: str, limit: int = 40) -> None:
    assert one_line(outputs, limit) == expected


def test_a_one_line_result_is_shown_itself() -> None:
    check_one_line([Display({"text/plain": "42"}, count=1)], "42")


def test_a_long_result_is_cut_with_an_ellipsis() -> None:
    check_one_line([Display({"text/plain": "x" * 50}, count=1)], "x" * 9 + "…", limit=10)


def test_a_result_says_more_than_what_was_printed() -> None:
    check_one_line([printed("hello\n"), Display({"text/plain": "7"}, count=1)], "7")


def test_an_empty_last_display_does_not_hide_the_one_before() -> None:
    ended = Display({"text/plain": "", "text/html": "<pre></pre>"})
    check_one_line([Display({"text/plain": "100%"}), ended], "100%")
    check_one_line([ended], "")


def test_one_printed_line_is_shown_and_many_are_counted() -> None:
    check_one_line([printed("hello\n")], "hello")
    check_one_line([printed("a\nb\nc\n")], "3 lines")
    check_one_line([printed("a\nb\nc")], "3 lines")


def test_a_failure_says_more_than_anything() -> None:
    check_one_line(
        [printed("x\n"), Failure("ValueError", "bad \x1b[31mvalue\x1b[0m")],
        "✗ ValueError: bad value",
    )


def test_an_image_is_named_with_its_size() -> None:
    check_one_line([Display({"image/png": PNG, "text/plain": "<Figure>"})], "png 640 × 480")


def test_a_frame_is_named_with_its_shape() -> None:
    check_one_line(
        [Display({"text/html": FRAME + ROWS, "text/plain": "   a  b\n0  1  2"}, count=1)],
        "DataFrame 1 × 2",
    )
    plain = "...\n[344 rows x 7 columns]"
    check_one_line(
        [Display({"text/html": FRAME + ROWS, "text/plain": plain}, count=1)], "DataFrame 344 × 7"
    )


def test_a_result_of_many_lines_shows_its_first_and_their_number() -> None:
    check_one_line(
        [Display({"text/plain": "array([[1],\n       [2]])"}, count=1)], "array([[1], … 2 lines"
    )


def test_a_bundle_without_text_is_named_by_its_type() -> None:
    check_one_line([Display({"text/html": "<script>x()</script>"})], "HTML")
    check_one_line([Display({"application/x-thing": {}})], "application/x-thing")


def test_nothing_is_nothing() -> None:
    check_one_line([], "")


def test_plain_text_has_no_colours_and_keeps_its_limit() -> None:
    outputs: list[Output] = [
        printed("a\x1b[1mb\x1b[0m\n"),
        Failure("E", "v", ("\x1b[31mTrace\x1b[39m", "E: v")),
    ]
    assert plain_text(outputs, 100) == "ab\nTrace\nE: v"
    assert plain_text(outputs, 4) == "ab\n…"


@given(st.lists(st.text("ab", max_size=3), max_size=6), st.integers(1, 12))
def test_a_text_is_cut_as_if_all_of_it_had_been_made(texts: list[str], limit: int) -> None:
    whole = "\n".join(text for text in texts if text)
    expected = whole if len(whole) <= limit else whole[: limit - 1] + "…"
    assert plain_text([printed(text) for text in texts], limit) == expected


def test_hyperlinks_and_cursor_moves_are_escapes_too() -> None:
    assert strip_ansi("\x1b]8;;http://x\x07here\x1b]8;;\x07 \x1b[2Kok") == "here ok"


def test_markdown_fences_text_that_holds_fences() -> None:
    assert markdown([printed("```\nx\n```\n")], 1000) == "````text\n```\nx\n```\n````"


def test_markdown_inlines_a_picture_that_fits_and_names_one_that_does_not() -> None:
    picture = [Display({"image/png": PNG, "text/plain": "<Figure>"})]
    assert markdown(picture, 1000) == f"![png 640 × 480](data:image/png;base64,{PNG})"
    assert markdown(picture, 60) == "*png 640 × 480*"


def test_markdown_says_what_it_leaves_out() -> None:
    many: list[Output] = [printed("x" * 60 + "\n")] * 5
    text = markdown(many, 300)
    assert len(text) < 300
    assert text.endswith("*… 2 more outputs not shown here*")
    cut = markdown([printed("y" * 1000)], 200)
    assert "characters more …" in cut
    assert len(cut) < 260


def test_pixel_sizes_are_read_from_the_headers() -> None:
    gif = base64.b64encode(b"GIF89a" + (3).to_bytes(2, "little") + (4).to_bytes(2, "little"))
    jpeg = base64.b64encode(
        b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + bytes([0, 20, 0, 10]) + b"\0" * 8
    )
    assert pixel_size("image/png", PNG) == (640, 480)
    assert pixel_size("image/gif", gif.decode()) == (3, 4)
    assert pixel_size("image/jpeg", jpeg.decode()) == (10, 20)
    assert pixel_size("image/png", "not base64!") is None
    assert pixel_size("image/webp", PNG) is None
