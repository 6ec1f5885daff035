"""Files converted into one another.

Owns: the format of each file by its name, the place for contents that text cannot hold, and the
order in which files are read and written. It must not print.

A notebook's outputs, ids and attachments do not fit into a script. They stay in the notebook that
is paired with it: the one of the same name next to it. A script that is made somewhere else gets a
*sidecar* next to it, a hidden notebook that holds the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from cellbridge.core.document.cells import Cells, parse
from cellbridge.core.document.header import SCRIPT_FORMATS, header_of
from cellbridge.core.document.languages import Language, extensions, language_of
from cellbridge.core.document.text import Text
from cellbridge.core.percent import convert
from cellbridge.core.percent.kernel_metadata import KernelLabel, not_in_script, with_kernel
from cellbridge.core.percent.source_style import SourceStyle
from cellbridge.kernel.find.kernel_label import label_for
from cellbridge.notebooks import atomic_files, ipynb, jupytext_formats, script_files
from cellbridge.notebooks.atomic_files import FileVersion
from cellbridge.notebooks.companions import companion, existing_script, is_pair, sidecar_path
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.jupytext_formats import PERCENT

NOTEBOOK = "ipynb"


@dataclass(frozen=True, slots=True)
class Conversion:
    """The result of a conversion."""

    data: bytes
    sidecar: bytes | None = None
    """The content of the sidecar next to a new script; None if none is needed."""
    note: str = ""
    """Something the person should know, in a sentence."""


def format_of(name: str) -> str:
    """Return the format of a file by its name: ``ipynb``, or a script's extension.

    Raises:
        FileError: the name has no known ending.
    """
    extension = name.rpartition(".")[2] if "." in name else ""
    return parse_format(extension, f"The format of {name} is unknown")


def parse_format(format_name: str, complaint: str | None = None) -> str:
    """Return the format that the user named: ``py``, ``.py``, ``py:percent`` or ``ipynb``.

    A format without a kind is also the one that the file's header or its notebook names.

    Raises:
        FileError: there is no such format.
    """
    if jupytext_formats.is_foreign(format_name.removeprefix(".")):
        return format_name.removeprefix(".")
    if format_name in SCRIPT_FORMATS:
        return f"py:{format_name}"
    extension, _, kind = format_name.removeprefix(".").partition(":")
    if kind not in {"", PERCENT}:
        raise FileError(
            f"The format {format_name} is not one of cellbridge's; scripts are py:percent."
        )
    if extension != NOTEBOOK and extension not in extensions():
        complaint = complaint or f"{format_name or 'No extension'} is not a known format"
        raise FileError(
            f"{complaint}; notebooks end in .ipynb, scripts in .py, .R, .jl and others."
        )
    return f"{extension}:{kind}" if kind else extension


def convert_data(
    data: bytes,
    source: Path | None,
    target: Path | None,
    formats: tuple[str, str],
    picked: str = "",
) -> Conversion:
    """Return what ``data`` is in another format; ``formats`` are the source's and the target's.

    ``picked`` is the kernel that the user has chosen for the source.

    Files next to source and target are read, nothing is written.

    Raises:
        FileError: something cannot be read or does not fit; the sentence names the place.
    """
    shown = _shown(source)
    known, wanted = formats
    known = jupytext_formats.form_of(data, known) or known
    if known == NOTEBOOK:
        return _from_notebook(data, shown, source, target, wanted)
    if jupytext_formats.is_foreign(known):
        return _from_jupytext(data, shown, source, target, (known, wanted))
    if wanted == NOTEBOOK:
        return _to_notebook(data, source, target, known, picked)
    if jupytext_formats.is_foreign(wanted):
        made = _to_notebook(data, source, None, known, picked)
        found = _from_notebook(made.data, shown, source, target, wanted)
        return Conversion(found.data, note=made.note)
    raise FileError(f"{shown} is a script already; name a notebook, or one of them .ipynb.")


def _from_jupytext(
    data: bytes, shown: str, source: Path | None, target: Path | None, formats: tuple[str, str]
) -> Conversion:
    """Convert a text in a format of jupytext's, by way of a notebook."""
    known, wanted = formats
    there = companion(source, target) if wanted == NOTEBOOK else None
    held = there.notebook if there is not None else None
    notebook = jupytext_formats.read(data, shown, known, held)
    if held is None:
        notebook["metadata"] = _with_kernel(notebook, source, known)
    made = ipynb.write(notebook, there.layout if there else None)
    if wanted == NOTEBOOK:
        return Conversion(made, note=there.note if there is not None else "")
    if jupytext_formats.is_foreign(wanted):
        return Conversion(_from_notebook(made, shown, source, target, wanted).data)
    # A script is to have another format than this text.
    return _from_notebook(made, shown, source, target, f"{wanted.partition(':')[0]}:{PERCENT}")


def _from_notebook(
    data: bytes, shown: str, source: Path | None, target: Path | None, wanted: str
) -> Conversion:
    document = ipynb.read(data, shown)
    if wanted == NOTEBOOK:
        return Conversion(ipynb.write(document.notebook, document.layout), note=document.note)
    there = atomic_files.read(target) if target is not None and target.is_file() else None
    form, note = jupytext_formats.form_for(document.notebook, shown, there, wanted)
    if jupytext_formats.is_foreign(form):
        made = jupytext_formats.write(document.notebook, shown, form, there)
    else:
        made = _script(document.notebook, target, form.partition(":")[0])
    keeps = target is not None and not is_pair(source, target)
    kept = ipynb.write(document.notebook, document.layout) if document.note else data
    notes = " ".join(filter(None, (document.note, note)))
    return Conversion(made, kept if keeps else None, notes)


