"""Metadata of notebooks and cells that deviate from the format, as the format has them.

Owns: the keys for which the format prescribes a type. It must not know other keys, for which
any value is valid.

A value with a plain meaning is converted. Any other value of these keys describes a view at most,
and is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from cellbridge.core.percent.notebook_values import JsonObject, mapping
from cellbridge.notebooks.output_repair import Mend, insert, unchanged

_OMITTED = object()
"""Stands for a value that is left out."""

_Fix = Callable[[Any], Any]


def repair_cell_metadata(metadata: JsonObject, kind: str, mend: Mend) -> JsonObject:
    """Return the metadata of a cell of this kind."""
    return _apply(metadata, _CELL | _BY_KIND[kind], mend)


def repair_notebook_metadata(metadata: JsonObject, mend: Mend) -> JsonObject:
    """Return the metadata of a notebook."""
    made = dict(_apply(metadata, _NOTEBOOK, _ignore))
    # The language first: a kernel without a name has it from there.
    for key, fix in (("language_info", _language_info), ("kernelspec", _kernelspec)):
        if isinstance(value := made.get(key), dict):
            made[key] = fix(cast("JsonObject", value), made)
    return unchanged(made, metadata, mend)


def _ignore(_: str) -> None:
    """Ignore a key; the caller compares the whole."""


def _apply(metadata: JsonObject, fixes: Mapping[str, _Fix], mend: Mend) -> JsonObject:
    made = dict(metadata)
    for key, fix in fixes.items():
        if key in made:
            value = fix(made[key])
            if value is _OMITTED:
                del made[key]
            else:
                made[key] = value
    return unchanged(made, metadata, mend)


# --- Types ----------------------------------------------------------------------------------------


def _boolean(value: object) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    return bool(value) if value in (0, 1) else _OMITTED


def _scrolled(value: object) -> Any:
    return value if value == "auto" else _boolean(value)


def _string(value: object) -> Any:
    match value:
        case str():
            return value
        case bool() | int() | float():
            return json.dumps(value)
        case _:
            return _OMITTED


def _name(value: object) -> Any:
    text = _string(value)
    if text is _OMITTED or ("\n" not in text and text):
        return text
    return " ".join(text.split()) or _OMITTED


def _title(value: object) -> Any:
    text = _string(value)
    return json.dumps(value, ensure_ascii=False) if text is _OMITTED and value else text


def _tags(value: object) -> Any:
    """Return tags, each once; a tag has no comma, so a text with commas is several."""
    if isinstance(value, dict):
        value = list(cast("JsonObject", value))
    given = cast("list[object]", value) if isinstance(value, list) else [value]
    texts = [text for tag in given if (text := _string(tag)) is not _OMITTED]
    valid = all(isinstance(tag, str) and tag and "," not in tag for tag in given)
    if valid and value is given and len(given) == len(set(texts)):
        return given
    parts = [
        part.strip() if "," in text else part for text in texts for part in str(text).split(",")
    ]
    made = list(dict.fromkeys(part for part in parts if part))
    return made if made or value is given else _OMITTED


def _object(value: object) -> Any:
    return cast("object", value) if isinstance(value, dict) else _OMITTED


def _execution(value: object) -> Any:
    """Return the times of a run, which are all texts."""
    if not isinstance(value, dict):
        return _OMITTED
    times = cast("JsonObject", value)
    if all(isinstance(time, str) for time in times.values()):
        return times
    found = {key: _string(time) for key, time in times.items()}
    return {key: time for key, time in found.items() if time is not _OMITTED}


def _authors(value: object) -> Any:
    match value:
        case list():
            return cast("object", value)
        case dict():
            return [value]
        case str():
            return [{"name": value}]
        case _:
            return _OMITTED


def _version(value: object) -> Any:
    return value if isinstance(value, int) and value is not True and value >= 1 else _OMITTED


def _named(value: object) -> Any:
    """Return an object that may have been written as its name alone."""
    if isinstance(value, str) and value:
        return {"name": value}
    return cast("object", value) if isinstance(value, dict) and value else _OMITTED


_CELL: dict[str, _Fix] = {"name": _name, "tags": _tags, "jupyter": _object}
_BY_KIND: dict[str, dict[str, _Fix]] = {
    "code": {"collapsed": _boolean, "scrolled": _scrolled, "execution": _execution},
    "markdown": {},
    "raw": {"format": _string},
}
_NOTEBOOK: dict[str, _Fix] = {
    "kernelspec": _named,
    "language_info": _named,
    "orig_nbformat": _version,
    "title": _title,
    "authors": _authors,
}


# --- The kernel and its language ------------------------------------------------------------------


def _kernelspec(spec: JsonObject, metadata: Mapping[str, Any]) -> JsonObject:
    """Return the kernel with both of its names; each is made of the other, or of the language."""
    language = spec.get("language") or mapping(metadata.get("language_info")).get("name")
    shown = _string(spec.get("display_name"))
    name = _string(spec.get("name"))
    if name is _OMITTED:
        # A notebook that names no language is read as Python.
        is_other = isinstance(language, str) and language.lower() not in {"", "python"}
        name = language if is_other else "python3"
    wanted = {"name": name, "display_name": name if shown is _OMITTED else shown}
    return _with(spec, wanted)


def _language_info(info: JsonObject, metadata: Mapping[str, Any]) -> JsonObject:
    """Return the language with its name; a language without one is read as Python anywhere."""
    name = _string(info.get("name"))
    if name is _OMITTED:
        language = mapping(metadata.get("kernelspec")).get("language")
        name = language if isinstance(language, str) and language else "python"
    made = _with(info, {"name": name})
    return _apply(made, _LANGUAGE, _ignore)


def _mode(value: object) -> Any:
    return cast("object", value) if isinstance(value, (str, dict)) else _OMITTED


_LANGUAGE: dict[str, _Fix] = {
    "codemirror_mode": _mode,
    "file_extension": _string,
    "mimetype": _string,
    "pygments_lexer": _string,
}


def _with(values: JsonObject, wanted: JsonObject) -> JsonObject:
    for key, value in wanted.items():
        if values.get(key) is not value:
            values = {**values, key: value} if key in values else insert(values, key, value)
    return values
