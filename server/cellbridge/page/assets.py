"""The files of the page, as its build has written them.

Owns the table of these files, which is made once: a request names an entry of it, never a path.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from cellbridge.session.errors import SessionError

FOLDER = Path(__file__).with_name("assets")
"""The folder that ``npm run build`` in editor-extension/panel writes."""
OTHER_FOLDER = "CELLBRIDGE_PAGE_ASSETS"
"""The environment variable that names another folder, for development."""
POLICY = "policy.json"
"""The file with the sources of scripts that the frames of outputs need."""
ENTRY = "page.js"
MISSING = (
    "The page's files are not built; run `npm ci && npm run build` in editor-extension/panel, or "
    "install a released package of Cellbridge."
)
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
"""The types of the files that are served; others are not."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    path: Path
    type: str
    hashed: bool
    """True if the name changes with the content, so that a browser may keep it."""


@dataclass(frozen=True, slots=True)
class Assets:
    """All files, and what they need of the page's policy."""

    files: dict[str, Asset]
    """By the path of the URL, without a slash at the beginning."""
    script_sources: tuple[str, ...]


def read_assets() -> Assets:
    """Return the files of the page.

    Raises:
        SessionError: they are not built.
    """
    folder = Path(os.environ.get(OTHER_FOLDER) or FOLDER)
    files = {
        path.relative_to(folder).as_posix(): Asset(
            path, _TYPES[path.suffix], hashed=path.parent != folder
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in _TYPES
    }
    if ENTRY not in files or POLICY not in files:
        raise SessionError(MISSING)
    policy: object = json.loads(files.pop(POLICY).path.read_bytes())
    sources = cast("dict[str, Any]", policy)["scriptSources"]
    return Assets(files, tuple(map(str, sources)))
