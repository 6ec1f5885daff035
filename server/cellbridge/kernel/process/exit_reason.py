"""Why a kernel's process ended, in a sentence.

Owns the explanation of exit codes, signals and what a dying kernel wrote. It must not watch
processes.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from pathlib import Path

from cellbridge.core.output.escapes import strip_ansi

_NOISE = re.compile(
    r"Kernel is running over TCP without encryption"
    r"|frozen modules are being used|make the debugger miss breakpoints"
    r"|to python to disable frozen modules|PYDEVD_DISABLE_FILE_VALIDATION"
    r"|Debugging will proceed"
)
"""Warnings that kernels write at every start and that no person can act on."""
_MISSING = re.compile(r"No module named '?([\w.]+)'?")
_BLAMED_FILE = re.compile(r'^\s*File "(.+?)", line \d+|\((/.+?\.py)\)', re.MULTILINE)
"""A file in a traceback, or named as where an import came from."""
_LAST_ERROR = re.compile(r"^(\w[\w.]*(?:Error|Exception|Interrupt)\b.*)$", re.MULTILINE)

_SIGNALS = {
    "SIGKILL": "was killed, most often because the machine ran out of memory",
    "SIGSEGV": "crashed inside native code (segmentation fault)",
    "SIGBUS": "crashed inside native code (bus error)",
    "SIGABRT": "aborted itself, most often inside native code",
    "SIGFPE": "crashed inside native code (arithmetic error)",
    "SIGILL": "met an instruction that this processor does not have",
    "SIGTERM": "was asked to end by another program",
    "SIGINT": "was interrupted",
    "SIGXCPU": "used up the processor time it is allowed",
}


@dataclass(frozen=True, slots=True)
class KernelExit:
    """A kernel's process ended by itself."""

    code: int | None
    """The exit code where it exited; None where a signal ended it or nothing is known."""
    signal: str | None
    """The signal's name, as ``SIGKILL``."""
    stderr_tail: str
    """The last of what it wrote to stderr and stdout, without noise."""
    sentence: str
    """What happened and what to do next, for a person."""


def explain(returncode: int | None, output: str) -> KernelExit:
    """Return the end of a kernel that had been running; ``returncode`` as Popen gives it."""
    code, name = _split(returncode)
    if name is not None:
        what = f"The kernel {_SIGNALS.get(name, 'was ended')} ({name})."
    elif code is None:
        what = "The kernel has ended."
    elif code == 0:
        what = "The kernel ended by itself, as after exit() or quit()."
    else:
        what = f"The kernel ended with exit code {code}{_reason(output)}."
    advice = "Restart it to go on; its variables are gone, stored outputs are not."
    return KernelExit(code, name, quiet(output), f"{what} {advice}")


LAST_LINES = 3
"""Lines of a kernel's last words that are repeated."""
LINE_LIMIT = 160
"""Characters of each of them."""


def explain_failed_start(
    name: str, returncode: int | None, output: str, cwd: str
) -> tuple[str, bool]:
    """Return why a kernel ended before it ever answered and what to do, and whether it is clear."""
    if cause := _cause(name, output, cwd):
        return cause, True
    code, signal_name = _split(returncode)
    ended = signal_name or (f"exit code {code}" if code is not None else "unknown cause")
    sentence = (
        f"The kernel {name} ended before it was ready ({ended}){_reason(output)}. "
        "Repair its environment or choose another kernel."
    )
    return sentence, False


def _cause(name: str, output: str, cwd: str) -> str:
    """Return the sentence on a failed start whose cause is clear; empty for any other."""
    missing = _MISSING.search(output)
    if missing and missing[1].split(".")[0] in {"ipykernel", "ipykernel_launcher"}:
        return (
            f"The kernel {name} could not start: ipykernel is not installed in its environment. "
            "Install it there (python -m pip install ipykernel) and try again."
        )
    shadow = _shadow(output, cwd)
    if shadow is not None:
        return (
            f"The kernel {name} could not start: {shadow} was imported in place of a module of the "
            "same name. Rename that file and try again."
        )
    if missing:
        return (
            f"The kernel {name} could not start: its environment lacks the module {missing[1]}. "
            "Install it there and try again."
        )
    return ""


def quiet(output: str) -> str:
    """Return what a kernel wrote without the warnings that nobody can act on."""
    return "".join(line for line in output.splitlines(keepends=True) if not _NOISE.search(line))


def _split(returncode: int | None) -> tuple[int | None, str | None]:
    if returncode is None or returncode >= 0:
        return returncode, None
    try:
        return None, signal.Signals(-returncode).name
    except ValueError:
        return None, f"signal {-returncode}"


def _reason(output: str) -> str:
    """Return what it said last: an error's own line, or else a few lines."""
    lines = [said for line in output.splitlines() if (said := _readable(line))]
    errors = [line for line in lines if _LAST_ERROR.match(line)]
    last = errors[-1:] or lines[-LAST_LINES:]
    return f": {' / '.join(last)}" if last else ""


def _readable(line: str) -> str:
    """Return a line of a terminal as plain text, cut where it is long."""
    plain = "".join(sign if sign.isprintable() else " " for sign in strip_ansi(line)).strip()
    return plain if len(plain) <= LINE_LIMIT else plain[: LINE_LIMIT - 1] + "…"


def _shadow(output: str, cwd: str) -> str | None:
    """Return the script beside the user's that broke the start, where the traceback shows one."""
    here = Path(cwd)
    for found in _BLAMED_FILE.finditer(output):
        name = found[1] or found[2]
        path = Path(name)
        if path.parent == here and path.suffix == ".py":
            return name
    return None
