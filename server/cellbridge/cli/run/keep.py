"""The executed notebook as a file.

Owns writing it, whole or not at all. Its contents are core's.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from cellbridge.cli.errors import FAILED, CommandError


def check_target(target: Path) -> None:
    """Make sure, before anything runs, that a notebook can be written to ``target``.

    Raises:
        CommandError: it cannot; the sentence says why.
    """
    directory = target.absolute().parent
    if target.suffix.lower() != ".ipynb":
        raise CommandError(
            f"--to writes a notebook: its name must end in .ipynb, not {target.name}."
        )
    if target.is_dir():
        raise CommandError(f"--to needs a file's name, and {target} is a directory.")
    if not directory.is_dir():
        raise CommandError(f"The directory {directory} does not exist; make it first.")
    if not os.access(directory, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise CommandError(f"{target} may not be written; choose another place for --to.")


def write(target: Path, notebook: dict[str, Any]) -> None:
    """Write ``notebook`` to ``target``, replacing what is there at one stroke.

    Raises:
        CommandError: it cannot be written; what was there is untouched.
    """
    text = _text(notebook)
    # Through links, as an editor would: the link stays and what it points at is replaced.
    real = Path(os.path.realpath(target))
    try:
        _replace(real, text + "\n")
    except OSError as error:
        reason = error.strerror or error
        raise CommandError(f"{target} could not be written: {reason}.", FAILED) from error


def _text(notebook: dict[str, Any]) -> str:
    """Return the file's text, after nbformat's own check."""
    import nbformat as untyped  # noqa: PLC0415  # a sixth of a second that only --to needs

    nbformat: Any = untyped
    node = nbformat.from_dict(notebook)
    nbformat.validate(node)
    return nbformat.writes(node, version=nbformat.NO_CONVERT)


def _replace(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        # Whatever happened, no half-written file is left behind.
        Path(name).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
