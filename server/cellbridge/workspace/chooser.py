"""Which kernel one open script runs in, from everything that has a say in it.

Owns the gathering: the pick kept for the file, its header, the settings and the project around it.
The order in which they count is kernel/choosing.py's. It must not start or scan anything.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from cellbridge.core.header import Header, header_of
from cellbridge.core.languages import Language
from cellbridge.core.text import Text
from cellbridge.kernel.choosing import Choice, Wish, choose
from cellbridge.session import picks
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the settings say about kernels, for every script alike."""

    name: str | None = None
    """``cellbridge.kernel.name``."""
    interpreter: str = ""
    """``python.defaultInterpreterPath``, where the editor has it."""


class KernelChooser:
    """The choice of one script's kernel."""

    def __init__(
        self, location: Location, path: Path | None, language: Language, preferences: Preferences
    ) -> None:
        self.preferences = preferences
        self._location = location
        self._path = path
        self._language = language
        self._turn = asyncio.Lock()

    async def choose(self, text: Text) -> Choice:
        """Return the kernel that the script runs in, as things are now."""
        header = header_of(text, self._language)
        # One after the other: whoever asks first goes on first, so that runs keep their order.
        async with self._turn:
            return await asyncio.to_thread(lambda: choose(self._wish(header)))

    def by_default(self, text: Text) -> Wish:
        """Return what is asked for where nothing had been picked for the file."""
        return replace(self._wish(header_of(text, self._language)), picked="")

    def pick(self, picked: str) -> None:
        """Have the file run in this kernel from now on; empty for what it would by itself.

        Raises:
            SessionError: it cannot be kept.
        """
        try:
            picks.write(self._location, picked)
        except OSError as error:
            raise SessionError(
                f"The choice cannot be kept in {self._location.data} ({error.strerror}); "
                "make room there and choose again."
            ) from error

    def _wish(self, header: Header) -> Wish:
        language = header.language or self._language.name
        return Wish(
            directory=self._path.parent if self._path else None,
            language=language,
            picked=picks.read(self._location) if self._path else "",
            header=header.kernel_name,
            setting=self.preferences.name,
            interpreter=self.preferences.interpreter,
        )
