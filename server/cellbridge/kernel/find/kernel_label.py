"""The kernel of a script as a notebook's metadata name it.

Owns: the names for an environment, for a registered kernelspec and for one that is not installed.
It starts nothing.
"""

from __future__ import annotations

from pathlib import Path

from cellbridge.core.percent.kernel_metadata import KernelLabel
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.find.kernel_choice import Choice, KernelPreferences, choose

PYTHON = KernelLabel("python3", "Python 3 (ipykernel)", "python")
"""In a notebook, "the Python at hand"."""


def label_of(choice: Choice, language: str) -> KernelLabel:
    """Return the names of a chosen kernel.

    Raises:
        KernelError: it does not exist.
    """
    return PYTHON if choice.environment is not None else label_of_name(choice.id, language)


def label_of_name(kernel: str | None, language: str) -> KernelLabel:
    """Return the names of a kernelspec or an interpreter, or of the best one for a language.

    Raises:
        KernelError: it does not exist.
    """
    if kernel is None and language == "python":
        return PYTHON
    # The search for kernelspecs takes a sixth of a second, and most scripts do not need it.
    from cellbridge.kernel.find.specs import find  # noqa: PLC0415

    spec = find(kernel, language)
    return KernelLabel(spec.name, spec.display_name, spec.language)


def label_for(
    directory: Path | None, language: str, header: str | None, picked: str = ""
) -> KernelLabel | None:
    """Return the names of the kernel that a script would run in; None if no kernel is known."""
    choice = choose(KernelPreferences(directory, language, picked, header))
    try:
        return label_of(choice, language)
    except KernelError:
        known = choice.id is not None and "/" not in choice.id
        return KernelLabel(choice.id or "", choice.id or "", language) if known else None
