"""The server's settings in the manifest of the VS Code extension (package.json).

Owns all sections of `contributes.configuration` except the first, which holds the extension's own
settings and is written by hand. The rest of the file is not changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import msgspec

from cellbridge.core.config import SECTION
from generate.model import Description, Field, Shape

PACKAGE = Path(__file__).parents[3] / "editor-extension" / "vscode" / "package.json"

NAMES: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    NoneType: "null",
}


def render(description: Description) -> str:
    """Return the whole of package.json."""
    package = json.loads(PACKAGE.read_text("utf-8"))
    contributes = package["contributes"]
    own = contributes["configuration"][0]
    taken = set(own["properties"])
    groups = [section(group, place) for place, group in enumerate(description.settings)]
    twice = taken & {name for group in groups for name in group["properties"]}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))}: declared by the extension and the server")
    contributes["configuration"] = [own, *groups]
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"


def section(group: Shape, place: int) -> dict[str, Any]:
    """Return one group of settings as a section of the settings editor."""
    properties = {
        f"{SECTION}.{group.name}.{field.name}": {"order": order, **setting(field)}
        for order, field in enumerate(group.fields)
    }
    title = group.name[:1].upper() + group.name[1:]
    return {"title": title, "order": place + 1, "properties": properties}


def setting(field: Field) -> dict[str, Any]:
    """Return one setting."""
    return {
        **schema(field.type),
        "default": field.default,
        "scope": "window",
        "markdownDescription": field.doc,
    }


def schema(kind: Any) -> dict[str, Any]:
    """Return a type with its bounds as a JSON schema."""
    made: dict[str, Any] = {}
    if hasattr(kind, "__metadata__"):
        for extra in kind.__metadata__:
            if isinstance(extra, msgspec.Meta):
                bounds = {"minimum": extra.ge, "maximum": extra.le}
                made |= {name: bound for name, bound in bounds.items() if bound is not None}
        kind = get_args(kind)[0]
    if get_origin(kind) is Literal:
        return {"type": "string", "enum": list(get_args(kind)), **made}
    if kind in NAMES:
        return {"type": NAMES[kind], **made}
    if get_origin(kind) in {list, tuple}:
        items = schema(get_args(kind)[0])
        return {"type": "array", "items": items, **made}
    if get_origin(kind) is dict:
        return {"type": "object", "additionalProperties": schema(get_args(kind)[1]), **made}
    parts = [schema(part) for part in get_args(kind)]
    return {"type": [part["type"] for part in parts], **made}
