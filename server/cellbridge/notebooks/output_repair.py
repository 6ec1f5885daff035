"""Outputs of notebooks that deviate from the format, as the format has them.

Owns: the meaning of such outputs, of texts and of bundles by media type. It must not know cells.

What is valid is returned as the same object. Values are converted rather than dropped; an output of
an unknown type becomes text that can be shown, with its type in its metadata.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from cellbridge.core.percent.notebook_values import JsonObject, mapping

Mend = Callable[[str], None]
"""Is called with each key that was mended."""

_JSON_TYPE = re.compile(r"application/(.*\+)?json$")
_TYPES = {"execute_result", "display_data", "stream", "error"}
_OTHER_NAMES = {"pyout": "execute_result", "pyerr": "error", "update_display_data": "display_data"}
_OLD_BUNDLE = {
    "text": "text/plain",
    "html": "text/html",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "latex": "text/latex",
    "json": "application/json",
    "javascript": "application/javascript",
    "pdf": "application/pdf",
}
"""The keys of version 3, in which an output was its own bundle."""


# --- Values ---------------------------------------------------------------------------------------


def is_text(value: object) -> bool:
    """Return whether a value is a text, or a list of its lines."""
    if isinstance(value, str):
        return True
    return isinstance(value, list) and all(
        isinstance(line, str) for line in cast("list[object]", value)
    )


def to_text(value: object) -> Any:
    """Return any value as a text, or a list of its lines; texts are returned as they are."""
    if is_text(value):
        return value
    match value:
        case None:
            return ""
        case list():
            return "".join(
                line if isinstance(line := to_text(one), str) else "".join(line)
                for one in cast("list[object]", value)
            )
        case _:
            return json.dumps(value, ensure_ascii=False)


def to_count(value: object) -> int | None:
    """Return an execution count from a number, or from a text such as ``[3]``; else None."""
    match value:
        case bool():
            return None
        case int():
            return value if value >= 0 else None
        case float():
            return int(value) if value >= 0 and value.is_integer() else None
        case str():
            found = re.fullmatch(r"\s*(?:In)?\s*\[?\s*([0-9]{1,15})\s*\]?:?\s*", value)
            return int(found[1]) if found else None
        case _:
            return None


def is_empty(value: object) -> bool:
    """Return whether a value stands for nothing; some programs write ``[]`` for ``{}``."""
    return value is None or value in ({}, [], "")


def insert(values: JsonObject, key: str, value: Any) -> JsonObject:
    """Return an object with another key, where nbformat puts it: among its sorted keys."""
    made: JsonObject = {}
    for held, one in values.items():
        if key not in made and held > key:
            made[key] = value
        made[held] = one
    made[key] = value
    return made


def unchanged(made: JsonObject, before: JsonObject, mend: Mend) -> JsonObject:
    """Return the object from before if nothing was mended; else report each mended key."""
    mended = [key for key in before if key not in made]
    mended += [
        key for key, value in made.items() if key not in before or _differs(before[key], value)
    ]
    for key in mended:
        mend(key)
    return made if mended else before


def _differs(one: object, other: object) -> bool:
    """Return whether a value was replaced; objects and lists are compared by identity."""
    return one is not other and not (
        isinstance(one, (str, int, float)) and type(one) is type(other) and one == other
    )


def repair_bundle(value: object) -> JsonObject:
    """Return a bundle: texts by media type, and any value for JSON."""
    if not isinstance(value, dict):
        return {} if is_empty(value) else {"text/plain": to_text(value)}
    bundle = cast("JsonObject", value)
    made = {
        kind: one if _JSON_TYPE.match(kind) else to_text(one)
        for kind, one in bundle.items()
        if one is not None or _JSON_TYPE.match(kind)
    }
    same = len(made) == len(bundle) and all(made[kind] is bundle[kind] for kind in made)
    return bundle if same else made


# --- Outputs --------------------------------------------------------------------------------------


def repair_outputs(value: object, count: int | None, mend: Mend) -> list[Any]:
    """Return the outputs of a cell with this execution count."""
    if isinstance(value, list):
        given = cast("list[object]", value)
    else:
        mend("outputs")
        given = [] if is_empty(value) else [value]
    made = [_repair_output(one, count, mend) for one in given]
    if all(one is not None and one is other for one, other in zip(made, given, strict=True)):
        return given
    return [one for one in made if one is not None]


def _repair_output(value: object, count: int | None, mend: Mend) -> JsonObject | None:
    if not isinstance(value, dict):
        mend("outputs")
        text = to_text(value)
        return {"name": "stdout", "output_type": "stream", "text": text} if text else None
    output = cast("JsonObject", value)
    typed = _with_known_type(output)
    match typed["output_type"]:
        case "stream":
            made = _repair_stream(typed)
        case "error":
            made = _repair_error(typed)
        case kind:
            made = _repair_display(typed, count, is_result=kind == "execute_result")
    return unchanged(made, output, mend)


def _with_known_type(output: JsonObject) -> JsonObject:
    kind = output.get("output_type")
    if isinstance(kind, str) and kind in _TYPES:
        return output
    if isinstance(kind, str) and (known := _OTHER_NAMES.get(kind)):
        return {**output, "output_type": known}
    if isinstance(kind, str) and kind in {"stdout", "stderr"}:
        return {"name": kind, **output, "output_type": "stream"}
    if "ename" in output or "traceback" in output:
        found = "error"
    elif "text" in output and "data" not in output:
        found = "stream"
    elif kind is None and to_count(output.get("execution_count")) is not None:
        found = "execute_result"
    else:
        found = "display_data"
    if kind is None or found != "display_data":
        return insert(output, "output_type", found)
    metadata = {**mapping(output.get("metadata")), "output_type": kind}
    if "data" in output:
        return {**output, "output_type": found, "metadata": metadata}
    rest = {key: one for key, one in output.items() if key not in {"output_type", "metadata"}}
    return {"data": {"text/plain": to_text(rest)}, "metadata": metadata, "output_type": found}


def _repair_stream(output: JsonObject) -> JsonObject:
    name = output.get("name", output.get("stream"))
    text = output.get("text", output.get("data"))
    if isinstance(text, dict):
        text = cast("JsonObject", text).get("text/plain", cast("object", text))
    wanted = {
        "name": name if isinstance(name, str) and name else "stdout",
        "output_type": "stream",
        "text": to_text(text),
    }
    return _in_order_of(output, wanted)


def _repair_error(output: JsonObject) -> JsonObject:
    traceback = output.get("traceback")
    if isinstance(traceback, str):
        traceback = traceback.split("\n")
    elif not is_text(traceback):
        given = cast("list[object]", traceback) if isinstance(traceback, list) else []
        traceback = [_one_text(line) for line in given if line is not None]
    wanted = {
        "ename": _one_text(output.get("ename", "Error")),
        "evalue": _one_text(output.get("evalue", "")),
        "output_type": "error",
        "traceback": traceback,
    }
    return _in_order_of(output, wanted)


def _one_text(value: object) -> str:
    text = to_text(value)
    return text if isinstance(text, str) else "".join(text)


def _repair_display(output: JsonObject, count: int | None, *, is_result: bool) -> JsonObject:
    old = {} if "data" in output else {k: v for k, v in output.items() if k in _OLD_BUNDLE}
    data = {_OLD_BUNDLE[key]: value for key, value in old.items()} or output.get("data")
    known = {"data", "metadata", "output_type", "execution_count", "prompt_number", "transient"}
    metadata = output.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    if extra := {k: v for k, v in output.items() if k not in known and k not in old}:
        # No key of an output but these is valid; metadata may have any.
        metadata = {**extra, **cast("JsonObject", metadata)}
    wanted: JsonObject = {"data": repair_bundle(data)}
    if is_result:
        given = output.get("execution_count", output.get("prompt_number", count))
        wanted["execution_count"] = (
            given if given is None or type(given) is int else to_count(given)
        )
        if wanted["execution_count"] is not None and wanted["execution_count"] < 0:
            wanted["execution_count"] = None
    return _in_order_of(
        output, {**wanted, "metadata": metadata, "output_type": output["output_type"]}
    )


def _in_order_of(output: Mapping[str, Any], wanted: JsonObject) -> JsonObject:
    """Return the wanted values in the order that the output had, and new ones among them."""
    made = {key: wanted[key] for key in output if key in wanted}
    for key, value in wanted.items():
        if key not in made:
            made = insert(made, key, value)
    return made
