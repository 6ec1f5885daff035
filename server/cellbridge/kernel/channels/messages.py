"""A Jupyter message received from a kernel.

Owns the shape of a received message. It must not know sockets, signatures or the meaning of
messages.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Channel = Literal["shell", "iopub", "stdin", "control"]


class Message(msgspec.Struct, frozen=True):
    """One received message. Its dictionaries come from the kernel and are not trusted."""

    channel: Channel
    msg_type: str
    msg_id: str
    parent_id: str
    """The id of the request this message belongs to; empty if the kernel names none."""
    header: dict[str, Any]
    content: dict[str, Any]
    metadata: dict[str, Any]
    parent: dict[str, Any] = {}
    """The whole parent header, as the kernel repeats it."""
    buffers: list[bytes] = []
    size: int = 0
    """Bytes of the four parts, without buffers."""
    number: int = 0
    """The message's number among those that the kernel has published, from 1; 0 if unknown. The
    probe makes the kernel send it (probe/run_control.py)."""
    joined: int = 0
    """The number of following messages that were joined to this one (coalesce.py)."""
    lost: int = 0
    """The number of published messages that were lost just before this one."""
    unreadable: bool = False
    """True if it, or a part of it, could not be read: malformed, or with a wrong signature."""
