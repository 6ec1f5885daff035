"""The address of a host: the socket on which it listens, made again when it is gone.

Owns the socket's file, its directory, and what shows others the way there (presence.py). A logout
or a cleaner of temporary files may remove the directory under a host that runs; then clients find
no host, though the notebook has one. It must not know what is said on the socket.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Iterator
from dataclasses import replace

from cellbridge.session import presence
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location, runtime_roots
from cellbridge.session.presence import Lock

LOOK_SECONDS = 2.0
"""How often a host looks whether it can still be reached."""
BACKLOG = 100
"""Clients that wait to be let in."""

log = logging.getLogger(__name__)


class Address:
    """Where clients find one host."""

    def __init__(self, location: Location, lock: Lock) -> None:
        self.location = location
        """The session's places; that of its sockets may change."""
        self._lock = lock
        self._made: os.stat_result | None = None

    def listen(self) -> socket.socket:
        """Return a socket that listens at the location.

        Raises:
            OSError: it cannot be made.
        """
        path = self.location.socket
        path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        try:
            listening.setblocking(False)  # noqa: FBT003 (socket's own)
            listening.bind(str(path))
            path.chmod(0o600)
            listening.listen(BACKLOG)
            self._made = path.lstat()
        except BaseException:
            listening.close()
            raise
        return listening

    @property
    def intact(self) -> bool:
        """True while clients find this host's socket in its place."""
        try:
            there = self.location.socket.lstat()
        except OSError:
            return False
        return self._made is not None and os.path.samestat(there, self._made)

    def keep(self) -> None:
        """Leave again what shows the way here, where some of it was removed."""
        if not self._lock.intact:
            with contextlib.suppress(SessionError):
                self.location.prepare()
            self.announce()

    def listen_again(self) -> socket.socket | None:
        """Make the directory and the socket again; None where that has to wait.

        Where the directory cannot be made, as after a logout, another one takes its place, and the
        record in the data directory shows the way there.
        """
        for location in self._places():
            self.location = location
            try:
                location.prepare()
                listening = self.listen()
            except (OSError, SessionError) as error:
                log.warning("The session cannot be reached at %s: %s", location.socket, error)
                continue
            self.announce()
            log.info("The session is reached at %s again", location.socket)
            return listening
        return None

    def announce(self, *, ending: bool = False) -> None:
        """Show other processes the way, and that this one is the session's host."""
        self._lock.take()  # What was removed is taken again.
        if not presence.announce(self.location, ending=ending):
            log.warning("The session cannot leave its record; it is not listed")

    def give_up(self) -> None:
        """Take no more clients, who may then start a host that waits for the end of this one."""
        self.announce(ending=True)
        if self.intact:
            with contextlib.suppress(OSError):
                self.location.socket.unlink()

    def _places(self) -> Iterator[Location]:
        yield self.location
        for root in runtime_roots():
            if root != self.location.runtime.parent:
                yield replace(self.location, runtime=root / self.location.key)
