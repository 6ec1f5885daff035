"""Safe targets for untrusted text: addresses in links, and Markdown that an editor draws.

Owns the one list of schemes; ``editor-extension/panel/src/links.ts`` has the same for what is drawn
there. An editor may run a link as a command and load a picture without a click. It must not know
editors or files.
"""

from __future__ import annotations

import re

_WEB = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_DATA = re.compile(r"data:image/", re.IGNORECASE)
_ESCAPED = re.compile(r"[:&\\\s\x00-\x1f]")
_APART = "\u2060"
"""Stands between two signs that mean something together; it is not seen."""

_TAGS = (
    "img|image|picture|source|video|audio|track|input|i?frame|frameset|object|embed|link|meta|base"
    "|style|script|svg|math|form"
)
_LOADING = re.compile(rf"<(?=/?(?:{_TAGS})(?![\w-]))", re.IGNORECASE)
_PICTURE = re.compile(r"!\[(?![^\[\]]*\]\(\s*<?data:image/)", re.IGNORECASE)
_TARGET = re.compile(r"\](?=[(:]\s*<?([^\s<>)]*))")
_AUTOLINK = re.compile(r"<(?=([a-z][a-z0-9+.-]+:[^\s<>]*))", re.IGNORECASE)
_REFERENCE = re.compile(r"""(?<![\w-])href(\s*=\s*)(?=("[^"]*"|'[^']*'|[^\s>]*))""", re.IGNORECASE)


def is_web(address: str) -> bool:
    """Return whether an address may be opened outside: http, https or mailto."""
    return _WEB.match(address) is not None and address.isprintable()


def is_path(address: str) -> bool:
    """Return whether an address is a path: one without a scheme, however that is written."""
    first = re.match(r"[^/?#]*", address)
    return not address.startswith("//") and not _ESCAPED.search(first[0] if first else "")


def safe_markdown(text: str) -> str:
    """Return Markdown that loads nothing and leads only to the web; its words stay readable."""
    text = _PICTURE.sub(f"!{_APART}[", text)
    for pattern in (_TARGET, _AUTOLINK):
        text = pattern.sub(lambda found: found[0] + ("" if _harmless(found[1]) else _APART), text)
    text = _REFERENCE.sub(
        lambda found: found[0] if _harmless(found[2].strip("\"'")) else f"data-href{found[1]}", text
    )
    return _LOADING.sub(f"<{_APART}", text)


def _harmless(target: str) -> bool:
    return bool(_WEB.match(target) or _DATA.match(target)) or is_path(target)
