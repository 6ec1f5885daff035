"""The settings a person can change: one frozen class per group, one docstring per setting.

Owns names, types, bounds and defaults, from which docs/settings.md and the editors' own settings
are generated. How they are read is config.py's. Declarations only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec


@dataclass(frozen=True, slots=True)
class KernelConfig:
    """Which kernel runs the cells."""

    name: str | None = None
    """The kernel to run cells in: a kernelspec's name, as `cellbridge kernels list` prints it, or
    the path of a Python interpreter or environment. What was picked for a file and a kernel named
    in the script's own header come first. Without any of these the project's own environment runs
    Python, else the Python that cellbridge is installed in, and the first kernel found for the
    language runs anything else."""
    directory: str = ""
    """The kernel's working directory; relative to the script's own, which is the default."""
    env: dict[str, str] = field(default_factory=dict[str, str])
    """Environment variables for the kernel."""
    env_file: str = ".env"
    """A file of environment variables, `NAME=value` line by line, looked for in the script's
    directory and those above it up to the project's root; empty for none."""
    startup: str = ""
    """Code that a kernel runs before its first cell, as `%load_ext autoreload`."""
    prewarm: bool = False
    """Start a script's kernel as soon as the script is opened, so that its first cell need not wait
    for it. Off, opening a script starts nothing."""
    allow_unencrypted: bool = True
    """Allow kernels that neither listen on private sockets nor encrypt: other users of this machine
    can read their code and outputs. Kernels are tried on private sockets first, and each one that
    does not take them is named once. Off, such a kernel is not started."""
    memory_limit: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)] = 0
    """Megabytes of memory that a kernel and the processes it started may hold while a cell runs; 0
    means no limit. A cell that makes it hold more is interrupted, and if that does not help the
    kernel is ended. Outputs are kept."""
    time_limit: Annotated[float, msgspec.Meta(ge=0, le=31_536_000)] = 0
    """Seconds that one run of a cell may take; 0 means no limit. A cell that takes longer is
    interrupted, and its kernel ended if it does not stop. Outputs are kept."""


@dataclass(frozen=True, slots=True)
class HintsConfig:
    """The result of a cell, shown as an inlay hint in a few words."""

    enabled: bool = True
    """Show the results of cells as inlay hints."""
    max_length: Annotated[int, msgspec.Meta(ge=10, le=1000)] = 80
    """Longest hint, in characters; what is longer is cut, and hovering shows the whole."""
    place: Literal["code", "marker"] = "code"
    """Where a result stands: behind the cell's last line of code, or behind its marker."""
    values: bool = False
    """After a run, show the value of each top-level assignment at its line, in Python."""


@dataclass(frozen=True, slots=True)
class LensesConfig:
    """The line above each cell with what can be done to it."""

    enabled: bool = True
    """Show code lenses over cells: run, run above, run below, and the state of the last run."""


@dataclass(frozen=True, slots=True)
class OutputsConfig:
    """What cells put out, beyond a few words."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 500
    """Megabytes on disk for the outputs of one script. Beyond them the outputs of removed cells,
    the oldest first, are forgotten after the next run; what the script's cells show is always
    kept."""
    scripts: bool = False
    """Let the scripts run that are in HTML opened in a browser, as those of interactive plots. They
    are then as trusted as any page that you open from a file."""


Level = Literal["off", "hint", "information", "warning", "error"]
"""How loudly something is reported."""


@dataclass(frozen=True, slots=True)
class DiagnosticsConfig:
    """What is reported in the editor's list of problems."""

    errors: bool = True
    """Report an exception that ended a cell on the line of the script that failed."""
    warnings: bool = False
    """Report Python's warnings on the lines of the script that caused them."""
    results: bool = False
    """Report the result of each cell as a diagnostic of the lowest level, in place of its inlay
    hint. For editors that ask for hints only when the text changes, as Helix and Emacs do."""
    names: Level = "off"
    """How to report a name in Python that neither the script nor the living kernel knows. Nothing
    is reported while no kernel runs, nor where names come by ways that the text does not tell, as
    a star import."""
    syntax: Level = "off"
    """How to report a cell that is no Python, its magics understood. Not needed where another
    Python server is at work."""


@dataclass(frozen=True, slots=True)
class CompletionConfig:
    """Where completions, hovers and signatures come from."""

    live: bool = True
    """Ask the kernel: the objects as they are now, in every language."""
    static: bool = True
    """Analyse the text of Python scripts. Switch it off where another Python server is at work, so
    that nothing is offered twice."""


@dataclass(frozen=True, slots=True)
class StaticConfig:
    """What the text of Python scripts is analysed for, beside what the kernel knows.

    Where Pyright, Pylance, ty or another Python server is at work on the same file, switch off what
    it does too; `cellbridge.completion.static` switches off all of it at once. What the kernel
    knows is shown in any case.
    """

    completion: bool = True
    """Completions from the text. Off: only what is in the kernel is offered."""
    hover: bool = True
    """Hovers from the text. Off: only objects in the kernel are explained."""
    signatures: bool = True
    """Signatures from the text. Off: only functions in the kernel show theirs."""
    navigation: bool = True
    """Definitions, type definitions, references and highlights. Off: a definition is shown only
    where the object in the kernel tells its file."""
    rename: bool = True
    """Renaming across the cells of the script."""
    symbols: bool = True
    """Classes, functions and variables among the symbols of the workspace. Off: only cells and
    headings are found."""


@dataclass(frozen=True, slots=True)
class PairsConfig:
    """Scripts and the notebooks that are kept in step with them."""

    save: bool = True
    """Bring a script's notebook up to date when the script is saved, outputs included. Only a
    notebook that is paired: by the script's header, by jupytext's settings, or because the two have
    been brought into step before."""


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """The process that owns a script's kernel and outlives the editor."""

    idle_timeout: Annotated[float, msgspec.Meta(ge=0, le=8760)] = 8
    """Hours after which a session with no editor attached and nothing running ends by itself; 0
    means never. Its outputs are kept."""
