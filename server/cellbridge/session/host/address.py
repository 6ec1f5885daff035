"""The address of a host: the socket on which it listens, created again when it is removed.

Owns the socket's file, its directory, and the files by which others find it (presence.py). A
logout or a cleaner of temporary files may remove the directory of a running host; clients then
find no host, although the notebook has one. It must not know the messages sent over the socket.
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

CHECK_SECONDS = 2.0
"""Seconds between two checks that clients can still reach the host."""
BACKLOG = 100
"""Maximum number of connections that wait to be accepted."""

log = logging.getLogger(__name__)


class Address:
    """The socket and the record by which clients find one host."""

    def __init__(self, location: Location, lock: Lock) -> None:
        self.location = location
        """The session's directories; the one for sockets may change."""
        self._lock = lock
        self._socket_status: os.stat_result | None = None

    def listen(self) -> socket.socket:
        """Return a listening socket at the location.

        Raises:
            OSError: the socket cannot be created.
        """
        path = self.location.socket
        path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        try:
            listening.setblocking(False)  # noqa: FBT003 (socket's own)
            listening.bind(str(path))
            path.chmod(0o600)
            listening.listen(BACKLOG)
            self._socket_status = path.lstat()
        except BaseException:
            listening.close()
            raise
        return listening

    @property
    def intact(self) -> bool:
        """True while this host's socket is at its path."""
        try:
            status = self.location.socket.lstat()
        except OSError:
            return False
        return self._socket_status is not None and os.path.samestat(status, self._socket_status)

    def refresh(self) -> None:
        """Write the lock and the record again if one of them was removed."""
        if not self._lock.intact:
            with contextlib.suppress(SessionError):
                self.location.prepare()
            self.announce()

    def listen_again(self) -> socket.socket | None:
        """Create the directory and the socket again; None if that is not possible yet.

        If the directory cannot be created, such as after a logout, another one takes its place. The
        record in the data directory then names it.
        """
        for location in self._candidates():
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
        """Publish the record that names this process as the session's host."""
        self._lock.acquire()  # Locks removed files again.
        if not presence.announce(self.location, ending=ending):
            log.warning("The session cannot leave its record; it is not listed")

    def stop_listening(self) -> None:
        """Accept no more clients; they may start a host that waits for the end of this one."""
        self.announce(ending=True)
        if self.intact:
            with contextlib.suppress(OSError):
                self.location.socket.unlink()

    def _candidates(self) -> Iterator[Location]:
        yield self.location
        for root in runtime_roots():
            if root != self.location.runtime.parent:
                yield replace(self.location, runtime=root / self.location.key)
