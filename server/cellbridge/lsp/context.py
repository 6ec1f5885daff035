"""The context of every handler: the editor, the notebooks and the settings.

Owns only the references, and helpers that every handler needs. It must not know any feature:
features know it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cellbridge.analysis.sources import Analyser, CursorQuery, LiveSource
from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.core.code_info import Candidate
from cellbridge.core.config import Config
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.python.unbound import SyntaxProblem, Use
from cellbridge.core.runs.runs import KernelState
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.lsp.background_tasks import BackgroundTasks
from cellbridge.lsp.client_capabilities import ClientFeatures
from cellbridge.lsp.documents.followed_documents import FollowedDocuments
from cellbridge.lsp.editor import Editor
from cellbridge.lsp.engines import Engines
from cellbridge.lsp.errors import NotOpenError
from cellbridge.lsp.ordered_edits import OrderedEdits
from cellbridge.lsp.positions import Converter
from cellbridge.lsp.stepping_on_demand import SteppingOnDemand
from cellbridge.lsp.timeout_source import TimeoutSource
from cellbridge.workspace.kernel_requests import FrameQueries
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.pair_sync import PairSync
from cellbridge.workspace.workspace import Workspace

if TYPE_CHECKING:
    from cellbridge.analysis.engine.problems import Problem
    from cellbridge.core.names.stepped_values import ScopeValues


def _ignore(_: Notebook) -> None:
    """Ignore a missed answer, as long as no part handles it."""


def _ignore_request(_: str) -> None:
    """Ignore a request, as long as no part handles it."""


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A request for completions, and the event of its answer."""

    question: CursorQuery
    answered: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class SentCompletions:
    """A list of completions that was sent; only the last one is stored."""

    number: int
    uri: str
    question: CursorQuery
    receiver: str
    items: Sequence[Candidate]
    silent: bool = False
    """True if the kernel did not answer in time when the list was created."""


@dataclass(frozen=True, slots=True)
class CellProblems:
    """The problems in the text of one cell."""

    names: tuple[Use, ...]
    """Names that are defined neither in the script nor in its kernel."""
    fault: SyntaxProblem | None
    """The first syntax error, if there is one."""


@dataclass(frozen=True, slots=True)
class CellTypeProblems:
    """The problems that an engine found in one cell, in lines of the cell."""

    engine: str
    text: str
    """The cell's text when they were found."""
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Context:
    """The server's state; only the settings are ever replaced."""

    client: ClientFeatures
    editor: Editor
    workspace: Workspace
    static: StaticPython
    background: BackgroundTasks
    engines: Engines
    stepping: SteppingOnDemand
    """The documents that this server debugs."""
    config: Config = field(default_factory=Config)
    keeper: PairSync = field(default_factory=PairSync)
    """The synchronisation of open scripts with their notebooks."""
    values: dict[str, dict[str, dict[str, str]]] = field(
        default_factory=dict[str, dict[str, dict[str, str]]]
    )
    """By document and run, the values of the names that the run bound
    (push/assignment_values.py)."""
    frame_values: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """By document, the values of the names on the line of the selected frame
    (push/current_frame.py)."""
    problems: dict[str, dict[str, CellProblems]] = field(
        default_factory=dict[str, dict[str, CellProblems]]
    )
    """By document and cell's source, its problems (push/code_problems.py)."""
    type_problems: dict[str, dict[str, CellTypeProblems]] = field(
        default_factory=dict[str, dict[str, CellTypeProblems]]
    )
    """By document and cell, the problems that an engine found (push/type_problems.py)."""
    edits: dict[str, OrderedEdits] = field(default_factory=dict[str, OrderedEdits])
    """By document, the last edits."""
    silent: set[str] = field(default_factory=set[str])
    """Documents whose kernel is unresponsive while it runs (push/unresponsive_kernels.py)."""
    doubt: Callable[[Notebook], None] = _ignore
    """The callback for a notebook whose kernel did not answer in time."""
    requested: Callable[[str], None] = _ignore_request
    """The callback for the method of a request for hints or lenses."""
    followed: FollowedDocuments = field(default_factory=FollowedDocuments)
    """The virtual documents that the editor has requested."""
    refused: dict[str, dict[Path, Refusal]] = field(default_factory=dict[str, dict[Path, Refusal]])
    """By document and folder, the files that were ignored (push/ignored_files.py)."""
    mended: dict[str, None] = field(default_factory=dict[str, None])
    """The digests of the last notebooks whose repairs were reported (features/notebook_view.py)."""
    asked: dict[str, CompletionRequest] = field(default_factory=dict[str, CompletionRequest])
    """By document, the last request for completions, which replaces earlier ones."""
    stepped_values: dict[str, tuple[ScopeValues, ...]] = field(
        default_factory=dict[str, "tuple[ScopeValues, ...]"]
    )
    """By document, the values in code that is stepped through (push/stepped_values.py)."""
    offered: SentCompletions | None = None
    """The last list of completions, whose items are resolved one by one."""

    @property
    def convert(self) -> Converter:
        """The converter for the client's encoding."""
        return Converter(self.client.encoding)

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""
        return time.time()

    def notebook(self, uri: str) -> Notebook:
        """Return the open document.

        Raises:
            NotOpenError: It is not open here.
        """
        notebook = self.workspace.get(uri)
        if notebook is None:
            raise NotOpenError(uri)
        return notebook

    def uri_of(self, path: Path) -> str:
        """Return the URI of a file, as the editor writes it if the file is open."""
        opened = (notebook.uri for notebook in self.workspace if notebook.path == path)
        return next(opened, path.as_uri())

    def folders(self, notebook: Notebook) -> list[Path]:
        """Return the folders that the user has open, or else the document's own folder."""
        if self.client.folders:
            return [Path(folder) for folder in self.client.folders]
        return [notebook.path.parent] if notebook.path is not None else []

    def live(self, notebook: Notebook, query: CursorQuery | None = None) -> LiveSource | None:
        """Return the notebook's kernel as a source, if it is running and the settings allow it.

        A kernel that is starting, restarting or ended is not a source, because a later query could
        not complete the answer. A ``query`` about code of the selected frame is answered there.
        """
        lives = notebook.kernel.state in {KernelState.IDLE, KernelState.BUSY}
        if not lives or not self.config.completion.live:
            return None
        in_frame = query is not None and query.in_frame
        source = FrameQueries(notebook) if in_frame else notebook
        return TimeoutSource(source, lambda: self.doubt(notebook))

    def analyser(self, notebook: Notebook) -> Analyser | None:
        """Return the analyser of the document's text, if there is one and the settings allow it."""
        wanted = self.config.completion.static and notebook.language == PYTHON
        if not wanted or self.engines.off:
            return None
        return self.engines.source(notebook, self.static.for_interpreter(notebook.kernel.python))
