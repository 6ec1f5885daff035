"""What can go wrong with a kernel, said so that a person can act on it.

Owns the family of kernel errors. It must not log, retry or know who shows the sentence.

``str(error)`` is always full sentences: what happened, then what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence


class KernelError(Exception):
    """Anything that went wrong between us and a kernel."""


class UnknownKernel(KernelError):  # noqa: N818 - reads as what it says
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
        """The sentence names the cause: what the process wrote tells no more."""
        super().__init__(sentence)


class NotListening(KernelStartError):  # noqa: N818 - reads as what it says
    """The process lives, and makes no socket where it was told to."""


class KernelTimeout(KernelError):  # noqa: N818 - reads as what it says
    """The kernel did not answer in time; its process may still be alive."""

    def __init__(self, sentence: str, stderr_tail: str = "") -> None:
        self.stderr_tail = stderr_tail
        super().__init__(sentence)


class KernelGone(KernelError):  # noqa: N818 - reads as what it says
    """The kernel was asked for something after its process had ended."""

    def __init__(self) -> None:
        super().__init__("The kernel is not running. Restart it and try again.")
