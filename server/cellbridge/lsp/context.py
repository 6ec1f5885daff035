"""What every handler works with: the editor, the notebooks, the settings.

Owns nothing but the references, and two questions that every handler asks. It must not know any
feature: features know it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cellbridge.analysis.sources import CursorQuery, LiveSource
from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.core.code_info import Candidate
from cellbridge.core.config import Config
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.python.unbound import SyntaxProblem, Use
from cellbridge.core.runs.runs import KernelState
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.lsp.background_tasks import Background
from cellbridge.lsp.client_capabilities import ClientFeatures
from cellbridge.lsp.documents.followed_documents import Followed
from cellbridge.lsp.editor import Editor
from cellbridge.lsp.errors import NotOpenError
from cellbridge.lsp.ordered_edits import Edits
from cellbridge.lsp.positions import Converter
from cellbridge.lsp.timeout_source import Watched
from cellbridge.workspace.notebook import Notebook
from cellbridge.workspace.pair_sync import Keeper
from cellbridge.workspace.workspace import Workspace


def _believe(_: Notebook) -> None:
    """Doubt nobody: as long as there is no one to look into it."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A list of completions that was sent; only the last one is kept."""

    number: int
    uri: str
    question: CursorQuery
    receiver: str
    items: Sequence[Candidate]
    silent: bool = False
    """The kernel did not answer in time when the list was made."""


@dataclass(frozen=True, slots=True)
class CellProblems:
    """What there is to say against the text of one cell."""

    names: tuple[Use, ...]
    """Names that neither the script nor its kernel knows."""
    fault: SyntaxProblem | None
    """Where the cell stops being Python."""


@dataclass(slots=True)
class Context:
    """The server's state, of which the settings alone are ever replaced."""

    client: ClientFeatures
    editor: Editor
    workspace: Workspace
    static: StaticPython
    background: Background
    config: Config = field(default_factory=Config)
    keeper: Keeper = field(default_factory=Keeper)
    """Who keeps the notebooks of open scripts in step."""
    values: dict[str, dict[str, dict[str, str]]] = field(
        default_factory=dict[str, dict[str, dict[str, str]]]
    )
    """By document and run, the values of the names that the run has bound
    (push/assignment_values.py)."""
    problems: dict[str, dict[str, CellProblems]] = field(
        default_factory=dict[str, dict[str, CellProblems]]
    )
    """By document and cell's source, what speaks against it (push/code_problems.py)."""
    edits: dict[str, Edits] = field(default_factory=dict[str, Edits])
    """By document, the last edits."""
    silent: set[str] = field(default_factory=set[str])
    """Documents whose kernel answers nothing while it runs (push/unresponsive_kernels.py)."""
    doubt: Callable[[Notebook], None] = _believe
    """To be told of a notebook whose kernel did not answer in time."""
    followed: Followed = field(default_factory=Followed)
    """The virtual documents that the editor has asked for."""
    refused: dict[str, dict[Path, Refusal]] = field(default_factory=dict[str, dict[Path, Refusal]])
    """By document and folder, what was not used of another user's (push/ignored_files.py)."""
    offered: Offered | None = None
    """The last list of completions, for the details that are asked for one by one."""

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
            NotOpenError: it is not open here.
        """
        notebook = self.workspace.get(uri)
        if notebook is None:
            raise NotOpenError(uri)
        return notebook

    def folders(self, notebook: Notebook) -> list[Path]:
        """Return the folders that the person has open, or else the document's own."""
        if self.client.folders:
            return [Path(folder) for folder in self.client.folders]
        return [notebook.path.parent] if notebook.path is not None else []

    def live(self, notebook: Notebook) -> LiveSource | None:
        """Return the notebook's kernel as a source of knowledge, where it lives and may be asked.

        A kernel that starts, restarts or is gone is none: nothing is missing then that waiting or
        asking again would bring.
        """
        lives = notebook.kernel.state in {KernelState.IDLE, KernelState.BUSY}
        if not lives or not self.config.completion.live:
            return None
        return Watched(notebook, lambda: self.doubt(notebook))

    def analyser(self, notebook: Notebook) -> StaticPython | None:
        """Return the analyser of the document's text, if there is one and the settings allow it."""
        wanted = self.config.completion.static and notebook.language == PYTHON
        return self.static.for_interpreter(notebook.kernel.python) if wanted else None
