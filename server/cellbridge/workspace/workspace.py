"""The workspace: the open notebooks of one client.

Owns which documents are open and the tasks that serve them. It must not know the Language Server
Protocol.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cellbridge.core.document.languages import language_of
from cellbridge.core.document.text import Change
from cellbridge.core.runs.agents import ClientInfo, ClientKind
from cellbridge.core.settings import OutputsConfig, SessionConfig
from cellbridge.session import locations
from cellbridge.session.errors import SessionError
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location
from cellbridge.workspace.kernel_candidates import KernelCandidates
from cellbridge.workspace.kernel_selection import KernelChooser, Preferences
from cellbridge.workspace.notebook import Notebook, WorkspaceListener
from cellbridge.workspace.session_link import SessionLink
from cellbridge.workspace.supervised_tasks import Supervisor, TaskScope

IDLE_HOURS = SessionConfig().idle_timeout
"""Default number of hours for which an unattended, idle session keeps running."""

_NO_PREFERENCES = Preferences()

NOTEBOOK_VIEW = "cellbridge-notebook+"
"""The prefix of a file's URI in the URI of the document that holds its cells as a script."""

_CLOSING_SECONDS = 3.0
"""Seconds that the documents' tasks get to end with the workspace."""

log = logging.getLogger(__name__)


def log_fault(name: str, error: Exception) -> None:
    """Log an internal fault in a task of the named document, or of all if ``name`` is empty."""
    log.error("A fault in what is done for %s", name or "all documents", exc_info=error)


class Workspace(Supervisor):
    """The open notebooks of one client; an async context manager that owns their tasks."""

    def __init__(
        self,
        listener: WorkspaceListener,
        *,
        client: ClientInfo,
        preferences: Preferences = _NO_PREFERENCES,
        idle_hours: float = IDLE_HOURS,
        fault: Callable[[str, Exception], None] = log_fault,
    ) -> None:
        """Report changes of documents to ``listener``, and faults in their tasks to ``fault``."""
        super().__init__(grace=_CLOSING_SECONDS)
        self.client = client
        """This client, as other users of a session see it."""
        self.preferences = preferences
        """The settings about kernels."""
        self.idle_hours = idle_hours
        self._listener = listener
        self._notebooks: dict[str, Notebook] = {}
        self._links: dict[str, SessionLink] = {}
        self._fault = fault
        self.kernel_candidates = KernelCandidates(TaskScope(self, lambda error: fault("", error)))
        """The kernels that the user can choose from."""
        self.limit = OutputsConfig().limit
        """Megabytes on disk for the outputs of one script."""
        self._owner = secrets.token_hex(8)

    def _prepare_exit(self) -> None:
        for link in self._links.values():
            link.close()

    def __iter__(self) -> Iterator[Notebook]:
        return iter(self._notebooks.values())

    def get(self, uri: str) -> Notebook | None:
        """Return the open notebook of that URI, or None."""
        return self._notebooks.get(uri)

    def open(
        self,
        uri: str,
        language_id: str | None,
        version: int,
        content: str,
        *,
        client: ClientInfo | None = None,
    ) -> Notebook:
        """Add a document that the editor has opened; its stored outputs follow later.

        No cell is run and no process is started; a running session is joined, as ``client`` if this
        document needs another one than the workspace.
        """
        if uri in self._notebooks:
            self.close(uri)
        path = path_of(uri)
        name = str(path) if path else _name_of(uri)
        notebook = Notebook(uri, name, path, language_of(name, language_id), self._listener)
        location, cwd = self._place_of(path, name)

        def failed(error: Exception) -> None:
            self._fault(name, error)
            link.on_fault()

        link = SessionLink(
            location,
            notebook,
            TaskScope(self, failed),
            client=client or self.client,
            plan=HostPlan(cwd, self.idle_hours),
        )
        kernels = KernelChooser(location, path, notebook.language, self.preferences)
        kernels.on_refusal = lambda refused: self._listener.file_refused(notebook, refused)
        notebook.bind(link, kernels)
        notebook.load(version, content)
        notebook.limit = self.limit
        notebook.follows = (client or self.client).kind is ClientKind.AGENT
        self._notebooks[uri], self._links[uri] = notebook, link
        return notebook

    def _place_of(self, path: Path | None, name: str) -> tuple[Location, Path]:
        """Return the location of a document's session, and the directory of its kernel."""
        if path is not None:
            return locations.of_script(path), path.parent
        return locations.of_unsaved(name, self._owner), Path.home()

    def configure(
        self, *, preferences: Preferences, idle_hours: float, limit: int | None = None
    ) -> None:
        """Apply settings, also to open documents; a running kernel stays."""
        self.preferences = preferences
        self.idle_hours = idle_hours
        self.limit = self.limit if limit is None else limit
        for notebook in self:
            notebook.kernels.preferences = preferences
            notebook.limit = self.limit
        for link in self._links.values():
            link.configure(idle_hours)

    def change(self, uri: str, version: int, changes: Sequence[Change]) -> Notebook | None:
        """Apply the editor's changes; None if the document is not open."""
        notebook = self._notebooks.get(uri)
        if notebook is not None:
            notebook.edit(version, changes)
        return notebook

    def close(self, uri: str) -> None:
        """Close a document; its session keeps running."""
        notebook, link = self._notebooks.pop(uri, None), self._links.pop(uri, None)
        if notebook is not None and link is not None:
            self.start(_store_and_close(notebook, link), lambda error: self._fault("", error))


async def _store_and_close(notebook: Notebook, link: SessionLink) -> None:
    """Store the last cells, then close the connection."""
    try:
        await asyncio.wait_for(notebook.store_cells(), timeout=2.0)
    except (SessionError, TimeoutError) as error:
        log.info("The cells of %s were not stored on closing: %s", notebook.name, error)
    finally:
        link.close()


def path_of(uri: str) -> Path | None:
    """Return the file of a ``file:`` URI; None for other schemes, such as ``untitled:``.

    A notebook editor shows a file as a separate document that shares the file's session.
    """
    parts = urlsplit(uri.removeprefix(NOTEBOOK_VIEW))
    if parts.scheme != "file":
        return None
    return Path(unquote(parts.path))


def _name_of(uri: str) -> str:
    """Return the name of an unsaved document."""
    return unquote(uri.removeprefix(NOTEBOOK_VIEW).partition(":")[2].lstrip("/")) or uri
