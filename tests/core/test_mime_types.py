"""The representation of a bundle that is shown in each place, and how each type reads."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from cellbridge.core.output import bundle, html_text, preview
from cellbridge.core.output.mime_types import LIMITS, TABLE, Medium, media_of, parts
from cellbridge.core.output.output_reducer import OutputLog
from cellbridge.core.output.outputs import Display

PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")
).decode()
SVG = '<?xml version="1.0"?>\n<svg width="460.8pt" height="345.6pt" viewBox="0 0 460.8 345.6"/>'
FRAME = (
    '<div><style scoped>p{}</style><table border="1" class="dataframe"><thead>'
    '<tr style="text-align: right;"><th></th><th>name</th><th>n|o</th></tr></thead><tbody>'
    "<tr><th>0</th><td>Ada</td><td>1.5</td></tr><tr><th>1</th><td>a &lt; b</td><td>-2</td></tr>"
    "</tbody></table></div>"
)
FRAME_TEXT = "    name  n|o\n0    Ada  1.5\n1  a < b -2.0"
HANDLE = "<IPython.core.display.HTML object>"
PLOTLY = "application/vnd.plotly.v1+json"
VEGA = "application/vnd.vegalite.v5+json"
MODEL = "application/x-nteract-model-outputs"


def check_media(data: dict[str, Any], line: str, plain: str, markdown: str, pictures: str) -> None:
    display = Display(data)
    marked = [
        bundle.markdown(display, medium, 1000)[0] for medium in (Medium.MARKDOWN, Medium.PICTURES)
    ]
    assert [bundle.line(display), bundle.plain(display), *marked] == [
        line,
        plain,
        markdown,
        pictures,
    ]


def text(content: str, language: str = "text") -> str:
    return f"```{language}\n{content}\n```"


SPANS = (
    '<table class="dataframe"><thead>'
    '<tr><th></th><th></th><th colspan="2">A</th></tr>'
    "<tr><th>outer</th><th>inner</th><th>x</th><th>y</th></tr></thead><tbody>"
    '<tr><th rowspan="2">a</th><th>1</th><td>10</td><td>20</td></tr>'
    "<tr><th>2</th><td>30</td><td>40</td></tr>"
    "<tr><th>b</th><th>1</th><td>50</td><td rowspan=0>60</td></tr></tbody></table>"
)


def test_cells_over_several_rows_or_columns_keep_their_place() -> None:
    assert html_text.plain(SPANS).split("\n") == [
        "               A",
        "outer  inner   x   y",
        "a          1  10  20",
        "           2  30  40",
        "b          1  50  60",
    ]
    assert bundle.line(Display({"text/html": SPANS, "text/plain": "a\nb"})) == "DataFrame 3 × 2"
    many = "<table><tr><td rowspan=2 colspan=2>a<td rowspan=9>b<tr><td>c<tr><td>d<td>e<td>f</table>"
    assert html_text.plain(many).split("\n") == ["a     b", "         c", "d  e     f"]


@given(
    st.lists(st.tuples(st.sampled_from(["tr", "td", "th"]), st.integers(0, 9), st.integers(0, 9)))
)
def test_tables_of_any_spans_are_rectangles_of_their_words(
    cells: list[tuple[str, int, int]],
) -> None:
    made = "".join(
        f"<{tag} rowspan={rows} colspan={columns}>{'w' * (tag != 'tr')}"
        for tag, rows, columns in cells
    )
    found = html_text.blocks(f"<table>{made}</table>")
    words = "".join(one if isinstance(one, str) else str(one.rows) for one in found).count("w")
    assert words == sum(tag != "tr" for tag, _, _ in cells)


def test_the_shape_is_that_of_the_object() -> None:
    content = {
        "data": {"text/html": FRAME, "text/plain": FRAME_TEXT},
        "metadata": {"cellbridge": {"type": "DataFrame", "shape": [5000, 30]}, "own": 1},
    }
    log = OutputLog()
    list(log.apply("display_data", content))
    (shown,) = log.outputs
    assert isinstance(shown, Display)
    assert shown.metadata == {"own": 1}
    assert bundle.line(shown) == "DataFrame 5,000 × 30"


@pytest.mark.parametrize("given", [None, 3, {"type": 1, "shape": [1]}, {"type": "A", "shape": "x"}])
def test_a_shape_that_is_none_is_ignored(given: object) -> None:
    log = OutputLog()
    list(
        log.apply("display_data", {"data": {"text/plain": "x"}, "metadata": {"cellbridge": given}})
    )
    assert log.outputs == [Display({"text/plain": "x"})]


def test_frames_without_rows_have_their_columns() -> None:
    frame = '<table class="dataframe"><thead><tr><th></th><th>a</th><th>b</th></tr></thead></table>'
    assert bundle.line(Display({"text/html": frame, "text/plain": "Empty"})) == "DataFrame 0 × 2"


def test_a_live_display_that_has_ended_shows_nothing() -> None:
    check_media({"text/plain": "", "text/html": "<pre style='a'></pre>\n"}, "", "", "", "")
    check_media({"text/plain": "\n"}, "", "\n", "", "")
    check_media(
        {"text/plain": "", "text/html": "<img src=x>"}, "HTML", "[HTML]", "*HTML*", "*HTML*"
    )


def test_text_in_place_of_a_chart_is_not_shown() -> None:
    text = "<VegaLite 6 object>\n\nIf you see this message, it means the renderer has not been\n"
    chart = {"application/vnd.vegalite.v6.json": {"mark": "bar"}, "text/plain": text}
    check_media(chart, "Vega chart", "[Vega chart]", "*Vega chart*", "*Vega chart*")


def test_text_loses_its_colours() -> None:
    marked = text("red")
    check_media({"text/plain": "\x1b[31mred\x1b[0m"}, "red", "red", marked, marked)


def test_a_picture_is_drawn_or_named_beside_the_text() -> None:
    check_media(
        {"image/png": PNG, "text/plain": "<Figure>"},
        "png 640 × 480",
        "<Figure>\n[png 640 × 480]",
        text("<Figure>") + "\n\n*png 640 × 480*",
        f"![png 640 × 480](data:image/png;base64,{PNG})",
    )


def test_svg_is_named_with_its_size() -> None:
    check_media(
        {"image/svg+xml": SVG}, "svg 614 × 461", *["[svg 614 × 461]"], *["*svg 614 × 461*"] * 2
    )
    assert bundle.line(Display({"image/svg+xml": '<svg viewBox="0 0 20 10">'})) == "svg 20 × 10"
    assert bundle.line(Display({"image/svg+xml": "<svg>"})) == "svg"


def test_a_frame_is_a_table() -> None:
    table = "|  | name | n\\|o |\n| --: | --- | --: |\n| 0 | Ada | 1.5 |\n| 1 | a \\< b | -2 |"
    check_media(
        {"text/html": FRAME, "text/plain": FRAME_TEXT}, "DataFrame 2 × 2", FRAME_TEXT, table, table
    )
    assert bundle.plain(Display({"text/html": FRAME})) == (
        "   name   n|o\n0  Ada    1.5\n1  a < b   -2"
    )


def test_a_polars_frame_is_named_by_its_shape() -> None:
    shown = {"text/html": '<table class="dataframe">', "text/plain": "shape: (1_000, 3)\n┌──┐"}
    assert bundle.line(Display(shown)) == "DataFrame 1,000 × 3"


def test_html_that_is_no_table_is_its_words() -> None:
    page = "<h1>Title</h1><p>one <b>two</b>&nbsp;&amp; *three*</p><script>evil()</script><ul><li>x"
    words = "Title\none two & *three*\nx"
    marked = "Title\n\none two \\& \\*three\\*\n\nx"
    stand_in = "<IPython.core.display.HTML object>"
    check_media({"text/html": page, "text/plain": stand_in}, "Title", words, marked, marked)


def test_markdown_and_latex() -> None:
    stand_in = "<IPython.core.display.Markdown object>"
    check_media(
        {"text/markdown": "# hi\n*x*", "text/plain": stand_in},
        "# hi … 2 lines",
        "# hi\n*x*",
        "# hi\n*x*",
        "# hi\n*x*",
    )
    check_media({"text/latex": "$x^2$"}, "$x^2$", "$x^2$", *[text("$x^2$", "latex")] * 2)
    both = {"text/latex": "$x^2$", "text/plain": "x²"}
    check_media(both, "x²", "x²", text("x²"), text("x²"))


def test_json_is_laid_out() -> None:
    shown = '{\n  "a": [\n    1\n  ]\n}'
    check_media({"application/json": {"a": [1]}}, "JSON", shown, *[text(shown, "json")] * 2)
    both = {"text/plain": "<IPython.core.display.JSON object>", "application/json": {"a": [1]}}
    check_media(both, "JSON", shown, *[text(shown, "json")] * 2)


@pytest.mark.parametrize(
    ("mime", "content", "name"),
    [
        (PLOTLY, {"data": []}, "Plotly chart"),
        (VEGA, {"mark": "bar"}, "Vega chart"),
        ("application/vnd.vega.v5+json", {}, "Vega chart"),
        ("application/vnd.vegalite.v6.json", {}, "Vega chart"),
        ("application/pdf", "JVBERi0=", "PDF"),
        (MODEL, "x", MODEL),
        ("application/x-thing+json", {}, "application/x-thing+json"),
        ("image/tiff", "AAAA", "tiff"),
    ],
)
def test_what_text_cannot_hold_is_named(mime: str, content: Any, name: str) -> None:
    check_media({mime: content}, name, f"[{name}]", f"*{name}*", f"*{name}*")


@pytest.mark.parametrize(
    ("html", "text", "name"),
    [
        ('<script src="https://cdn.plot.ly/plotly.js"></script>', "", "HTML"),
        (
            '<div class="plotly-graph-div"></div><script>Plotly.newPlot()</script>',
            "",
            "Plotly chart",
        ),
        (f"<script>Plotly.react()</script>{'<p>far</p>' * 50_000}", "", "Plotly chart"),
        ("<script>vegaEmbed('#a', {})</script><b>words</b>", "alt.Chart(...)", "Vega chart"),
        ('<iframe srcdoc="leaflet"></iframe>', "<folium.folium.Map object at 0x7f>", "map"),
        ('<div class="animation"><script>1</script>Once</div>', HANDLE, "animation"),
        ("<p>Plotly.newPlot and vegaEmbed draw, BokehJS too</p>", HANDLE, None),
        ('<p class="bk-notebook-logo">Loading BokehJS ...</p>', "", "Bokeh"),
    ],
)
def test_charts_in_html_are_named(html: str, text: str, name: str | None) -> None:
    data = {"text/html": html, **({"text/plain": text} if text else {})}
    expected = "Plotly.newPlot and vegaEmbed draw, BokehJS too" if name is None else name
    assert bundle.line(Display(data)) == expected
    assert not bundle.is_text(Display({"text/html": html})) or name is None


def test_charts_in_several_outputs_are_named_once() -> None:
    element = Display(
        {"text/html": '<div id="a" data-root-id="p1" style="display: contents"></div>'}
    )
    script = Display({"application/javascript": "x", "application/vnd.bokehjs_exec.v0+json": ""})
    assert preview.one_line([element, script], 40) == "Bokeh chart"
    assert preview.plain_text([element, script], 400) == "[Bokeh chart]"
    assert preview.markdown([element, script], 400).text == "*Bokeh chart*"


def test_a_part_that_was_left_out_is_named_with_its_size() -> None:
    display = Display({}, omitted={"image/png": 2_500_000})
    assert bundle.plain(display) == "[png (2.5 MB)]"
    assert bundle.markdown(display, Medium.PICTURES, 1000) == ("*png (2.5 MB)*", False)


def test_what_a_viewer_opens_is_a_picture_first_and_never_bare_svg() -> None:
    bundle_ = {"text/html": "x", "image/svg+xml": SVG, "application/pdf": "x", "image/png": PNG}
    found = parts(Display({"text/plain": "x", **bundle_}), Medium.VIEWER)
    assert [part.mime for part in found] == snapshot(
        ["image/png", "application/pdf", "text/html", "image/svg+xml"]
    )


def test_every_type_has_a_row() -> None:
    assert TABLE[-1].mime == "*"
    assert media_of("no/such").mime == "*"
    assert set(LIMITS) == {Medium.PLAIN, Medium.MARKDOWN, Medium.PICTURES}


def test_long_tables_are_cut_and_say_so() -> None:
    rows = "".join(f"<tr><td>{n}</td></tr>" for n in range(300))
    shown = html_text.plain(f"<table>{rows}</table>")
    assert shown.endswith("199\n… 100 more rows")
    assert html_text.markdown(f"<table>{rows}</table>").endswith("*… 100 more rows*")


@given(st.text(alphabet="<>/tablerhdp &;x\"'=!-\n", max_size=200))
def test_reading_html_never_fails(html: str) -> None:
    html_text.plain(html)
    html_text.markdown(html)
