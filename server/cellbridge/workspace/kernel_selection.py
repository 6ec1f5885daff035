"""Which kernel one open script runs in, from everything that has a say in it.

Owns the gathering: the pick kept for the file, its header, the settings and the project around it.
The order in which they count is kernel/find/kernel_choice.py's. It must not start or scan anything.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypedDict

from cellbridge.core.document.header import Header, header_of
from cellbridge.core.document.languages import Language
from cellbridge.core.document.text import Text
from cellbridge.core.runs.limits import Limits
from cellbridge.core.runs.start_options import Startup, read_variables
from cellbridge.core.settings import KernelConfig
from cellbridge.kernel.find.kernel_choice import Choice, KernelPreferences, choose
from cellbridge.kernel.trust import file_trust
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.kernel.trust.untrusted_paths import exists, is_file, read_text
from cellbridge.session import chosen_kernel
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location

_ROOTS = (".git", ".hg", "pyproject.toml")
"""What the root of a project holds."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the settings say about kernels, for every script alike."""

    name: str | None = None
    """``cellbridge.kernel.name``."""
    interpreter: str = ""
    """``python.defaultInterpreterPath``, where the editor has it."""
    start: KernelConfig = field(default_factory=KernelConfig)
    """How a kernel is started."""


class Start(TypedDict):
    """What a session is told when a kernel is to be there."""

    kernel: str | None
    language: str
    startup: Startup


class KernelChooser:
    """The choice of one script's kernel."""

    def __init__(
        self, location: Location, path: Path | None, language: Language, preferences: Preferences
    ) -> None:
        self.preferences = preferences
        self.on_refusal: Callable[[Refusal], None] = _unheard
        """To be called for each file that was not used since another user could have written it."""
        self._location = location
        self._path = path
        self._language = language
        self._turn = asyncio.Lock()

    async def choose(self, text: Text) -> Choice:
        """Return the kernel that the script runs in, as things are now."""
        header = header_of(text.lines, self._language)
        choice = await asyncio.to_thread(lambda: choose(self._wish(header)))
        for refused in choice.refused:
            self.on_refusal(refused)
        return choice

    async def start(self, text: Text, there: str = "") -> Start:
        """Return how the script's kernel is to be started; ``there`` is one that lives already."""
        header = header_of(text.lines, self._language)
        language = header.language or self._language.name
        # One after the other: whoever asks first goes on first, so that runs keep their order.
        async with self._turn:
            if there:
                startup = Startup(limits=self.limits())
                return Start(kernel=there, language=language, startup=startup)
            choice = await self.choose(text)
            startup, refused = await asyncio.to_thread(self._startup)
            for each in refused:
                self.on_refusal(each)
        return Start(kernel=choice.id, language=language, startup=startup)

    def _startup(self) -> tuple[Startup, list[Refusal]]:
        config = self.preferences.start
        here = self._path.parent if self._path is not None else Path.home()
        directory = ""
        if config.directory:
            directory = os.path.normpath(here / Path(config.directory).expanduser())
        refused: list[Refusal] = []
        file = _beside(here, config.env_file, refused) if self._path is not None else None
        text = read_text(file) if file is not None else ""
        startup = Startup(
            directory,
            {**read_variables(text), **config.env},
            config.startup,
            config.allow_unencrypted,
            self.limits(),
        )
        return startup, refused

    def limits(self) -> Limits:
        """Return what the settings let the kernel use."""
        config = self.preferences.start
        return Limits(config.memory_limit, config.time_limit)

    def by_default(self, text: Text) -> KernelPreferences:
        """Return what is asked for where nothing had been picked for the file."""
        return replace(self._wish(header_of(text.lines, self._language)), picked="")

    def pick(self, picked: str) -> None:
        """Have the file run in this kernel from now on; empty for what it would by itself.

        Raises:
            SessionError: it cannot be kept.
        """
        try:
            chosen_kernel.write(self._location, picked)
        except OSError as error:
            raise SessionError(
                f"The choice cannot be kept in {self._location.data} ({error.strerror}); "
                "make room there and choose again."
            ) from error

    def _wish(self, header: Header) -> KernelPreferences:
        language = header.language or self._language.name
        return KernelPreferences(
            directory=self._path.parent if self._path else None,
            language=language,
            picked=chosen_kernel.read(self._location) if self._path else "",
            header=header.kernel_name,
            setting=self.preferences.name,
            interpreter=self.preferences.interpreter,
        )


def _unheard(refused: Refusal) -> None:
    """Say nothing, as long as there is no listener."""


def _beside(directory: Path, name: str, refused: list[Refusal]) -> Path | None:
    """Return the nearest file of that name, up to the project's root; None if there is none.

    What another user could have written is passed over, and added to ``refused``.
    """
    wanted = Path(name).expanduser()
    if not name:
        return None
    if wanted.is_absolute():
        return wanted if is_file(wanted) else None  # The user's own word, not a file found near.
    for level in (directory, *directory.parents)[: file_trust.LEVELS]:
        file = level / wanted
        if is_file(file):
            if (refusal := file_trust.refusal(file, level)) is None:
                return file
            refused.append(refusal)
        if any(exists(level / mark) for mark in _ROOTS):
            return None
    return None
