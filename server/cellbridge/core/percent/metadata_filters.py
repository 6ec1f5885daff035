"""Metadata filters: which metadata a script holds, by jupytext's defaults and a notebook's own.

Owns: those defaults and jupytext's filter language (``tags,-all``). It must not know how metadata
is written.

Filtered metadata are not lost: they stay in the notebook that is paired with the script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

ALL = "all"
_IN_HEADER = frozenset({"jupytext", "kernelspec", "kernel_info", "orphan", "tocdepth"})
SPACING = frozenset(
    {"skipline", "noskipline", "cell_marker", "lines_to_next_cell", "lines_to_end_of_cell_marker"}
)
"""Cell metadata that describe the cell's style; a script shows it, so that they are not written."""
_NOT_IN_TEXT = SPACING | {
    "attachments",
    "autoscroll",
    "collapsed",
    "scrolled",
    "trusted",
    "execution",
    "ExecuteTime",
    "outputs",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice of metadata: everything or nothing, except for some keys."""

    everything: bool
    kept: frozenset[str] = frozenset()
    """Used if not everything is kept; ``a.b`` keeps only ``b`` within ``a``."""
    dropped: frozenset[str] = frozenset()

    def apply(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is kept of ``metadata``, in its order."""
        found = {
            key: value
            for key, value in metadata.items()
            if self._keeps(key) and key not in self.dropped
        }
        if any("." in key for key in self.dropped | self.kept):
            found = self._below(found, metadata)
        return found

    def _keeps(self, key: str) -> bool:
        return self.everything or key in self.kept

    def _below(self, found: dict[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Look one level deeper, for keys with a dot."""
        for key, inner in _second_level(self.kept).items():
            value = metadata.get(key)
            if key not in self.dropped and not self.everything and isinstance(value, dict):
                found[key] = Filter(everything=False, kept=frozenset(inner)).apply(value)  # pyright: ignore[reportUnknownArgumentType]  # JSON
        for key, inner in _second_level(self.dropped).items():
            value = found.get(key)
            if isinstance(value, dict):
                found[key] = Filter(everything=True, dropped=frozenset(inner)).apply(value)  # pyright: ignore[reportUnknownArgumentType]  # JSON
        return found


def _second_level(keys: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key in keys:
        first, dot, rest = key.partition(".")
        if dot:
            found.setdefault(first, set()).add(rest)
    return found


def header_filter(text: object) -> Filter:
    """Return the filter of the header, by the notebook's ``notebook_metadata_filter``."""
    return _header_filter(text if isinstance(text, (str, bool)) else None)


def marker_filter(text: object) -> Filter:
    """Return what a marker holds of a cell's metadata, by ``cell_metadata_filter``."""
    return _marker_filter(text if isinstance(text, (str, bool)) else None)


@lru_cache(maxsize=64)
def _header_filter(text: str | bool | None) -> Filter:  # noqa: FBT001  # its value in the file
    kept, dropped = _parse(text)
    return _filter_of_all(kept, dropped) or Filter(
        everything=False, kept=_IN_HEADER | frozenset(kept), dropped=frozenset(dropped)
    )


@lru_cache(maxsize=64)
def _marker_filter(text: str | bool | None) -> Filter:  # noqa: FBT001  # its value in the file
    kept, dropped = _parse(text)
    return _filter_of_all(kept, dropped) or Filter(
        everything=True, dropped=frozenset(dropped) | (_NOT_IN_TEXT - frozenset(kept))
    )


def _filter_of_all(kept: set[str] | str, dropped: set[str] | str) -> Filter | None:
    """Return the filter that keeps or drops "all" keys but those named; None for any other."""
    if kept == ALL:
        return Filter(
            everything=True, dropped=frozenset(dropped) if dropped != ALL else frozenset()
        )
    if dropped == ALL:
        return Filter(everything=False, kept=frozenset(kept))
    return None


def _parse(text: str | bool | None) -> tuple[set[str] | str, set[str] | str]:  # noqa: FBT001  # as above
    """Return the kept and the dropped keys, or "all" for either."""
    if text is None:
        return set(), set()
    if isinstance(text, bool):
        return (ALL, set()) if text else (set(), ALL)
    words = [word.strip() for word in text.split(",")]
    dropped = {word[1:].strip() for word in words if word.startswith("-")} - {""}
    kept = {word.removeprefix("+").strip() for word in words if not word.startswith("-")} - {""}
    return ALL if ALL in kept else kept, ALL if ALL in dropped else dropped
