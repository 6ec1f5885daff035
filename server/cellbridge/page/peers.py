"""The user of the program at the other end of a connection on the loopback interface.

Owns the lookup in Linux's table of connections. Any user of the machine can connect to a port on
the loopback interface, can read an address in the list of processes while a browser starts, and
can receive a cookie, because a browser sends it to every port of a host. So an address and a
cookie count only in a connection from a process of the user, or of root, which some programs that
forward ports run as.

Other systems have no such table that every user can read: there the result is None.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
"""The tables of connections; the second one has those of programs with IPv6 sockets."""
_MAPPED = bytes.fromhex("00000000000000000000ffff")
"""The beginning of an IPv4 address in an IPv6 one."""
_LOCAL, _REMOTE, _UID = 1, 2, 7
"""Columns of a table (proc_net_tcp in the kernel's documentation)."""

Address = tuple[str, int]


def is_own(ours: Address, theirs: Address) -> bool | None:
    """Return True if the program at the other end belongs to the user or to root.

    ``ours`` and ``theirs`` are the IPv4 addresses of the two ends. None if it is unknown. Reads
    files of the system, so it is not for an event loop.
    """
    uid = _owner(ours, theirs)
    return None if uid is None else uid in {0, os.getuid()}


def _owner(ours: Address, theirs: Address) -> int | None:
    wanted = _names(theirs), _names(ours)
    for row in _rows():
        if row[_LOCAL] in wanted[0] and row[_REMOTE] in wanted[1]:
            return int(row[_UID])
    return None


def _rows() -> Iterator[list[str]]:
    for table in _TABLES:
        try:
            text = table.read_text("ascii")
        except OSError:
            continue
        for line in text.split("\n")[1:]:
            row = line.split()
            if len(row) > _UID:
                yield row


def _names(address: Address) -> tuple[str, str]:
    """Return an address as the two tables write it: words in the byte order of the machine."""
    host, port = address
    raw = socket.inet_aton(host)
    return f"{_words(raw)}:{port:04X}", f"{_words(_MAPPED + raw)}:{port:04X}"


def _words(raw: bytes) -> str:
    return "".join(f"{word:08X}" for (word,) in struct.iter_unpack("=I", raw))
