"""The companion page in a real browser: what a user sees and does is in page_view.mjs.

The server behind it is scripted, so that each state can be shown; the page's own process is tested
next to this file.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support import chromium

HERE = Path(__file__).parent
PATIENCE = 240.0
"""Seconds for the whole drive; it takes about ten on an idle machine."""


@chromium.needs(chromium.PAGE)
@pytest.mark.timeout(PATIENCE + 30)
async def test_the_page_shows_a_session_and_sends_what_the_user_does() -> None:
    assert not (reason := chromium.missing(chromium.PAGE)), reason
    await chromium.drive(HERE / "page_view.mjs", PATIENCE)
