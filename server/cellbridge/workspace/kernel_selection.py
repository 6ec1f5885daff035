"""The selection of the kernel that one open script runs in.

Owns the collection of its inputs: the choice kept for the file, its header, the settings and the
project around it. kernel/find/kernel_choice.py owns their precedence. It must not start a process
or scan the disk.
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
"""Entries by which the root of a project is recognised."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """The settings about kernels, which apply to every script."""

    name: str | None = None
    """``cellbridge.kernel.name``."""
    interpreter: str = ""
    """``python.defaultInterpreterPath``, if the editor has it."""
    start: KernelConfig = field(default_factory=KernelConfig)
    """The settings with which a kernel is started."""


class KernelStart(TypedDict):
    """The arguments of a request that needs a kernel."""

    kernel: str | None
    language: str
    startup: Startup


class KernelChooser:
    """The choice of one script's kernel."""

    def __init__(
        self, location: Location, path: Path | None, language: Language, preferences: Preferences
    ) -> None:
        self.preferences = preferences
        self.on_refusal: Callable[[Refusal], None] = _ignore_refusal
        """Called for each file that is not used because another user could have written it."""
        self._location = location
        self._path = path
        self._language = language
        self._start_lock = asyncio.Lock()

    async def choose(self, text: Text) -> Choice:
        """Return the kernel that the script runs in at present."""
        header = header_of(text.lines, self._language)
        choice = await asyncio.to_thread(lambda: choose(self._preferences_for(header)))
        for refused in choice.refused:
            self.on_refusal(refused)
        return choice

    async def start(self, text: Text, running: str = "") -> KernelStart:
        """Return the arguments to start the kernel; ``running`` names one that already runs."""
        header = header_of(text.lines, self._language)
        language = header.language or self._language.name
        # One at a time: callers continue in their order, so that runs keep theirs.
        async with self._start_lock:
            if running:
                startup = Startup(limits=self.limits())
                return KernelStart(kernel=running, language=language, startup=startup)
            choice = await self.choose(text)
            startup, refused = await asyncio.to_thread(self._startup)
            for each in refused:
                self.on_refusal(each)
        return KernelStart(kernel=choice.id, language=language, startup=startup)

    def _startup(self) -> tuple[Startup, list[Refusal]]:
        config = self.preferences.start
        here = self._path.parent if self._path is not None else Path.home()
        directory = ""
        if config.directory:
            directory = os.path.normpath(here / Path(config.directory).expanduser())
        refused: list[Refusal] = []
        file = _nearest_file(here, config.env_file, refused) if self._path is not None else None
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
        """Return the kernel's limits from the settings."""
        config = self.preferences.start
        return Limits(config.memory_limit, config.time_limit)

    def without_choice(self, text: Text) -> KernelPreferences:
        """Return the selection's inputs as if the user had chosen no kernel for the file."""
        return replace(self._preferences_for(header_of(text.lines, self._language)), picked="")

    def pick(self, picked: str) -> None:
        """Choose the file's kernel from now on; empty removes the choice.

        Raises:
            SessionError: the choice cannot be stored.
        """
        try:
            chosen_kernel.write(self._location, picked)
        except OSError as error:
            raise SessionError(
                f"The choice cannot be kept in {self._location.data} ({error.strerror}); "
                "make room there and choose again."
            ) from error

    def _preferences_for(self, header: Header) -> KernelPreferences:
        language = header.language or self._language.name
        return KernelPreferences(
            directory=self._path.parent if self._path else None,
            language=language,
            picked=chosen_kernel.read(self._location) if self._path else "",
            header=header.kernel_name,
            setting=self.preferences.name,
            interpreter=self.preferences.interpreter,
        )


def _ignore_refusal(refused: Refusal) -> None:
    """Ignore the refusal, as long as there is no listener."""


def _nearest_file(directory: Path, name: str, refused: list[Refusal]) -> Path | None:
    """Return the nearest file with that name, up to the project's root; None without one.

    A file that another user could have written is skipped, and added to ``refused``.
    """
    wanted = Path(name).expanduser()
    if not name:
        return None
    if wanted.is_absolute():
        return wanted if is_file(wanted) else None  # Named by the user, not found nearby.
    for level in (directory, *directory.parents)[: file_trust.LEVELS]:
        file = level / wanted
        if is_file(file):
            if (refusal := file_trust.refusal(file, level)) is None:
                return file
            refused.append(refusal)
        if any(exists(level / mark) for mark in _ROOTS):
            return None
    return None
