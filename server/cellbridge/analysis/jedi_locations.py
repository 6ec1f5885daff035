"""Signatures and locations of names, made from jedi's.

Owns the translation of jedi's names and signatures, in the worker's process. It is given jedi's
script, and must not import jedi itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from cellbridge.analysis import worker_protocol
from cellbridge.core.code_info import NameLocation, Signature, Signatures

_DOC_LIMIT = 6_000
_SIGNATURES = 10
_LOCATION_LIMIT = 2_000
"""Places in one answer."""


class _Name(Protocol):
    name: str
    type: str
    line: int | None
    column: int | None
    module_path: Path | None

    def is_definition(self) -> bool: ...


class _Parameter(Protocol):
    def to_string(self) -> str: ...


class _Signature(Protocol):
    params: Sequence[_Parameter]
    index: int | None

    def to_string(self) -> str: ...
    def docstring(self, *, raw: bool) -> str: ...


def answer(script: Any, job: worker_protocol.SignatureJob) -> worker_protocol.Result:
    """Return the answer to a job about a call or a name."""
    at = (job.line + 1, job.column)
    if isinstance(job, worker_protocol.DefinitionJob):
        follow = {"follow_imports": True, "follow_builtin_imports": True}
        return worker_protocol.LocationResult(_locations(script.goto(*at, **follow), job.path))
    if isinstance(job, worker_protocol.TypeDefinitionJob):
        return worker_protocol.LocationResult(_locations(script.infer(*at), job.path))
    if isinstance(job, worker_protocol.ReferencesJob | worker_protocol.HighlightJob):
        return worker_protocol.LocationResult(
            _locations(script.get_references(*at, scope="file"), job.path)
        )
    found: Sequence[_Signature] = script.get_signatures(*at)
    return worker_protocol.SignatureResult(
        Signatures([_signature(one) for one in found[:_SIGNATURES]])
    )


def _locations(names: Sequence[_Name], path: str | None) -> list[NameLocation]:
    return [_location(name, path) for name in names[:_LOCATION_LIMIT] if name.line is not None]


def _location(name: _Name, path: str | None) -> NameLocation:
    file = None if name.module_path is None else str(name.module_path)
    return NameLocation(
        path=None if file == path else file,
        line=max(0, (name.line or 1) - 1),
        column=name.column or 0,
        name=name.name,
        definition=name.is_definition(),
        imported=_is_imported(name),
    )


def _is_imported(name: _Name) -> bool:
    """Return whether an import statement takes the name from elsewhere, under the same name."""
    # jedi has no public way to the syntax around a name.
    leaf = getattr(getattr(name, "_name", None), "tree_name", None)
    if leaf is None or leaf.search_ancestor("import_name", "import_from") is None:
        return False
    alias = leaf.search_ancestor("import_as_name", "dotted_as_name")
    return alias is None or alias.children[-1] is not leaf


def _signature(one: _Signature) -> Signature:
    label = one.to_string()
    places: list[tuple[int, int]] = []
    at = label.find("(") + 1
    for parameter in one.params:
        text = parameter.to_string()
        start = label.find(text, at)
        if start < 0:
            places.append((at, at))
            continue
        at = start + len(text)
        places.append((start, at))
    documentation = one.docstring(raw=True).strip()[:_DOC_LIMIT]
    return Signature(label, places, one.index, documentation)
