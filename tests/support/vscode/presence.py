"""Checks for elements in the page of VS Code.

The selectors are in window.py.
"""

from __future__ import annotations

from playwright.async_api import Error, Frame, Locator

GLANCE = 4000
"""Milliseconds in which an element should appear; callers then try again."""


async def has(frame: Frame, selector: str) -> bool:
    """Return True if a frame contains an element now. A detached frame contains none."""
    try:
        return await frame.locator(selector).count() > 0
    except Error:
        return False


async def appears(place: Locator) -> bool:
    """Return True if an element appears within a few seconds."""
    try:
        await place.wait_for(timeout=GLANCE)
    except Error:
        return False
    return True
