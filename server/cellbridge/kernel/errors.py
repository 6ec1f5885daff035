"""Errors of kernels, with messages that the user can act on.

Owns the family of kernel errors. It must not log, retry or know who shows the message.

``str(error)`` is always full sentences: what happened, then what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence


class KernelError(Exception):
    """Anything that went wrong between us and a kernel."""


class UnknownKernel(KernelError):  # noqa: N818 - the name reads well
    """No kernelspec of that name, or none for that language, is registered."""

    def __init__(self, wanted: str, names: Sequence[str]) -> None:
        self.wanted = wanted
        self.names = tuple(names)
        known = ", ".join(names) if names else "none at all"
        super().__init__(
            f"{wanted} is not registered on this machine (registered: {known}). "
            "Choose one of these, or register it and try again."
        )


class KernelStartError(KernelError):
    """The kernel's process could not be started, or ended before it answered."""

    def __init__(self, sentence: str, stderr_tail: str = "", *, clear: bool = False) -> None:
        self.stderr_tail = stderr_tail
        self.clear = clear
        """True if the sentence names the cause, so that the process's own output adds nothing."""
        super().__init__(sentence)


class NotListening(KernelStartError):  # noqa: N818 - the name reads well
    """The process runs, but has not created the sockets that the connection file names."""


class KernelTimeout(KernelError):  # noqa: N818 - the name reads well
    """The kernel did not answer in time; its process may still be alive."""

    def __init__(self, sentence: str, stderr_tail: str = "") -> None:
        self.stderr_tail = stderr_tail
        super().__init__(sentence)


class KernelGone(KernelError):  # noqa: N818 - the name reads well
    """A request was made to a kernel whose process had ended."""

    def __init__(self) -> None:
        super().__init__("The kernel is not running. Restart it and try again.")
