"""Readers of a kernel's replies, which return Cellbridge's own types.

Owns the reading of replies to helper requests. It must not know how they were requested, and must
not trust anything in them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypedDict, cast

from cellbridge.core.code_info import (
    OBJECT,
    Candidate,
    Completions,
    Inspection,
    Signature,
    Signatures,
    Source,
)
from cellbridge.core.python.completion_context import ContextKind, CursorContext, OpenBracket
from cellbridge.core.runs.frames import Frame
from cellbridge.core.widgets.messages import ID_LIMIT

CANDIDATE_LIMIT = 2000
"""Candidates that are read; more are of no use."""
_TYPES = "_jupyter_types_experimental"
_KINDS = {
    "function": "function",
    "class": "class",
    "module": "module",
    "instance": "instance",
    "statement": "statement",
    "keyword": "keyword",
    "path": "path",
    "magic": "magic",
    "param": "param",
    "property": "property",
    "dict key": "key",
}
"""Without jedi, IPython calls every name a "variable" and everything after a dot an "attribute",
functions and modules too, so these two types carry no information."""
_ORDERED = frozenset({"field", "key"})
"""Kinds of candidates that the probe returns in the order of the object's data."""
_ANSI = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")


class KernelInfoReply(TypedDict):
    """The parts of a ``kernel_info_reply`` that matter here."""

    name: str
    language: str
    implementation: str
    supported_features: frozenset[str]


def kernel_info(name: str, content: Mapping[str, Any]) -> KernelInfoReply:
    """Read a ``kernel_info_reply``."""
    language = _dict(content.get("language_info")).get("name")
    return KernelInfoReply(
        name=name,
        language=str(language or "").casefold(),
        implementation=str(content.get("implementation") or ""),
        supported_features=frozenset(map(str, _list(content.get("supported_features")))),
    )


def interpreter(content: Mapping[str, Any]) -> str:
    """Read the path of the probe's Python from its answer; empty if it is unknown."""
    found = content.get("python")
    return found if isinstance(found, str) else ""


def completions(content: Mapping[str, Any], code: str) -> Completions:
    """Read a ``complete_reply`` about ``code``; ranges outside it are dropped."""
    if content.get("status") != "ok":
        return Completions([])
    end = len(code)
    typed = _list(_dict(content.get("metadata")).get(_TYPES))
    found = [_typed_candidate(item) for item in typed[:CANDIDATE_LIMIT]] or _untyped_candidates(
        content
    )
    return Completions([item for item in found if item and 0 <= item.start <= item.end <= end])


def inspection(content: Mapping[str, Any]) -> Inspection:
    """Read an ``inspect_reply``; terminal colours are removed from its text."""
    if content.get("status") != "ok" or not content.get("found"):
        return Inspection({})
    data = {
        mime: _ANSI.sub("", part) if isinstance(part, str) and mime.startswith("text/") else part
        for mime, part in _dict(content.get("data")).items()
    }
    return Inspection(data)


def probe_completions(content: Mapping[str, Any], place: CursorContext, offset: int) -> Completions:
    """Read the probe's candidates for ``place``, which ends at ``offset``."""
    found: list[Candidate] = []
    first, live = place.start, Source.LIVE
    for item in map(_list, _list(content.get("items"))):  # Hundreds, for each list.
        if len(item) < 2:
            continue
        text, kind = item[0], item[1]
        start = first + item[2] if len(item) > 2 and isinstance(item[2], int) else first
        if isinstance(text, str) and isinstance(kind, str) and text and start <= offset:
            place_in_data = len(found) + 1 if kind in _ORDERED else 0
            found.append(Candidate(text, start, offset, kind, "", live, place_in_data))
    attributes = place.kind is ContextKind.ATTRIBUTE
    keys = place.kind is ContextKind.STRING and any(item.kind == "key" for item in found)
    return Completions(
        found,
        exact=bool(found) and (keys or (attributes and not place.assigned)),
        receiver=place.receiver if attributes else "",
        cut=content.get("cut") is True,
    )


