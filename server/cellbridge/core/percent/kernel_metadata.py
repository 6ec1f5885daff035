"""A notebook's metadata about its kernel: ``kernelspec`` and ``language_info``.

Owns: their content, and which of it a script's own header does not hold. It must not find kernels.

Other programs recognise a notebook's language by these metadata alone. They describe a kernel, not
the script, so that they are not written into a script that does not have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cellbridge.core.document.languages import Language
from cellbridge.core.percent.notebook_values import JsonObject, mapping
from cellbridge.core.percent.prologue import in_header

KERNEL_KEYS = ("kernelspec", "language_info")
_PYTHON = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}


@dataclass(frozen=True, slots=True)
class KernelLabel:
    """The kernel that a notebook was made with, as its metadata name it."""

    name: str
    display_name: str
    language: str


def with_kernel(
    metadata: Mapping[str, Any], kernel: KernelLabel | None, language: Language
) -> JsonObject:
    """Return a notebook's metadata with what it lacks about its kernel.

    A kernel that the metadata name themselves stays; without ``kernel`` only its gaps are filled.
    """
    own = mapping(metadata.get("kernelspec"))
    name = own.get("name")
    label = kernel if kernel is not None and name in (None, "", kernel.name) else None
    if label is None and isinstance(name, str) and name:
        label = KernelLabel(name, name, language.name)
    made = dict(metadata)
    if label is not None:
        given = {key: value for key, value in own.items() if value not in (None, "")}
        made["kernelspec"] = _kernelspec(label) | given
    if not mapping(metadata.get("language_info")).get("name"):
        made["language_info"] = _language_info(label.language if label else language.name, language)
    return made


def of_run(kernel: KernelLabel) -> JsonObject:
    """Return the metadata of a notebook that ran in a kernel."""
    return {
        "kernelspec": _kernelspec(kernel),
        "language_info": {"name": kernel.language}
        | (_PYTHON if kernel.language == "python" else {}),
    }


def not_in_script(
    metadata: Mapping[str, Any], header: Mapping[str, Any], language: Language
) -> tuple[str, ...]:
    """Return the keys about the kernel that a script's header would get, and does not have.

    A key within another one is written with a dot.
    """
    written = in_header(metadata, language)
    found: list[str] = []
    for key in KERNEL_KEYS:
        if key in written and key not in header:
            found.append(key)
        elif key in written:
            held = mapping(header[key])
            found += [f"{key}.{inner}" for inner in mapping(written[key]) if inner not in held]
    return tuple(found)


def _kernelspec(kernel: KernelLabel) -> JsonObject:
    return {
        "display_name": kernel.display_name,
        "language": kernel.language,
        "name": kernel.name,
    }


def _language_info(name: str, language: Language) -> JsonObject:
    if language.syntax.python and name == "python":
        return {"name": name, **_PYTHON}
    return {"name": name, "file_extension": f".{language.extension}"}
