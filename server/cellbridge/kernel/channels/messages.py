"""A Jupyter message as it came from a kernel.

Owns the shape of a received message. It must not know sockets, signatures or what a message means.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Channel = Literal["shell", "iopub", "stdin", "control"]


class Message(msgspec.Struct, frozen=True):
    """One received message. Its dictionaries are the kernel's words: nothing in them is sure."""

    channel: Channel
    msg_type: str
    msg_id: str
    parent_id: str
    """The id of the request this message belongs to; empty where the kernel names none."""
    header: dict[str, Any]
    content: dict[str, Any]
    metadata: dict[str, Any]
    parent: dict[str, Any] = {}
    """The whole parent header, as the kernel repeats it."""
    buffers: list[bytes] = []
    size: int = 0
    """Bytes of the four parts, without buffers."""
    number: int = 0
    """Which of the messages that the kernel has published this is, from 1; 0 where it does not say.
    The probe has it say so (probe/run_control.py)."""
    joined: int = 0
    """How many more of the kernel's messages this one holds, which followed it (coalesce.py)."""
    lost: int = 0
    """How many messages the kernel has published before this one that never came."""
    unreadable: bool = False
    """It, or a part of it, could not be read: it is malformed, or its signature is wrong."""
