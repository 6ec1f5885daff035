"""Lines, columns and paths in the client's form and in ours.

Owns the conversion of whole messages. Ours are lines and columns from 1, and paths. It must not
know requests: the names of fields are the same everywhere in the Debug Adapter Protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

_LINES = frozenset({"line", "endLine"})
_COLUMNS = frozenset({"column", "endColumn"})
_LISTS_OF_LINES = frozenset({"lines"})
_SOURCES = frozenset({"source", "sources"})
_FREE = frozenset({"data", "adapterData", "variables", "__restart"})
"""Fields with content of another kind, in which these names have no such meaning."""

Walk = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Positions:
    """The form of positions that a client has chosen in ``initialize``."""

    first_line: int = 1
    first_column: int = 1
    uris: bool = False

    @classmethod
    def of(cls, arguments: dict[str, Any]) -> Positions:
        """Return the form that the arguments of ``initialize`` state."""
        return cls(
            0 if arguments.get("linesStartAt1") is False else 1,
            0 if arguments.get("columnsStartAt1") is False else 1,
            arguments.get("pathFormat") == "uri",
        )

    def from_client(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of a request in our form."""
        return self._convert(body, 1 - self.first_line, 1 - self.first_column, path_of_uri)

    def to_client(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body of a response or an event in the client's form."""
        return self._convert(body, self.first_line - 1, self.first_column - 1, _uri)

    def _convert(
        self, body: dict[str, Any], lines: int, columns: int, path: Callable[[str], str]
    ) -> dict[str, Any]:
        if not lines and not columns and not self.uris:
            return body

        def convert(value: Any) -> Any:
            if isinstance(value, dict):
                fields = cast("dict[str, Any]", value)
                return {key: one(key, part) for key, part in fields.items()}
            if isinstance(value, list):
                return [convert(part) for part in cast("list[Any]", value)]
            return value

        def one(key: str, value: Any) -> Any:
            if key in _LINES | _COLUMNS and _is_number(value):
                return max(0, value + (lines if key in _LINES else columns))
            if key in _LISTS_OF_LINES and isinstance(value, list):
                numbers = cast("list[Any]", value)
                return [part + lines if _is_number(part) else part for part in numbers]
            if key in _SOURCES and self.uris:
                return _with_path(convert(value), path)
            return value if key in _FREE and not isinstance(value, list) else convert(value)

        return convert(body)


def path_of_uri(text: str) -> str:
    """Return the path of a ``file:`` URI; any other text as it is."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    return unquote(parts.path) if parts.scheme == "file" else text


def _with_path(source: Any, path: Callable[[str], str]) -> Any:
    """Return a source, or a list of sources, with another form of path."""
    if isinstance(source, list):
        return [_with_path(part, path) for part in cast("list[Any]", source)]
    if isinstance(source, dict):
        fields = cast("dict[str, Any]", source)
        given = fields.get("path")
        return {**fields, "path": path(given)} if isinstance(given, str) else fields
    return source


def _uri(path: str) -> str:
    return Path(path).as_uri() if path.startswith("/") else path


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
