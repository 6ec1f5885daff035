"""The style of a script, as its notebook remembers it.

Owns: the shape of that memory, the notebook's metadata ``cellbridge.script``. It must not check
whether the remembered style still applies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cellbridge.core.percent.metadata_filters import Filter
from cellbridge.core.percent.notebook_values import mapping
from cellbridge.core.percent.prologue import OURS

_SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class SourceStyle:
    """A script's style: its line ending, its markers, and texts that are not in the usual form."""

    ending: str = "\n"
    lead: str | None = None
    head: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """The exact slice of a cell, by its id."""
    added: tuple[str, ...] = ()
    """The notebook's metadata that describe its kernel and are not in the script's header."""
    whole: tuple[str, str] | None = None
    """The digest of the script in its usual style, and the script."""

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> SourceStyle:
        """Return the style that the notebook's metadata remember; invalid values are ignored."""
        script = mapping(mapping(metadata.get(OURS)).get(_SCRIPT))
        ending, lead, head = (script.get(key) for key in ("line_ending", "marker", "head"))
        texts = mapping(script.get("cells"))
        usual, whole, added = script.get("usual"), script.get("text"), script.get("added")
        return cls(
            ending if ending in {"\r\n", "\r"} else "\n",
            lead if isinstance(lead, str) else None,
            head if isinstance(head, str) else None,
            {key: text for key, text in texts.items() if isinstance(text, str)},
            tuple(filter(_is_text, added)) if isinstance(added, list) else (),  # pyright: ignore[reportUnknownArgumentType]  # JSON
            (usual, whole) if isinstance(usual, str) and isinstance(whole, str) else None,
        )

    def in_script(self, metadata: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a notebook's metadata without those that the script's header does not have."""
        if not self.added:
            return metadata
        return Filter(everything=True, dropped=frozenset(self.added)).apply(metadata)

    def store_in(self, metadata: dict[str, Any]) -> None:
        """Store this style in a notebook's metadata; the usual style is not stored."""
        script: dict[str, Any] = {}
        if self.ending != "\n":
            script["line_ending"] = self.ending
        if self.lead is not None:
            script["marker"] = self.lead
        if self.head is not None:
            script["head"] = self.head
        if self.texts:
            script["cells"] = dict(sorted(self.texts.items()))
        if self.added:
            script["added"] = list(self.added)
        if self.whole is not None:
            script["usual"], script["text"] = self.whole
        ours = {k: v for k, v in mapping(metadata.get(OURS)).items() if k != _SCRIPT}
        if script:
            # Sorted as nbformat sorts, so that no line moves when others save the notebook.
            ours[_SCRIPT] = dict(sorted(script.items()))
        if ours:
            metadata[OURS] = dict(sorted(ours.items()))
        else:
            metadata.pop(OURS, None)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def digest(text: str) -> str:
    """Return a short name for a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
