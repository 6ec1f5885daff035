"""MIME types of outputs: the name of each, and the representation to show in each place.

Owns the one table by which a bundle's representation is chosen. It must not know how a type is
rendered, and has no knowledge of editors: the place follows from the client's capabilities.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from cellbridge.core.output.outputs import Display


class Medium(StrEnum):
    """The place where an output is shown, by its capabilities."""

    LINE = "line"
    """A few words behind a line of code."""
    PLAIN = "plain"
    """Text as a terminal or a text document shows it."""
    MARKDOWN = "markdown"
    """Markdown whose images are not drawn."""
    PICTURES = "pictures"
    """Markdown with pictures."""
    VIEWER = "viewer"
    """A file of its own, opened by whatever the system opens such files with."""


_ORDER = list(Medium)

LIMITS: Mapping[Medium, int] = {
    Medium.PLAIN: 60_000,
    # VS Code cuts a hover at 100,000 characters and then shows no picture at all.
    Medium.MARKDOWN: 90_000,
    Medium.PICTURES: 90_000,
}
"""Characters of a hover; beyond them it leads to the whole output elsewhere."""


@dataclass(frozen=True, slots=True)
class Media:
    """One type of content."""

    mime: str
    """The type, or a pattern with ``*`` for a family of types."""
    name: str
    """Its name for users; empty if its type is the best name."""
    suffix: str
    """Of the name of a file that holds it."""
    ranks: tuple[int, int, int, int, int]
    """Its rank in each medium, in the order of `Medium`: 1 is chosen first, 0 is not shown."""
    base64: bool = False
    """Its content travels as base64."""
    only: Callable[[Any], bool] | None = None
    """The contents that the row is for, if not for all of the type."""
    by_name: bool = False
    """True if its name describes it better than its text: only a page with scripts shows it."""

    @property
    def is_image(self) -> bool:
        """True for what Markdown with pictures holds as a picture."""
        return self.base64 and self.ranks[_ORDER.index(Medium.PICTURES)] == 1

    def accepts(self, content: object) -> bool:
        """Return whether the row is for this content; None is content that was not sent."""
        return self.only is None or (content is not None and self.only(content))


def _table(content: object) -> bool:
    return isinstance(content, str) and "<table" in content


def _words(content: object) -> bool:
    """Return whether a text is more than a reference to something else."""
    return isinstance(content, str) and not _STAND_IN.fullmatch(content)


_STAND_IN = re.compile(
    r"\s*<(?:IPython\.core\.display\.\w+ object"
    r"|(?:pandas|folium)\.[\w.]+(?: object)? at \w+)>\s*"
)


def _html(*marks: str) -> Callable[[Any], bool]:
    """Return a check for HTML that runs something and contains one of ``marks``."""
    pattern = re.compile("|".join(marks), re.IGNORECASE)

    def check(content: object) -> bool:
        if not isinstance(content, str):
            return False
        # Libraries embed megabytes of their own code between these ends.
        ends = content if len(content) <= 2 * _ENDS else content[:_ENDS] + content[-_ENDS:]
        return _RUNS.search(ends) is not None and pattern.search(ends) is not None

    return check


_ENDS = 100_000
"""Characters of HTML that are searched at each end."""
_RUNS = re.compile(r"<(?:script|iframe)\b", re.IGNORECASE)


def _bokeh_notice(content: object) -> bool:
    """Return whether HTML is that of ``output_notebook()``, which shows nothing by itself."""
    return isinstance(content, str) and "bk-notebook-logo" in content[:_ENDS]


def _no_chart(content: object) -> bool:
    """Return whether a text is Altair's, which reports that nothing shows the chart next to it."""
    return isinstance(content, str) and _CHART_TEXT.match(content) is not None


_CHART_TEXT = re.compile(r"<Vega\w* \d+ object>\s*If you see this message")

_NAMED = (2, 2, 3, 3)
"""The ranks of a chart, except for a file: next to a picture of it, but before other text."""