def _script(notebook: convert.JsonObject, target: Path | None, extension: str) -> bytes:
    """Return a notebook as a script in percent format."""
    language = _script_language(extension)
    there = existing_script(target) if target is not None else None
    known = Text.of(there.content) if there is not None else None
    if known is not None and header_of(known.lines, language).other_format:
        known = None  # Its header names another format than the new text has.
    existing = parse(known, language) if known is not None else None
    content = convert.to_script(notebook, language, existing)
    has_mark = there.has_mark if there is not None else has_byte_order_mark(notebook)
    return script_files.encode(content, str(target or "The script"), has_mark=has_mark)


def _to_notebook(
    data: bytes, source: Path | None, target: Path | None, extension: str, picked: str
) -> Conversion:
    shown = _shown(source)
    text = script_files.decode(data, shown)
    cells = parse(Text.of(text.content), _script_language(extension.partition(":")[0]))
    there = companion(source, target)
    directory = source.absolute().parent if source is not None else Path.cwd()
    kernel = kernel_of(cells, directory, picked)
    made = convert.to_notebook(cells, there.notebook if there else None, kernel)
    remember_byte_order_mark(made, wanted=text.has_mark)
    layout = there.layout if there else None
    notes = (there.note if there else "", _mixed_ends(text.content, shown))
    return Conversion(ipynb.write(made, layout), note=" ".join(filter(None, notes)))


def _shown(source: Path | None) -> str:
    return str(source) if source is not None else "The input"


def kernel_of(cells: Cells, directory: Path, picked: str = "") -> KernelLabel | None:
    """Return the kernel that a script would run in; ``picked`` is the user's choice for it."""
    header = header_of(cells[0].lines, cells.language)
    language = header.language or cells.language.name
    return label_for(directory, language, header.kernel_name, picked)


def _with_kernel(
    notebook: convert.JsonObject, source: Path | None, form: str
) -> convert.JsonObject:
    """Return the metadata of a notebook that jupytext made, with those of its kernel."""
    extension = form.partition(":")[0]
    named = convert.language_in(notebook)
    language = language_of(f"x.{extension}") if extension in extensions() else named
    spec = notebook["metadata"].get("kernelspec", {})
    directory = source.absolute().parent if source is not None else Path.cwd()
    kernel = label_for(directory, language.name, spec.get("name"))
    made = with_kernel(notebook["metadata"], kernel, language)
    added = not_in_script(made, notebook["metadata"], language)
    replace(SourceStyle.of(made), added=added).store_in(made)
    return made


def _script_language(extension: str) -> Language:
    return language_of(f"x.{extension}")


_MARK = "byte_order_mark"


def has_byte_order_mark(notebook: convert.JsonObject) -> bool:
    """Return whether a notebook's script began with a byte order mark."""
    ours = notebook.get("metadata", {}).get("cellbridge")
    return isinstance(ours, dict) and ours.get(_MARK) is True  # pyright: ignore[reportUnknownMemberType]  # JSON


def remember_byte_order_mark(notebook: convert.JsonObject, *, wanted: bool) -> None:
    """Have a notebook know whether its script begins with a byte order mark."""
    metadata = notebook["metadata"]
    ours = {key: value for key, value in metadata.get("cellbridge", {}).items() if key != _MARK}
    if wanted:
        ours[_MARK] = True
    if ours:
        metadata["cellbridge"] = ours
    else:
        metadata.pop("cellbridge", None)


def _mixed_ends(content: str, shown: str) -> str:
    """Return a sentence about line ends that change within a script; empty if they do not."""
    ends = re.findall(r"\r\n|\n|\r", content)
    first = next((number for number, end in enumerate(ends) if end != ends[0]), None)
    if first is None:
        return ""
    return f"{shown} mixes line ends, first on line {first + 1}; each is kept as it is."


# --- Files ----------------------------------------------------------------------------------------


def convert_file(
    source: Path, target: Path, formats: tuple[str, str] | None = None, picked: str = ""
) -> Conversion:
    """Convert one file into another; the target is written whole or not at all.

    Raises:
        FileError: it could not be done; the target is as it was.
    """
    known = formats or (format_of(source.name), format_of(target.name))
    if source.resolve() == target.resolve():
        raise FileError(f"{source} cannot be converted into itself; name another file.")
    seen = FileVersion.of(target)
    result = convert_data(atomic_files.read(source), source, target, known, picked)
    write(result, target, seen, source)
    return result


def write(result: Conversion, target: Path, seen: FileVersion, source: Path | None) -> None:
    """Write what a conversion made, as private as its source.

    Raises:
        FileError: it could not be done; the target is as it was.
    """
    like = [source] if source is not None else []
    if result.sidecar is not None:
        # Its name is not the user's own word, so no link there is followed.
        sidecar = sidecar_path(target)
        atomic_files.write(sidecar, result.sidecar, like=like, inside=sidecar.parent)
    atomic_files.write(target, result.data, seen, like=like)


def cells_of(path: Path, content: str) -> Cells:
    """Return the cells of a script's text."""
    return parse(Text.of(content), language_of(path.name))
