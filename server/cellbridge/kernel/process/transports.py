"""The choice between Unix sockets and the loopback interface, and its risks.

Owns the notes about kernels that do not support sockets, and the keys for those that encrypt.
Every kernel is started on sockets first: files in a private directory, which no other user can
open. On the loopback interface every user of the machine can read unencrypted messages, because
iopub needs no key. It must not start anything, and imports little: a host uses it before all else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from cellbridge.kernel.find import environments
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.trust.ownership import make_private
from cellbridge.kernel.trust.untrusted_paths import exists


def takes_sockets(spec: Spec, notes: Path | None) -> bool:
    """Return False for a kernel that is known to listen on the loopback interface only.

    ``notes`` is the private directory of `note_loopback`.
    """
    return spec.runs_ipykernel or notes is None or not exists(_note(spec, notes))


def note_loopback(spec: Spec, notes: Path | None) -> None:
    """Note that a kernel did not start on sockets, but did on the loopback interface."""
    if notes is not None:
        with contextlib.suppress(OSError):  # The next start tries again.
            make_private(notes)
            _note(spec, notes).touch(mode=0o600)


def curve_keys(spec: Spec) -> dict[str, str]:
    """Return the connection file's entries for a kernel that encrypts (CurveZMQ), or none."""
    if not _encrypts(spec):
        return {}
    import zmq  # noqa: PLC0415 - only needed here, and slow to import

    if not zmq.has("curve"):
        return {}
    public, secret = zmq.curve_keypair()
    return {"curve_publickey": public.decode("ascii"), "curve_secretkey": secret.decode("ascii")}


def exposure(name: str) -> str:
    """Return the warning about a kernel that neither supports sockets nor encrypts."""
    return (
        f"The kernel {name} listens on the loopback interface without encryption, so other users "
        "of this machine can read its code and outputs; switch off "
        "cellbridge.kernel.allowUnencrypted to refuse such kernels."
    )


def refusal(name: str) -> str:
    """Return the refusal of a kernel that neither supports sockets nor encrypts."""
    return (
        f"The kernel {name} can listen only on the loopback interface without encryption, which "
        "cellbridge.kernel.allowUnencrypted forbids; choose another kernel, or allow it."
    )


def _encrypts(spec: Spec) -> bool:
    """Return True if a kernel encrypts, according to its spec or its version of ipykernel."""
    known = spec.metadata.get("supported_encryption")
    if known is None and spec.runs_ipykernel and spec.argv:
        environment = environments.of(spec.argv[0])
        return environment is not None and environment.encrypts
    return "curve" in (known if isinstance(known, list | tuple) else (known,))


def _note(spec: Spec, notes: Path) -> Path:
    """Return the path of the note about a kernel's present program; a new one is tried again."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        status = os.stat(spec.argv[0])  # noqa: PTH116 - a command, which need not be a path
        return notes / _digest(spec, status.st_mtime_ns)
    return notes / _digest(spec, 0)


def _digest(spec: Spec, changed: int) -> str:
    text = repr((spec.argv, spec.directory, changed))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
