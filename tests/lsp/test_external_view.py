"""Pages of HTML outputs that are opened by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellbridge.core.output.mime_types import Part, media_of
from cellbridge.lsp.documents.external_view import file_of

ALTAIR = (Path(__file__).parents[1] / "editors" / "panel" / "altair.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("html", "notes"),
    [
        ("<b>text</b>", []),
        ("<script>document.title = 1</script>", ["scripts are off"]),
        (ALTAIR, ["scripts are off", "They may load more from the network."]),
        ("<script src='https://example.org/a.js'></script>", ["scripts are off", "network."]),
    ],
)
def test_a_page_whose_scripts_are_off_begins_with_the_reason(html: str, notes: list[str]) -> None:
    part = Part("text/html", media_of("text/html", html), html)
    made = file_of(part, scripts=False)
    assert made is not None
    page = made[1].decode()
    head, _, body = page.partition(html)
    assert page.endswith(f"{html}\n</body></html>\n")
    assert body
    for note in ("scripts are off", "network."):
        assert (note in head) == (note in " ".join(notes))
    allowed = file_of(part, scripts=True)
    assert allowed is not None
    assert "scripts are off" not in allowed[1].decode()
