"""Descriptions of names, made from jedi's.

Owns the Markdown of descriptions, in the worker's process. It is given jedi's names, and must not
import jedi itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

_DOC_LIMIT = 6_000
"""Characters of documentation in one description."""
_SIGNATURES_SHOWN = 5
"""Overloads in one description."""


class _Signature(Protocol):
    def to_string(self) -> str: ...


class _Name(Protocol):
    name: str
    type: str
    description: str

    def docstring(self, *, raw: bool) -> str: ...
    def get_signatures(self) -> Sequence[_Signature]: ...
    def infer(self) -> Sequence[_Name]: ...


Name = _Name
"""The part of jedi's names that is used."""


def markdown(name: Name) -> str:
    """Return signature and documentation of a name; of a variable its type."""
    if name.type in {"statement", "param", "instance"}:
        return f"```python\n{_variable(name)}\n```"
    signatures = [signature.to_string() for signature in name.get_signatures()][:_SIGNATURES_SHOWN]
    prefix = {"function": "def ", "class": "class "}.get(name.type, "")
    head = "\n".join(prefix + signature for signature in signatures)
    if not head:
        head = name.name if name.type == "keyword" else name.description
    documentation = name.docstring(raw=True).strip()[:_DOC_LIMIT]
    parts = [f"```python\n{head}\n```"]
    if documentation:
        parts.append(f"```text\n{documentation.replace('```', '` ` `')}\n```")
    return "\n\n".join(parts)


def _variable(name: Name) -> str:
    """Return a variable with its type, or with its defining line where the type is unknown."""
    types = list(dict.fromkeys(inferred.name for inferred in name.infer()))
    if types:
        return f"{name.name}: {' | '.join(types)}"
    return name.description.partition("\n")[0]
