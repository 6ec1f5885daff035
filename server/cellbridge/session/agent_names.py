"""The names of agents: two agents that run at one time have different names.

Owns the files by which their processes agree. A name belongs to a process until it ends, however it
ends. It must not know sessions: an agent has the same name in all of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import threading
from pathlib import Path

from cellbridge.kernel.trust import ownership
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import make_private, runtime_root

LIMIT = 100
"""Maximum number of agents with one name; further ones share the last name."""


class AgentNames:
    """The names that this process has claimed."""

    def __init__(self) -> None:
        self._claimed: dict[str, str] = {}
        self._descriptors: list[int] = []
        self._claiming = threading.Lock()

    def claim(self, name: str) -> str:
        """Return the name for an agent that calls itself ``name``: itself, or with a number.

        The answer stays the same. Blocks: not for an event loop.
        """
        with self._claiming:
            if name not in self._claimed:
                self._claimed[name] = self._find_free(name)
            return self._claimed[name]

    def release(self) -> None:
        """Release the names; the end of the process does so, too."""
        self._claimed.clear()
        while self._descriptors:
            os.close(self._descriptors.pop())

    def _find_free(self, name: str) -> str:
        numbered = name
        with contextlib.suppress(OSError, SessionError):  # Without locks, the name is not unique.
            directory = runtime_root() / "agents"
            make_private(directory.parent)
            make_private(directory)
            digest = hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).hexdigest()
            for number in range(1, LIMIT + 1):
                numbered = name if number == 1 else f"{name} ({number})"
                if self._lock(directory / f"{digest}-{number}.lock"):
                    break
        return numbered

    def _lock(self, path: Path) -> bool:
        """Lock a file; return False if another process holds its lock."""
        descriptor = ownership.open_own(path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)
            raise
        self._descriptors.append(descriptor)
        return True
