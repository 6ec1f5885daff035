"""The scripts that an agent works with: each an open document of the workspace.

Owns the way from a path to an open script with the present text: the file on disk, or the text of
the editor that has it open. It must not know tools, and leaves permission to permission.py.

Invariant: the text and the ids are always the host's (`Notebook.follow_text`), so that every agent
and every editor means the same cell by the same id.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from cellbridge.core.output.escapes import label
from cellbridge.core.runs.agents import ClientInfo, ClientKind, OpenText
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.mcp.answers import ToolError
from cellbridge.mcp.cursors import Cursors, Snapshot
from cellbridge.mcp.shown_texts import ShownTexts
from cellbridge.mcp.whole_outputs import WholeOutputs
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.script_file import ScriptFileError, read_script
from cellbridge.workspace.workspace import Workspace, path_of

_RELOAD_SECONDS = 1.0
"""Seconds that an open editor gets to read a file again that the agent has just changed."""
_PAUSE = 0.1
_PATIENCE = 2
"""Times in a row that an editor may not read a file again: it then gets no more time."""
OPEN_LIMIT = 32
"""Scripts that are open at a time. The one that was used longest ago is closed; its session runs
on."""


@dataclass(frozen=True, slots=True)
class ScriptPath:
    """The path of a script."""

    path: Path
    """The absolute path as the agent has given it, for messages and tracebacks."""
    real: Path
    """The path by which the script is recognised, whatever links lead to it."""


@dataclass(eq=False)
class OpenScript:
    """A script that an agent works with."""

    place: ScriptPath
    notebook: Notebook
    client: ClientInfo
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by each change of runs, outputs or the kernel."""
    texts: ShownTexts = field(default_factory=ShownTexts)
    cursors: Cursors = field(default_factory=Cursors)
    outputs: WholeOutputs = field(default_factory=WholeOutputs)
    last: Snapshot | None = None
    """The state at the last answer."""
    reloads_missed: int = 0
    """Times in a row that an editor has not read the changed file again in time."""
    unsaved: str = ""
    """One sentence if the text is not that of the file; else empty."""

    @property
    def path(self) -> Path:
        """The path for messages."""
        return self.place.path


class Scripts:
    """The open scripts; a listener of their notebooks."""

    def __init__(self) -> None:
        self.workspace = Workspace(self, client=ClientInfo("", ClientKind.AGENT))
        """The owner of the tasks; each script is opened under the agent's name."""
        self._open: OrderedDict[Path, OpenScript] = OrderedDict()

    def get(self, place: ScriptPath) -> OpenScript | None:
        """Return a script that is open."""
        return self._open.get(place.real)

    def with_run(self, run_id: str) -> OpenScript | None:
        """Return the open script whose session has a run."""
        scripts = self._open.values()
        return next((one for one in scripts if run_id in one.notebook.runs), None)

    async def open(self, place: ScriptPath, client: ClientInfo) -> OpenScript:
        """Return the open script at a path, opened as ``client`` if it is not.

        Raises:
            ToolError: the file does not exist or is not a script.
        """
        found = self._open.get(place.real)
        if found is None or found.client != client:
            content, _ = await _read(place.path)
            found = self._open_text(place, client, content)
        self._open.move_to_end(place.real)
        while len(self._open) > OPEN_LIMIT:
            self.close(next(iter(self._open.values())))
        await found.notebook.ready()
        return found

    def _open_text(self, place: ScriptPath, client: ClientInfo, content: str) -> OpenScript:
        """Return the script at a path, which another call may have opened in the meantime."""
        found = self._open.get(place.real)
        if found is not None and found.client == client:
            return found
        if found is not None:
            self.close(found)
        notebook = self.workspace.open(place.path.as_uri(), None, 1, content, client=client)
        opened = self._open[place.real] = OpenScript(place, notebook, client)
        return opened

    def close(self, script: OpenScript) -> None:
        """Close a script; its session keeps running."""
        self._open.pop(script.place.real, None)
        self.workspace.close(script.notebook.uri)

    async def follow(self, script: OpenScript) -> None:
        """Take the present text of a script, with the ids of its cells, from its session.

        Raises:
            ToolError: the file has vanished.
            SessionError: the session does not answer, or does not admit the agent.
        """
        content, saved_at = await _read(script.path)
        text = await script.notebook.follow_text(content)
        waited = False
        while script.reloads_missed < _PATIENCE and _may_reload(text, content, saved_at):
            waited = True
            await asyncio.sleep(_PAUSE)  # Wait: no event reports that an editor reads the file.
            text = await script.notebook.follow_text(content)
        same, script.unsaved = _is_same(text.content, content), ""
        if waited:
            script.reloads_missed = 0 if same else script.reloads_missed + 1
        if not same:
            script.unsaved = (
                f"{label(text.editor) or 'An editor'} has the script open with another text than "
                "the file; this is the editor's text. Have it saved or reloaded before you edit "
                "the file."
            )

    # --- the listener of the workspace ------------------------------------------------------------

    def cells_changed(self, notebook: Notebook, cell_ids: frozenset[str]) -> None:  # noqa: ARG002
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""
        self._wake(notebook)

    def kernel_changed(self, notebook: Notebook) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""
        self._wake(notebook)

    def outputs_forgotten(self, notebook: Notebook, cells: int) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""

    def file_refused(self, notebook: Notebook, refused: Refusal) -> None:
        """See `cellbridge.workspace.notebook.WorkspaceListener`."""

    def _wake(self, notebook: Notebook) -> None:
        for script in self._open.values():
            if script.notebook is notebook:
                script.changed.set()


def locate(given: str) -> ScriptPath:
    """Return the path that an agent has given, as a path or as a ``file:`` URI.

    Raises:
        ToolError: it is not the path of a file.
    """
    path = path_of(given) if given.startswith("file:") else Path(given)
    if not given.strip() or path is None or "\0" in str(path):
        raise ToolError("No script was named. Give the path of a script with # %% cells.")
    with contextlib.suppress(RuntimeError):  # There is no such user.
        path = path.expanduser()
    path = Path(os.path.abspath(path))  # noqa: PTH100 (links stay: it is the user's name)
    return ScriptPath(path, Path(os.path.realpath(path)))


def _may_reload(text: OpenText, content: str, saved_at: float) -> bool:
    """Return True if an editor has probably not noticed yet that the file has changed."""
    old = not _is_same(text.content, content) and text.edited_at < saved_at
    return old and time.time() < saved_at + _RELOAD_SECONDS


def _is_same(one: str, other: str) -> bool:
    """Compare two texts; editors change line endings, and lines at the end."""
    return one.replace("\r\n", "\n").rstrip() == other.replace("\r\n", "\n").rstrip()


async def _read(path: Path) -> tuple[str, float]:
    """Return the text of a script, and the time of its last change."""

    def read() -> tuple[str, float]:
        content = read_script(path).text.content
        return content, path.stat().st_mtime

    try:
        return await asyncio.to_thread(read)
    except ScriptFileError as error:
        raise ToolError(label(str(error))) from None