def probe_inspection(content: Mapping[str, Any]) -> Inspection:
    """Read the probe's facts about an object; as text they are in IPython's order."""
    facts = _dict(content.get("object"))
    if not facts:
        return Inspection({})
    sections = (
        ("Signature", facts.get("signature")),
        ("Type", facts.get("type")),
        ("String form", facts.get("value")),
        ("Length", facts.get("length")),
        ("File", facts.get("file")),
        ("Docstring", facts.get("doc")),
    )
    text = "\n".join(f"{name}: {value}" for name, value in sections if value not in {None, ""})
    return Inspection({OBJECT: facts, "text/plain": text})


def signatures(content: Mapping[str, Any], holder: OpenBracket) -> Signatures:
    """Read the probe's signature of a call; ``holder`` gives the cursor's position in it."""
    call = _dict(content.get("call"))
    label = call.get("label")
    if not isinstance(label, str):
        return Signatures([])
    parts = [part for part in map(_list, _list(call.get("parameters"))) if len(part) == 4]
    places = [(int(start), int(end)) for start, end, _, _ in parts]
    kinds = [(str(name), str(kind)) for _, _, name, kind in parts]
    documentation = str(call.get("documentation") or "")
    return Signatures([Signature(label, places, active_parameter(kinds, holder), documentation)])


def active_parameter(parameters: list[tuple[str, str]], holder: OpenBracket) -> int | None:
    """Return the index of the parameter that takes the argument at the cursor."""
    catch_all = None
    for at, (name, kind) in enumerate(parameters):
        if holder.keyword and (name == holder.keyword and "POSITIONAL_ONLY" not in kind):
            return at
        if holder.keyword and kind == "VAR_KEYWORD":
            catch_all = at
        if not holder.keyword and kind == "VAR_POSITIONAL" and at <= holder.position:
            return at
        if not holder.keyword and at == holder.position and kind.startswith("POSITIONAL"):
            return at
    return catch_all


def comms(content: Mapping[str, Any]) -> list[str]:
    """Read the ids in a ``comm_info_reply``."""
    return [comm for comm in _dict(content.get("comms")) if 0 < len(comm) <= ID_LIMIT]


def frames(content: Mapping[str, Any]) -> tuple[Frame, ...]:
    """Read the probe's answer about a failure."""
    read = (_frame(_dict(item)) for item in _list(content.get("frames")))
    return tuple(frame for frame in read if frame is not None)


def _frame(item: dict[str, Any]) -> Frame | None:
    path, line, name = item.get("path"), item.get("line"), item.get("name")
    if not isinstance(path, str) or not isinstance(line, int) or line < 0:
        return None
    column, end = item.get("column"), item.get("end_column")
    cell, cell_line, text = item.get("cell"), item.get("cell_line"), item.get("text")
    return Frame(
        path=path,
        line=line,
        name=name if isinstance(name, str) else "",
        column=column if isinstance(column, int) else None,
        end_column=end if isinstance(end, int) else None,
        cell=cell if isinstance(cell, str) else "",
        cell_line=cell_line if isinstance(cell_line, int) else None,
        text=text if isinstance(text, str) else "",
    )


def _typed_candidate(item: object) -> Candidate | None:
    fields = _dict(item)
    text, start, end = fields.get("text"), fields.get("start"), fields.get("end")
    if not isinstance(text, str) or not isinstance(start, int) or not isinstance(end, int):
        return None
    signature = fields.get("signature")
    return Candidate(
        text=text,
        start=start,
        end=end,
        kind=_KINDS.get(str(fields.get("type")), ""),
        detail=signature if isinstance(signature, str) else "",
        source=Source.LIVE,
    )


def _untyped_candidates(content: Mapping[str, Any]) -> list[Candidate | None]:
    start, end = content.get("cursor_start"), content.get("cursor_end")
    if not isinstance(start, int) or not isinstance(end, int):
        return []
    return [
        Candidate(text=text, start=start, end=end, source=Source.LIVE)
        for text in _list(content.get("matches"))[:CANDIDATE_LIMIT]
        if isinstance(text, str)
    ]


def _dict(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
