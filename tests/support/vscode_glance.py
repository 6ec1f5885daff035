"""Looks at the page of VS Code: whether something is there, or comes at once.

Owns no selectors: those are the window's.
"""

from __future__ import annotations

from playwright.async_api import Error, Frame, Locator

GLANCE = 4000
"""Milliseconds after which something that should be there at once is asked for again."""


async def has(frame: Frame, selector: str) -> bool:
    """Whether a frame holds something now; one that is going away does not."""
    try:
        return await frame.locator(selector).count() > 0
    except Error:
        return False


async def appears(place: Locator) -> bool:
    """Whether something is shown within a few seconds."""
    try:
        await place.wait_for(timeout=GLANCE)
    except Error:
        return False
    return True
