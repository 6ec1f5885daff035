"""A second user of this machine, for tests of what other users can and cannot do.

Owns the account and everything that runs under it. Only root can act as another user, so these
tests run in CI (as root); elsewhere they are skipped with that reason.
"""

from __future__ import annotations

import multiprocessing
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAME = "cellbridge-other"
PYTHON = shutil.which("python3", path="/usr/bin:/bin") or sys.executable
"""The system's interpreter: the other user may not be able to read the checkout's."""

ANSWERS = """
import os, socket, sys
path = sys.argv[1]
os.umask(0)
os.makedirs(os.path.dirname(path), 0o777, exist_ok=True)
listening = socket.socket(socket.AF_UNIX)
listening.bind(path)
listening.listen()
print("ready", flush=True)
while True:
    peer, _ = listening.accept()
    print("heard", peer.recv(1000), flush=True)
"""
"""A program that listens on a socket, and prints each message that it receives."""
CONNECT = """
import socket, sys
peer = socket.socket(socket.AF_UNIX)
peer.settimeout(20)
try:
    peer.connect(sys.argv[1])
    print(peer.recv(1000))
except OSError as error:
    print(type(error).__name__)
"""
"""A program that connects to a socket, and prints what it receives, or the name of its error."""
READ = """
import sys
try:
    print(open(sys.argv[1], "rb").read())
except OSError as error:
    print(type(error).__name__)
"""
"""A program that prints a file, or the name of its error."""
needs_second_user = pytest.mark.skipif(
    os.getuid() != 0 and not os.environ.get("CI"),
    reason="Only root can act as a second user; run the tests as root to include these.",
)


def other_user() -> pwd.struct_passwd:
    """Return the account of the other user; create it if it is missing."""
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        # Two workers of one test run may do this at once: the second one fails, and finds it made.
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
            capture_output=True,
            check=False,
        )
        return pwd.getpwnam(NAME)


@contextmanager
def shared_folder() -> Iterator[Path]:
    """Yield a fresh directory in which every user may create files, such as ``/tmp``."""
    folder = Path(tempfile.mkdtemp(prefix="cb-shared-", dir="/tmp"))
    folder.chmod(0o1777)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_as_other(code: str, *arguments: str | Path) -> str:
    """Run Python code as the other user, to its end; return what it printed."""
    done = subprocess.run(
        [PYTHON, "-I", "-c", code, *map(str, arguments)], **_other(), text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def program_of_other(code: str, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Run Python code as the other user while the block runs; its standard output is a pipe.

    The code prints a line once it is ready, which is read here first.
    """
    with subprocess.Popen(
        [PYTHON, "-I", "-u", "-c", code, *map(str, arguments)], **_other(), text=True,
        stdout=subprocess.PIPE,
    ) as program:  # fmt: skip
        try:
            assert program.stdout is not None
            assert program.stdout.readline(), "the other user's program ended early"
            yield program
        finally:
            program.kill()


def as_other(work: Callable[..., Any], *arguments: Any) -> Any:
    """Call ``work`` in a child of this process with the other user's rights; return its result.

    Its modules must have been imported before: the child may not be able to read them.

    Raises:
        AssertionError: ``work`` raised; the text holds its error.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_as_other, args=(theirs, work, arguments))
    child.start()
    theirs.close()
    try:
        fine, result = ours.recv()
    finally:
        child.join()
        ours.close()
    assert fine, result
    return result


def _as_other(pipe: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    user = other_user()
    # Libraries warn of this run's directories, which the other user cannot write.
    warnings.simplefilter("ignore")
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    try:
        pipe.send((True, work(*arguments)))
    except BaseException as error:  # Boundary: the test that waits for the result reports it.
        pipe.send((False, repr(error)))


def _other() -> dict[str, Any]:
    user = other_user()
    return {
        "user": user.pw_uid,
        "group": user.pw_gid,
        "extra_groups": [],
        "cwd": "/",
        "env": {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
    }
