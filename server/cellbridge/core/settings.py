"""The settings of the server: one frozen class per group, one docstring per setting.

Owns names, types, bounds and defaults. docs/settings.md and the editors' settings are generated
from them. config.py reads the values. Declarations only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec


@dataclass(frozen=True, slots=True)
class KernelConfig:
    """The kernel that runs the cells: its choice, its start and its limits."""

    name: str | None = None
    """The kernel that runs the cells: the name of a kernelspec (`cellbridge kernels list` prints
    them), or the path of a Python interpreter or environment. A kernel selected for the file, or
    named in the script's header, takes precedence. By default, a Python script runs in the
    project's environment, or else in the Python in which Cellbridge is installed; a script in
    another language runs in the first kernel found for it."""
    directory: str = ""
    """The kernel's working directory, relative to the script's directory, which is the default."""
    env: dict[str, str] = field(default_factory=dict[str, str])
    """Environment variables for the kernel. None by default."""
    env_file: str = ".env"
    """The name of a file of environment variables for the kernel, one `NAME=value` on each line.
    The file is searched for in the script's directory and its parents, up to the project's root. An
    empty name reads no file."""
    startup: str = ""
    """Code that a new kernel runs before its first cell, such as `%load_ext autoreload`."""
    prewarm: bool = False
    """Start the kernel when a script is opened, so that the first cell does not wait for it. When
    off, opening a script starts nothing."""
    allow_unencrypted: bool = True
    """Allow kernels that support neither private sockets nor encryption: other users of this
    machine can read their code and outputs. Private sockets are always tried first, and a message
    names each kernel that does not support them, once. When off, such a kernel is not started."""
    memory_limit: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)] = 0
    """Maximum memory, in megabytes, of the kernel and the processes it started while a cell runs. A
    cell that exceeds it is interrupted; if that does not help, the kernel is ended. Outputs are
    kept. 0 means no limit."""
    time_limit: Annotated[float, msgspec.Meta(ge=0, le=31_536_000)] = 0
    """Maximum time, in seconds, of one run of a cell. A cell that takes longer is interrupted; if
    it does not stop, its kernel is ended. Outputs are kept. 0 means no limit."""


@dataclass(frozen=True, slots=True)
class HintsConfig:
    """Short results of cells, shown as inlay hints."""

    enabled: bool = True
    """Show the results of cells as inlay hints."""
    max_length: Annotated[int, msgspec.Meta(ge=10, le=1000)] = 80
    """Maximum length of a hint, in characters. A longer result is cut; a hover shows all of it."""
    place: Literal["code", "marker"] = "code"
    """Position of a result: after the cell's last line of code (`code`), or after its marker."""
    values: bool = False
    """Show the value of each top-level assignment at its line after a run, in Python."""


@dataclass(frozen=True, slots=True)
class LensesConfig:
    """Code lenses: the line of actions above each cell."""

    enabled: bool = True
    """Show code lenses above cells: run, run above, run below, and the state of the last run."""


@dataclass(frozen=True, slots=True)
class OutputsConfig:
    """Stored outputs of cells, and outputs opened in a browser."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 500
    """Maximum size on disk, in megabytes, of the stored outputs of one script. When they exceed it,
    the oldest outputs of agents' code outside the script, then those of removed cells, are deleted
    after the next run. Outputs of the script's current cells are always kept."""
    scripts: bool = False
    """Allow scripts in HTML outputs opened in the browser. Interactive plots need this. Such a page
    is then trusted like any page that you open from a file."""


Level = Literal["off", "hint", "information", "warning", "error"]
"""The severity of a report, or `off`."""


@dataclass(frozen=True, slots=True)
class DiagnosticsConfig:
    """Reports in the editor's list of problems."""

    errors: bool = True
    """Report the exception that ended a cell, on the failing line of the script."""
    warnings: bool = False
    """Report Python warnings on the lines of the script that caused them."""
    results: bool = False
    """Report the result of each cell as a diagnostic of the lowest severity, instead of an inlay
    hint. Useful in editors that request hints only when the text changes, such as Helix and
    Emacs."""
    names: Level = "off"
    """Severity for names in Python code that neither the script nor the running kernel defines.
    Names are reported only while a kernel runs, and not where the text does not show all names, for
    example after a star import."""
    syntax: Level = "off"
    """Severity for cells that are not valid Python. IPython magics are accepted. Not needed next to
    another Python server."""
    types: bool = True
    """Report the problems that the program in `cellbridge.static.engine` finds, such as wrong
    types. Reports that mean nothing in a notebook are left out. jedi finds no problems."""


@dataclass(frozen=True, slots=True)
class CompletionConfig:
    """Sources of completions, hovers and signatures."""

    live: bool = True
    """Use the live objects in the kernel, in every language."""
    static: bool = True
    """Use static analysis of the script's text, in Python. Switch it off next to another Python
    server, so that nothing is offered twice."""


@dataclass(frozen=True, slots=True)
class StaticConfig:
    """Features of the static analysis of Python scripts.

    Next to Pyright, Pylance, ty or another Python server, switch off the features that both have.
    `cellbridge.completion.static` switches off all of them at once. Results from the kernel are
    shown in any case.
    """

    engine: str = "jedi"
    """The program that analyses the text. `jedi` is part of Cellbridge. `auto` uses zuban, ty,
    Pyrefly, basedpyright or Pyright, the first of these that is installed in the environment of the
    script's kernel or on the PATH, and otherwise jedi. A command, such as `zuban` or
    `ty server`, uses that program; it must be a language server for Python on its standard streams.
    `off` analyses nothing. Scripts without a file are always analysed by jedi."""
    completion: bool = True
    """Complete from the text. When off, only names and attributes in the kernel are offered."""
    hover: bool = True
    """Show hovers from the text. When off, only objects in the kernel have hovers."""
    signatures: bool = True
    """Show signatures from the text. When off, only functions in the kernel have signatures."""
    navigation: bool = True
    """Find definitions, type definitions, references and highlights. When off, only definitions of
    objects in the kernel that record their file are found."""
    rename: bool = True
    """Rename a name in all cells of the script."""
    symbols: bool = True
    """Find classes, functions and variables in the workspace symbols. When off, only cells and
    headings are found."""


@dataclass(frozen=True, slots=True)
class PairsConfig:
    """Pairs of a script and a notebook that are kept in sync."""

    save: bool = True
    """Update the paired notebook, with its outputs, when the script is saved. The two are paired by
    the script's header, by jupytext's settings, or because they were synced before."""


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """The process that owns a script's kernel and survives the editor."""

    idle_timeout: Annotated[float, msgspec.Meta(ge=0, le=8760)] = 8
    """Time, in hours, after which a session ends when no editor is attached and nothing runs. Its
    outputs are kept. 0 means never."""
