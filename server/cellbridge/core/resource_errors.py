"""Shortages of system resources, described in a sentence.

Owns which of the system's errors mean so, and what helps. It must not know what was tried.
"""

from __future__ import annotations

import errno

_WANT = {
    errno.EMFILE: (
        "too many files are open in one process (EMFILE). Close other notebooks, or raise the "
        "limit (ulimit -n) where the editor is started, and try again."
    ),
    errno.ENFILE: (
        "too many files are open on this machine (ENFILE). Close other programs and try again."
    ),
    errno.ENOMEM: (
        "the machine has no memory left (ENOMEM). Close other notebooks or programs and try again."
    ),
    errno.EAGAIN: (
        "no more processes can be started (EAGAIN). Close other notebooks, or raise the limit "
        "(ulimit -u) where the editor is started, and try again."
    ),
}


def shortage(error: BaseException) -> str:
    """Return what is short and what helps, to follow a colon; empty for any other error."""
    return _WANT.get(getattr(error, "errno", None) or 0, "")
