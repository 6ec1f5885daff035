"""Values of notebooks: JSON objects, metadata, sources and ids.

Owns: reading such values, which may be anything that JSON, YAML or a marker can hold. It must not
know the meaning of metadata.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

NBFORMAT = (4, 5)
"""The version of the notebook format that is written."""

JsonObject = dict[str, Any]


def mapping(value: object) -> Mapping[str, Any]:
    """Return ``value`` if it is a JSON object; an empty one for anything else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def as_json(value: object) -> Any:
    """Return ``value`` with nothing in it that JSON cannot hold; a marker may hold any literal."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            # NaN and the infinities are not JSON.
            return value if value - value == 0 else str(value)
        case Mapping():
            entries = cast("Mapping[object, object]", value)
            return {str(key): as_json(item) for key, item in entries.items()}
        case list() | tuple():
            return [as_json(item) for item in cast("Sequence[object]", value)]
        case _:
            return str(value)


def in_file_order(value: Any) -> Any:
    """Return a JSON value with its keys in the order in which a new file holds them."""
    match value:
        case dict():
            entries = cast("dict[str, Any]", value)
            return {key: in_file_order(entries[key]) for key in sorted(entries)}
        case list():
            return [in_file_order(item) for item in cast("list[Any]", value)]
        case _:
            return value


def source_of(cell: Mapping[str, Any]) -> str:
    """Return a notebook cell's source; in files it may be a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


class IdGenerator:
    """Makes ids of texts; equal texts get different ones, the same each time."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._seen: Counter[str] = Counter()
        self._taken = set(taken)

    def new(self, text: str) -> str:
        """Return an id that was not given before."""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        while True:
            self._seen[digest] += 1
            count = self._seen[digest]
            identity = digest if count == 1 else f"{digest}-{count}"
            if identity not in self._taken:
                return identity
