"""The engines of the open documents: other Python servers in place of jedi.

Owns which engine a document uses, and the engines' lives: one for each command and environment.
The setting ``cellbridge.static.engine`` decides. Without it, nothing here is started or imported.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellbridge.analysis.sources import Analyser
from cellbridge.core.document.languages import PYTHON
from cellbridge.kernel.find import environments
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.lsp.editor import Editor
from cellbridge.workspace.notebook import Notebook

if TYPE_CHECKING:
    from cellbridge.analysis.engine.command import EngineCommand
    from cellbridge.analysis.engine.engine import Engine

JEDI, OFF = "jedi", "off"
LIMIT = 4
"""The maximum number of engines at a time; beyond it, documents are analysed by jedi."""


class Engines:
    """The engines, and the documents that use them."""

    def __init__(
        self, begin: Callable[[Coroutine[Any, Any, object]], None], editor: Editor
    ) -> None:
        """Run engines as tasks that ``begin`` starts, which end with the server."""
        self._begin = begin
        self._editor = editor
        self._setting = JEDI
        self._running: dict[EngineCommand, Engine] = {}
        self._failed: set[EngineCommand] = set()
        self._used: dict[str, Engine] = {}
        """By document."""
        self._ran: set[tuple[Path, str]] = set()
        """The folders of scripts whose kernel has run, each with the key of its environment."""
        self._shown: set[str] = set()
        """The sentences that the user has seen since the setting changed."""
        self.changed: Callable[[], None] = lambda: None
        """Called when diagnostics may differ from the last ones."""

    @property
    def wanted(self) -> bool:
        """True if the setting names another program than jedi."""
        return self._setting not in {JEDI, OFF}

    @property
    def off(self) -> bool:
        """True if the text is not to be analysed."""
        return self._setting == OFF

    def configure(self, setting: str) -> None:
        """Take the setting; a new one ends all engines."""
        setting = setting.strip() or JEDI
        if setting != self._setting:
            self._setting = setting
            for engine in self._running.values():
                engine.stop()
            for known in (self._running, self._used, self._failed, self._shown):
                known.clear()

    def source(self, notebook: Notebook, jedi: Analyser) -> Analyser:
        """Return the analyser of a document: its engine in front of jedi, or jedi alone."""
        if not self.wanted or notebook.path is None:
            return jedi
        from cellbridge.analysis.engine.source import EngineSource  # noqa: PLC0415 (rarely used)

        return EngineSource(self._used.get(notebook.uri), jedi)

    async def find(self, notebook: Notebook) -> Engine | None:
        """Return the engine of a document, started if necessary; None without one."""
        found = await self._find_command(notebook) if self.wanted else ""
        engine = None
        if isinstance(found, Refusal):
            self._show(f"{found.text}, so jedi is used as the engine; trust it ({found.command}).")
        elif isinstance(found, str):
            self._show(found)
        else:
            engine = self._engine(found)
        self._use(notebook.uri, engine)
        return engine

    async def _find_command(self, notebook: Notebook) -> EngineCommand | Refusal | str:
        """Return the program for a document as `command.find_command` does."""
        if notebook.path is None or notebook.language != PYTHON:
            return ""
        from cellbridge.analysis.engine.command import (  # noqa: PLC0415 (rarely used)
            ScriptPlace,
            find_command,
        )

        setting, directory, python = self._setting, notebook.path.parent, notebook.kernel.python
        chosen = (await notebook.kernel_choice()).environment

        def find() -> EngineCommand | Refusal | str:
            environment = chosen or environments.own()
            if python and (running := environments.of(python)):
                self._ran.add((directory, running.key))
                # The same environment by another name would start another engine.
                environment = environment if environment.key == running.key else running
            ran = (directory, environment.key) in self._ran
            return find_command(setting, ScriptPlace(environment, directory, ran))

        found = await asyncio.to_thread(find)
        return found if setting == self._setting else ""

    def _use(self, uri: str, engine: Engine | None) -> None:
        """Note the engine of a document, and end the engines that no document uses."""
        if engine is None:
            self._used.pop(uri, None)
        else:
            self._used[uri] = engine
        for command, running in [*self._running.items()]:
            if running not in self._used.values():
                running.stop()
                del self._running[command]

    def closed(self, uri: str, path: Path | None) -> None:
        """Forget a document that has been closed."""
        engine = self._used.get(uri)
        if engine is not None and path is not None:
            engine.close(str(path))
        self._use(uri, None)

    def diagnostics_changed(self) -> None:
        """Pass on an engine's news."""
        self.changed()

    def engine_failed(self, sentence: str) -> None:
        """Show why an engine is given up; its documents are analysed by jedi."""
        for command, engine in [*self._running.items()]:
            if engine.failed:
                self._failed.add(command)
                del self._running[command]
        self._show(sentence)
        self.changed()

    def _engine(self, command: EngineCommand) -> Engine | None:
        known = self._running.get(command)
        if known is None and command not in self._failed and len(self._running) < LIMIT:
            from cellbridge.analysis.engine.engine import Engine  # noqa: PLC0415 (rarely used)

            known = self._running[command] = Engine(command, self)
            self._begin(known.run())
        return known

    def _show(self, sentence: str) -> None:
        if sentence and sentence not in self._shown:
            self._shown.add(sentence)
            self._editor.show(sentence)
