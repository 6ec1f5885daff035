"""Files converted into one another.

Owns: the format of each file by its name, the place for contents that text cannot hold, and the
order in which files are read and written. It must not print.

A notebook's outputs, ids and attachments do not fit into a script. They stay in the notebook that
is paired with it: the one of the same name next to it. A script that is made somewhere else gets a
*sidecar* next to it, a hidden notebook that holds the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cellbridge.core.document.cells import Cells, parse
from cellbridge.core.document.header import SCRIPT_FORMATS, header_of
from cellbridge.core.document.languages import Language, extensions, language_of
from cellbridge.core.document.text import Text
from cellbridge.core.percent import convert
from cellbridge.core.percent.kernel_metadata import KernelLabel, with_kernel
from cellbridge.kernel.find.kernel_label import label_for
from cellbridge.notebooks import atomic_files, ipynb, jupytext_formats, script_files
from cellbridge.notebooks.atomic_files import FileVersion
from cellbridge.notebooks.errors import FileError

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

    Raises:
        FileError: there is no such format.
    """
    if jupytext_formats.is_foreign(format_name.removeprefix(".")):
        return format_name.removeprefix(".")
    if format_name in SCRIPT_FORMATS:
        return f"py:{format_name}"
    extension, _, kind = format_name.removeprefix(".").partition(":")
    if kind not in {"", "percent"}:
        raise FileError(
            f"The format {format_name} is not one of cellbridge's; scripts are py:percent."
        )
    if extension != NOTEBOOK and extension not in extensions():
        complaint = complaint or f"{format_name or 'No extension'} is not a known format"
        raise FileError(
            f"{complaint}; notebooks end in .ipynb, scripts in .py, .R, .jl and others."
        )
    return extension


def sidecar_path(script: Path) -> Path:
    """Return where what a script cannot hold is kept, if it is not in a paired notebook."""
    return script.parent / f".{script.name}.kept.ipynb"


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
    if formats[0] in extensions():
        formats = jupytext_formats.form_of(data, formats[0]) or formats[0], formats[1]
    if jupytext_formats.is_foreign(formats[0]) or jupytext_formats.is_foreign(formats[1]):
        return _convert_by_jupytext(data, shown, source, target, formats)
    match [known == NOTEBOOK for known in formats]:
        case [True, True]:
            document = ipynb.read(data, shown)
            return Conversion(ipynb.write(document.notebook, document.layout), note=document.note)
        case [True, False]:
            return _to_script(data, shown, source, target, formats[1])
        case [False, True]:
            return _to_notebook(data, source, target, formats[0], picked)
        case _:
            raise FileError(f"{shown} is a script already; name a notebook, or one of them .ipynb.")


def _convert_by_jupytext(
    data: bytes, shown: str, source: Path | None, target: Path | None, formats: tuple[str, str]
) -> Conversion:
    """Convert from or to a format of jupytext's, by way of a notebook."""
    known, wanted = formats
    if jupytext_formats.is_foreign(known):
        there = companion(source, target) if wanted == NOTEBOOK else None
        note = there.note if there is not None else ""
        held = there.notebook if there is not None else None
        notebook = jupytext_formats.read(data, shown, known, held)
        if held is None:
            notebook["metadata"] = _with_kernel(notebook, source, known)
        made = ipynb.write(notebook, there.layout if there else None)
    elif known == NOTEBOOK:
        document = ipynb.read(data, shown)
        made, note = ipynb.write(document.notebook, document.layout), document.note
    else:
        found = _to_notebook(data, source, None, known, "")
        made, note = found.data, found.note
    if wanted == NOTEBOOK:
        return Conversion(made, note=note)
    if not jupytext_formats.is_foreign(wanted):
        return _to_script(made, shown, source, target, wanted)
    text = jupytext_formats.write(ipynb.read(made, shown).notebook, shown, wanted)
    keeps = known == NOTEBOOK and target is not None and not _is_pair(source, target)
    return Conversion(text, made if keeps else None, note)


def _to_script(
    data: bytes, shown: str, source: Path | None, target: Path | None, extension: str
) -> Conversion:
    document = ipynb.read(data, shown)
    language = _script_language(extension)
    there = existing_script(target) if target is not None else None
    existing = parse(Text.of(there.content), language) if there is not None else None
    content = convert.to_script(document.notebook, language, existing)
    has_mark = there.has_mark if there is not None else has_byte_order_mark(document.notebook)
    made = script_files.encode(content, str(target or "The script"), has_mark=has_mark)
    keeps = target is not None and not _is_pair(source, target)
    kept = ipynb.write(document.notebook, document.layout) if document.note else data
    return Conversion(made, kept if keeps else None, document.note)


def _to_notebook(
    data: bytes, source: Path | None, target: Path | None, extension: str, picked: str
) -> Conversion:
    shown = _shown(source)
    text = script_files.decode(data, shown)
    cells = parse(Text.of(text.content), _script_language(extension))
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
    return with_kernel(notebook["metadata"], kernel, language)


def companion(source: Path | None, target: Path | None) -> ipynb.Document | None:
    """Return the notebook that holds the rest of the script: the first that exists."""
    candidates = [target] if target is not None else []
    if source is not None:
        candidates += [sidecar_path(source), source.with_suffix(".ipynb")]
    for path in candidates:
        if path.is_file():
            return ipynb.read(atomic_files.read(path), str(path))
    return None


def read_sidecar(script: Path) -> ipynb.Document | None:
    """Return the sidecar of a script, if it has one."""
    path = sidecar_path(script)
    return ipynb.read(atomic_files.read(path), str(path)) if path.is_file() else None


def _is_pair(notebook: Path | None, script: Path) -> bool:
    if notebook is None:
        return False
    return notebook.resolve() == script.with_suffix(".ipynb").resolve()


def existing_script(path: Path) -> script_files.ScriptText | None:
    """Return the script at ``path``; None without a file, or if it is not text."""
    if not path.is_file():
        return None
    try:
        return script_files.decode(atomic_files.read(path), str(path))
    except FileError:
        return None


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
