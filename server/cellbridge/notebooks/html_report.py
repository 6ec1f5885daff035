"""Executed notebooks as reports: one HTML file each, drawn as the page draws outputs.

Owns the composition of the file from the files that `npm run build` in editor-extension/panel
writes, and its content security policy. It must not know where outputs come from.

A report needs no network and no server. It contains a large library only if an output needs it.

Invariant: the policy names the hash of each script in the file, so that no output can add one to
the page. Scripts of outputs run in frames without an origin.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from cellbridge.core.percent.convert import JsonObject
from cellbridge.notebooks.errors import FileError

FOLDER = Path(__file__).parents[1] / "page" / "assets" / "report"
"""The files of reports."""
MISSING = (
    "The files for reports are not built; run `npm ci && npm run build` in "
    "editor-extension/panel, or install a released package of Cellbridge."
)
_KEYWORD = re.compile("[a-z]+")
_FORMULA = re.compile(r"\$|\\\(|\\\[|\\begin")


def report(notebook: JsonObject, title: str) -> bytes:
    """Return a notebook as a report with this title.

    Raises:
        FileError: the files of reports are not built, or cannot be read.
    """
    try:
        scripts = [_inline(path.read_text("utf-8")) for path in _scripts(notebook)]
        styles = [path.read_text("utf-8") for path in _styles(notebook)]
        frame = (FOLDER / "frame-hash.txt").read_text("ascii")
    except FileNotFoundError:
        raise FileError(MISSING) from None
    except OSError as error:
        raise FileError(f"The files for reports cannot be read: {error.strerror}.") from error
    data = json.dumps(notebook, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    body = "".join(f"<script>{script}</script>\n" for script in scripts)
    text = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(scripts, frame)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Cellbridge">
<title>{html.escape(title)}</title>
{"".join(f"<style>{style}</style>" for style in styles)}
</head>
<body>
<noscript>This report needs JavaScript, which is disabled in this browser.</noscript>
<script type="application/json" id="notebook">{data}</script>
{body}</body>
</html>
"""
    # An output may have half a surrogate pair, which no file can hold.
    return text.encode("utf-8", "replace")


def _policy(scripts: Sequence[str], frame: str) -> str:
    """Return the content security policy; ``frame`` is the hash of the script in outputs' frames.

    The frames inherit this policy, and have one of their own that allows no more.
    """
    hashes = " ".join(f"'{_hash(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes} '{frame}' 'unsafe-eval'; "
        "style-src 'unsafe-inline'; img-src data: blob:; media-src data: blob:; font-src data:; "
        "worker-src blob:; base-uri 'none'; form-action 'none'"
    )


def _scripts(notebook: JsonObject) -> Iterator[Path]:
    """Yield the scripts of a report: the libraries first, because `report.js` draws at once."""
    parts = _parts(notebook)
    for path in sorted((FOLDER / "parts").glob("*.js")):
        # A file is named after its library, such as vega_lite.js.
        found = _KEYWORD.match(path.stem)
        if found and any(found[0] in part for part in parts):
            yield path
    yield FOLDER / "report.js"


def _styles(notebook: JsonObject) -> Iterator[Path]:
    yield FOLDER / "report.css"
    texts = [
        "".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"
    ]
    for mime, content in _bundles(notebook):
        if mime in {"text/latex", "text/markdown"}:
            texts.append(content)
    if any(map(_FORMULA.search, texts)):
        yield FOLDER / "parts" / "formulas.css"


def _parts(notebook: JsonObject) -> Sequence[str]:
    """Return the types of all parts of outputs, and the texts that may name a library."""
    found: list[str] = []
    for mime, content in _bundles(notebook):
        found.append(mime.lower())
        if "html" in mime or "javascript" in mime:
            found.append(content.lower())
    return found


def _bundles(notebook: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield type and text of each part of an output that is text; other parts as empty texts."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = cast("Mapping[str, Any]", output.get("data") or {})
            for mime, content in data.items():
                yield mime, "" if "json" in mime else _joined(content)


def _joined(content: object) -> str:
    """Return a text that may be a list of lines; anything else as an empty text."""
    if isinstance(content, list):
        return "".join(map(str, cast("list[object]", content)))
    return content if isinstance(content, str) else ""


def _inline(script: str) -> str:
    """Return a script without ``<!--``, which could hide its end in HTML.

    A script has this only in strings, templates and regular expressions: elsewhere it is a comment.
    The end of a script in a string has been escaped when the script was built.
    """
    return script.replace("<!--", "<\\x21--")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
