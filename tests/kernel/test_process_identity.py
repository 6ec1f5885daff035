"""Processes that records name: only the one that was meant is signalled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cellbridge.kernel.trust.process_identity import is_same, send_signal, started_at
from support.patience import PATIENCE


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits, with a word on its command line."""
    code = "print(flush=True); input()"
    argv = [sys.executable, "-c", code, "a-word"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read(1)  # It has become its own program by now.
        yield process
        process.kill()


def test_a_process_is_signalled_only_if_all_of_it_fits(sleeper: subprocess.Popen[bytes]) -> None:
    pid, started = sleeper.pid, started_at(sleeper.pid)
    assert started is not None
    for number, begun, word in (
        (pid, started + 1, "a-word"),
        (pid, started, "another-word"),
        (os.getppid(), started, "a-word"),
        (0, started, ""),
        (1, started_at(1) or 0.0, ""),
        (-pid, started, "a-word"),
        (2**70, started, "a-word"),
    ):
        assert not is_same(number, begun, word)
        assert not send_signal(number, begun, signal.SIGKILL, word)
        assert not send_signal(number, begun, signal.SIGKILL, word, group=True)
    assert sleeper.poll() is None
    assert send_signal(pid, started, signal.SIGKILL, "a-word")
    assert sleeper.wait(PATIENCE) == -signal.SIGKILL
    assert not send_signal(pid, started, signal.SIGKILL, "a-word")
