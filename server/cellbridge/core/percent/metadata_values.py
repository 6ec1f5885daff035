"""Values of metadata, which may be anything that JSON, YAML or a marker can hold.

Owns: taking them for what they should be. It must not know what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast


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
