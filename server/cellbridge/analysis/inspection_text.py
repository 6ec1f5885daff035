"""A kernel's description of an object, as Markdown made for a hover.

Owns the reading of ``inspect_reply`` bundles. Pure. It must not query any source.

IPython answers with coloured text in sections (``Signature:``, ``Type:``, ``String form:`` …). They
are put in the order a reader wants: the call or the value first, its type, then the documentation.
The documentation of a plain value is that of its class and is left out: a hover over ``5`` should
not show the manual of ``int``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from cellbridge.analysis.object_text import DOC_LIMIT, VALUE_LIMIT, fenced, object_markdown
from cellbridge.core.code_info import OBJECT
from cellbridge.core.output.escapes import strip_ansi
from cellbridge.core.output.safe_links import safe_markdown

_SECTION = re.compile(
    r"^(Signature|Init signature|Call signature|Type|String form|Length|File|Docstring"
    r"|Class docstring|Init docstring|Call docstring|Subclasses|Repr|Namespace|Source):[ \t]*",
    re.MULTILINE,
)
_DOCUMENTED_TYPES = {"module", "type", "function", "method", "builtin_function_or_method"}


def live_markdown(data: Mapping[str, Any], *, pictures: bool = False) -> str:
    """Return an inspection's bundle as Markdown; empty if it holds no text."""
    facts = data.get(OBJECT)
    if isinstance(facts, Mapping):
        return object_markdown(cast("Mapping[str, Any]", facts), pictures=pictures)
    ready = data.get("text/markdown")
    if isinstance(ready, str) and ready.strip():
        return safe_markdown(ready.strip())
    plain = data.get("text/plain")
    if not isinstance(plain, str) or not plain.strip():
        return ""
    text = strip_ansi(plain).strip()
    sections = _sections(text)
    return _arrange(sections) if sections else fenced(text, "text", DOC_LIMIT)


def _sections(text: str) -> dict[str, str]:
    """Return IPython's sections; the first of a name counts: documentation holds look-alikes."""
    marks: list[re.Match[str]] = []
    for mark in _SECTION.finditer(text):
        if mark[1] not in {earlier[1] for earlier in marks}:
            marks.append(mark)
    if not marks or marks[0].start() > 0:
        return {}
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return {mark[1]: text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)}


def _arrange(sections: Mapping[str, str]) -> str:
    kind = sections.get("Type", "")
    signature = sections.get("Signature") or sections.get("Init signature")
    value = sections.get("String form", "")
    documented = bool(signature) or kind in _DOCUMENTED_TYPES
    parts: list[str] = []
    if signature:
        parts.append(fenced(signature, "python", VALUE_LIMIT))
    elif value:
        parts.append(fenced(value, "text", VALUE_LIMIT))
    if kind and not signature:
        length = sections.get("Length")
        parts.append(f"*{kind}*" + (f" · length {length}" if length else ""))
    documentation = sections.get("Docstring", "")
    if documented and documentation not in {"", "<no docstring>"}:
        parts.append(fenced(documentation, "text", DOC_LIMIT))
    return "\n\n".join(parts)
