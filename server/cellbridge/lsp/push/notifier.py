"""Where the workspace's news meet everyone who tells the editor of them.

Owns who is told of what. It must not know how anything is sent.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.lsp.context import Context
from cellbridge.lsp.push import ignored_files
from cellbridge.lsp.push.assignment_values import LineValues
from cellbridge.lsp.push.cells import CellNews
from cellbridge.lsp.push.code_problems import Problems
from cellbridge.lsp.push.diagnostics import Diagnostics
from cellbridge.lsp.push.document_refresh import DocumentNews
from cellbridge.lsp.push.elapsed_time import Ticking
from cellbridge.lsp.push.kernel_events import KernelNews
from cellbridge.lsp.push.notices import Notices
from cellbridge.lsp.push.progress import Progress
from cellbridge.lsp.push.refresh import Refresh
from cellbridge.lsp.push.unresponsive_kernels import Silence
from cellbridge.lsp.push.variables import VariableNews
from cellbridge.lsp.status_text import forgotten
from cellbridge.workspace.notebook import Notebook


class Hub:
    """The listener of the workspace, and of the documents' own changes."""

    _context: Context
    cells: CellNews
    progress: Progress
    variables: VariableNews
    _diagnostics: Diagnostics
    _documents: DocumentNews
    _kernel: KernelNews
    _notices: Notices
    _problems: Problems
    _refresh: Refresh
    _silence: Silence
    _ticking: Ticking
    _values: LineValues

    def bind(self, context: Context) -> None:
        """Take up the editor; once, before any document is opened."""
        self._context = context
        self.cells = CellNews(context)
        self.progress = Progress(context)
        self.variables = VariableNews(context)
        self._diagnostics = Diagnostics(context)
        self._documents = DocumentNews(context)
        self._kernel = KernelNews(context)
        self._notices = Notices(context)
        self._problems = Problems(context, self._diagnostics.wake)
        self._refresh = Refresh(context)
        self._silence = Silence(context, self.progress.update)
        self._ticking = Ticking(context, self._time_passed)
        self._values = LineValues(context, self._refresh.wake)
        for part in (self.cells, self.variables, self._diagnostics, self._refresh):
            context.background.keep(part.run)
        for part in (self._ticking, self._values, self._problems, self._silence):
            context.background.keep(part.run)
        context.background.keep(self._documents.run)

    # --- the workspace's listener ----------------------------------------------------------------

    def cells_changed(self, notebook: Notebook, cell_ids: frozenset[str]) -> None:  # noqa: ARG002
        """Runs, outputs or freshness of these cells have changed."""
        # Which cells these are is not noted: everyone told here compares with what was said last.
        if self._context.workspace.get(notebook.uri) is not notebook:
            return
        self.cells.wake(notebook.uri)
        self._diagnostics.wake(notebook.uri)
        self._documents.wake()
        self._refresh.wake()
        self._ticking.update()
        self._values.update(notebook)
        self.progress.update(notebook)
        self.variables.update(notebook)
        self._problems.update(notebook)

    def kernel_changed(self, notebook: Notebook) -> None:
        """The kernel's status or the session's notices have changed."""
        if self._context.workspace.get(notebook.uri) is notebook:
            self.cells.wake(notebook.uri)
            self.progress.update(notebook)
            self._kernel.update(notebook)
            self._notices.update(notebook)
            self._documents.wake()
            self.variables.update(notebook)
            self._problems.update(notebook)

    def outputs_forgotten(self, notebook: Notebook, cells: int) -> None:
        """Say that what was kept of removed cells is gone, and how to keep more."""
        said = forgotten(notebook.name, cells, notebook.limit)
        self._context.editor.show(said, lsp.MessageType.Info)

    def file_refused(self, notebook: Notebook, refused: Refusal) -> None:
        """Report a file near the script that another user could have written, with what to do."""
        if self._context.workspace.get(notebook.uri) is notebook:
            ignored_files.report(self._context, notebook, refused)

    # --- the editor's own doings -----------------------------------------------------------------

    def document_changed(self, notebook: Notebook) -> None:
        """The text is new; an editor asks for lenses and hints by itself then."""
        self._ticking.edited()
        self._problems.edited(notebook)
        self.cells.wake(notebook.uri)
        self._diagnostics.wake(notebook.uri)

    def document_closed(self, uri: str) -> None:
        """A document has been closed."""
        for part in (
            self.cells,
            self.progress,
            self.variables,
            self._values,
            self._diagnostics,
            self._kernel,
            self._notices,
            self._problems,
            self._silence,
        ):
            part.closed(uri)

    def _time_passed(self, notebook: Notebook) -> None:
        """Have what is said of a running cell told anew; clients that draw count by themselves."""
        self._diagnostics.wake(notebook.uri)
        self._refresh.wake()
        self.progress.update(notebook)

    def settings_changed(self) -> None:
        """What is shown may have to be shown otherwise."""
        for notebook in self._context.workspace:
            self._diagnostics.wake(notebook.uri)
            self._values.update(notebook)
            self._problems.update(notebook)
        self._refresh.wake()
