"""Messages that explain why a kernel's process ended.

Owns the explanation of exit codes, signals and the last output of a kernel. It must not watch
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
"""Warnings that kernels write at every start and that the user cannot act on."""
_MISSING = re.compile(r"No module named '?([\w.]+)'?")
_BLAMED_FILE = re.compile(r'^\s*File "(.+?)", line \d+|\((/.+?\.py)\)', re.MULTILINE)
"""A file in a traceback, or the origin of an import."""
_LAST_ERROR = re.compile(r"^(\w[\w.]*(?:Error|Exception|Interrupt)\b.*)$", re.MULTILINE)

_SIGNALS = {
    "SIGKILL": "was killed, most often because the machine ran out of memory",
    "SIGSEGV": "crashed inside native code (segmentation fault)",
    "SIGBUS": "crashed inside native code (bus error)",
    "SIGABRT": "aborted itself, most often inside native code",
    "SIGFPE": "crashed inside native code (arithmetic error)",
    "SIGILL": "met an instruction that this processor does not have",
    "SIGTERM": "was ended by another program",
    "SIGINT": "was interrupted",
    "SIGXCPU": "used up the processor time it is allowed",
}


@dataclass(frozen=True, slots=True)
class KernelExit:
    """A kernel's process ended by itself."""

    code: int | None
    """The exit code; None if a signal ended the process or nothing is known."""
    signal: str | None
    """The signal's name, for example ``SIGKILL``."""
    stderr_tail: str
    """Its last output to stderr and stdout, without noise."""
    sentence: str
    """The message to the user: what happened and what to do next."""


def explain(returncode: int | None, output: str) -> KernelExit:
    """Explain the end of a running kernel; ``returncode`` is Popen's."""
    code, name = _split(returncode)
    if name is not None:
        what = f"The kernel {_SIGNALS.get(name, 'was ended')} ({name})."
    elif code is None:
        what = "The kernel has ended."
    elif code == 0:
        what = "The kernel ended by itself, for example by exit() or quit()."
    else:
        what = f"The kernel ended with exit code {code}{_reason(output)}."
    advice = "Restart it to continue; its variables are lost, stored outputs are kept."
    return KernelExit(code, name, without_noise(output), f"{what} {advice}")


LAST_LINES = 3
"""Lines of a kernel's last output that are quoted."""
LINE_LIMIT = 160
"""Characters of each of them."""


def explain_failed_start(
    name: str, returncode: int | None, output: str, cwd: str
) -> tuple[str, bool]:
    """Explain a kernel's end before its first answer; also return whether the cause is clear."""
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
    """Return the message for a failed start whose cause is clear; empty for any other."""
    missing = _MISSING.search(output)
    if missing and missing[1].split(".")[0] in {"ipykernel", "ipykernel_launcher"}:
        return (
            f"The kernel {name} could not start: ipykernel is not installed in its environment. "
            "Install it there (python -m pip install ipykernel) and try again."
        )
    shadow = _shadowing_file(output, cwd)
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


def without_noise(output: str) -> str:
    """Return a kernel's output without the warnings that the user cannot act on."""
    return "".join(line for line in output.splitlines(keepends=True) if not _NOISE.search(line))


def _split(returncode: int | None) -> tuple[int | None, str | None]:
    if returncode is None or returncode >= 0:
        return returncode, None
    try:
        return None, signal.Signals(-returncode).name
    except ValueError:
        return None, f"signal {-returncode}"


def _reason(output: str) -> str:
    """Return the end of its output: the error's own line, or a few lines."""
    lines = [said for line in output.splitlines() if (said := _readable(line))]
    errors = [line for line in lines if _LAST_ERROR.match(line)]
    last = errors[-1:] or lines[-LAST_LINES:]
    return f": {' / '.join(last)}" if last else ""


def _readable(line: str) -> str:
    """Return a line of a terminal as plain text; a long one is cut."""
    plain = "".join(sign if sign.isprintable() else " " for sign in strip_ansi(line)).strip()
    return plain if len(plain) <= LINE_LIMIT else plain[: LINE_LIMIT - 1] + "…"


def _shadowing_file(output: str, cwd: str) -> str | None:
    """Return the file next to the script that broke the start, if the traceback shows one."""
    here = Path(cwd)
    for found in _BLAMED_FILE.finditer(output):
        name = found[1] or found[2]
        path = Path(name)
        if path.parent == here and path.suffix == ".py":
            return name
    return None
