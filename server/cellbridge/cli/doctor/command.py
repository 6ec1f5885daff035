"""``cellbridge doctor``: the report of all findings, with a test of the kernel.

Owns the order and the format. findings.py has the checks that start nothing.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cellbridge.cli.doctor import findings
from cellbridge.cli.doctor.findings import Finding, well
from cellbridge.cli.errors import FAILED, OK
from cellbridge.cli.kernel_option import choice_of
from cellbridge.cli.kernels.trial import run_trial
from cellbridge.cli.script_argument import read
from cellbridge.core.output.escapes import label
from cellbridge.kernel.errors import KernelError
from cellbridge.kernel.find import environments
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.find.specs import find, list_specs
from cellbridge.workspace.script_file import Script

_MARKS = {"well": ("ok", "green"), "remark": ("!", "yellow"), "bad": ("x", "red")}
_PIPE_WIDTH = 1_000


def examine(file: Path | None, *, every_kernel: bool) -> int:
    """Print all findings, each problem with its remedy; return the exit code."""
    script = read(file) if file is not None else None
    directory = script.path.parent if script is not None else Path.cwd()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    bad = 0
    for finding in _findings(script, directory, every_kernel=every_kernel):
        _print(console, finding)
        bad += finding.state == "bad"
    if bad:
        console.print(f"\n{bad} problem{'' if bad == 1 else 's'} to fix.")
    return FAILED if bad else OK


def _findings(script: Script | None, directory: Path, *, every_kernel: bool) -> Iterator[Finding]:
    yield from findings.installation()
    yield from findings.directories()
    yield from findings.registered_kernels()
    chosen = choice_of(script).environment if script is not None else None
    environment = chosen or environments.own()
    yield from findings.shadowing_files(directory, environment)
    yield from findings.engines(directory, environment)
    yield from findings.editors(directory)
    yield from _trials(script, every_kernel=every_kernel)


def _trials(script: Script | None, *, every_kernel: bool) -> Iterator[Finding]:
    wanted: list[Spec] = []
    try:
        if script is None:
            wanted.append(find(None, "python"))
        else:
            choice = choice_of(script)
            yield well(f"{script.given}: {choice.why}")
            for refused in choice.refused:
                yield Finding("remark", refused.text, refused.command)
            wanted.append(find(choice.id, script.cells.language.name))
    except KernelError as error:
        yield Finding("bad", str(error), "cellbridge kernels list shows all kernels")
    if every_kernel:
        tried = {spec.name for spec in wanted}
        wanted += [spec for spec in list_specs() if spec.name not in tried]
    for spec in wanted:
        yield from _trial(spec)


def _trial(spec: Spec) -> Iterator[Finding]:
    trial = asyncio.run(run_trial(spec))
    if not trial.well:
        again = f"try again with: cellbridge kernels test {spec.id}"
        yield Finding("bad", trial.problem, again)
        return
    took = f"starts in {trial.start:.1f} s and answers in {trial.answer * 1000:.0f} ms"
    text = f"the kernel {spec.name} ({spec.display_name}) {took}"
    yield Finding("remark", text, trial.remark) if trial.remark else well(text)
    if trial.debugging is not None:
        yield findings.debugging(spec, trial.debugging)


def _print(console: Console, finding: Finding) -> None:
    mark, colour = _MARKS[finding.state]
    line = Text(f"{mark:<3}", style=colour)
    line.append(label(finding.text), style="")
    console.print(line)
    if finding.remedy:
        console.print(Text(f"   → {label(finding.remedy)}", style="dim"))