_CHARTS = (
    *(
        Media(mime, name, ".json", (*_NAMED, 0), by_name=True)
        for mime, name in (
            ("application/vnd.plotly.*json", "Plotly chart"),
            ("application/vnd.vega*json", "Vega chart"),
            ("application/vnd.bokehjs_exec*", "Bokeh chart"),
            ("application/vnd.bokehjs_load*", "Bokeh"),
            ("application/vnd.holoviews_exec*", "HoloViews chart"),
            ("application/vnd.holoviews_load*", "HoloViews"),
        )
    ),
    *(
        Media("text/html", name, ".html", (*_NAMED, 3), only=check, by_name=True)
        for name, check in (
            ("Plotly chart", _html("plotly-graph-div", r"Plotly\.(?:newPlot|react)\b")),
            ("Vega chart", _html("vegaEmbed")),
            ("animation", _html("class=[\"']animation[\"']")),
            ("map", _html("leaflet")),
            ("Bokeh chart", _html("BokehJS", r"\bBokeh\.", "data-root-id")),
            ("Bokeh", _bokeh_notice),
        )
    ),
)
"""Interactive charts: the text of their parts describes none of them."""

# fmt: off
TABLE: tuple[Media, ...] = (
    #     type                              name         suffix   line plain md pict viewer
    Media("image/png",                      "png",        ".png",  (1, 7, 7, 1, 1), base64=True),
    Media("image/jpeg",                     "jpeg",       ".jpg",  (1, 7, 7, 1, 1), base64=True),
    Media("image/gif",                      "gif",        ".gif",  (1, 7, 7, 1, 1), base64=True),
    Media("image/webp",                     "webp",       ".webp", (1, 7, 7, 1, 1), base64=True),
    Media("image/svg+xml",                  "svg",        ".svg",  (1, 7, 7, 7, 4)),
    Media("image/*",                        "",           ".bin",  (1, 7, 7, 7, 1), base64=True),
    Media("application/pdf",                "PDF",        ".pdf",  (2, 7, 7, 7, 2), base64=True),
    *_CHARTS,
    Media("application/geo+json",           "GeoJSON",    ".json", (2, 7, 7, 7, 0)),
    Media("text/html",                      "table",      ".html", (5, 2, 1, 2, 3), only=_table),
    Media("text/plain",                     "text",       ".txt",  (0, 0, 0, 0, 0), only=_no_chart),
    Media("text/plain",                     "text",       ".txt",  (3, 1, 3, 4, 0), only=_words),
    Media("text/plain",                     "text",       ".txt",  (7, 7, 7, 7, 0)),
    Media("text/markdown",                  "Markdown",   ".md",   (4, 3, 2, 3, 0)),
    Media("text/latex",                     "LaTeX",      ".tex",  (4, 4, 4, 5, 0)),
    Media("text/html",                      "HTML",       ".html", (5, 5, 5, 6, 3)),
    Media("application/json",               "JSON",       ".json", (6, 6, 6, 6, 0)),
    Media("application/javascript",         "JavaScript", ".js",   (6, 8, 8, 8, 0)),
    Media("text/*",                         "",           ".txt",  (7, 6, 6, 6, 0)),
    Media("*json",                          "",           ".json", (6, 8, 8, 8, 0)),
    Media("*",                              "",           ".bin",  (6, 8, 8, 8, 0)),
)
# fmt: on
"""Read from the top: the first row that matches is a content's own."""


@dataclass(frozen=True, slots=True)
class Part:
    """One representation in a bundle."""

    mime: str
    media: Media
    content: Any
    """None if it was too large to be sent unasked."""

    @property
    def name(self) -> str:
        """The name for users."""
        return self.media.name or self.mime.removeprefix("image/")


def media_of(mime: str, content: object = None) -> Media:
    """Return the row of the table for some content."""
    return next(media for media in _rows(mime) if media.accepts(content))


@lru_cache(maxsize=256)
def _rows(mime: str) -> tuple[Media, ...]:
    return tuple(media for media in TABLE if fnmatchcase(mime, media.mime))


def parts(display: Display, medium: Medium) -> list[Part]:
    """Return the representations of a bundle that are shown in ``medium``, the best first."""
    given: Iterable[tuple[str, Any]] = (
        *display.data.items(),
        *((mime, None) for mime in display.omitted),
    )
    found = [Part(mime, media_of(mime, content), content) for mime, content in given]
    at = _ORDER.index(medium)
    shown = [part for part in found if part.media.ranks[at]]
    return sorted(shown, key=lambda part: part.media.ranks[at])
