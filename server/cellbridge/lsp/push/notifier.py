"""The dispatch of changes in the workspace to the parts that notify the editor.

Owns which part handles which change. It must not know how a message is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.lsp.context import Context
from cellbridge.lsp.push import ignored_files
from cellbridge.lsp.push.assignment_values import AssignmentValues
from cellbridge.lsp.push.cells import CellNotifications
from cellbridge.lsp.push.code_problems import CodeProblems
from cellbridge.lsp.push.current_frame import FrameValues
from cellbridge.lsp.push.diagnostics import Diagnostics
from cellbridge.lsp.push.document_refresh import DocumentRefresh
from cellbridge.lsp.push.elapsed_time import ElapsedTime
from cellbridge.lsp.push.kernel_events import KernelEvents
from cellbridge.lsp.push.notices import Notices
from cellbridge.lsp.push.plots import PlotNotifications
from cellbridge.lsp.push.progress import Progress
from cellbridge.lsp.push.refresh import Refresh
from cellbridge.lsp.push.type_problems import TypeProblems
from cellbridge.lsp.push.unresponsive_kernels import UnresponsiveKernels
from cellbridge.lsp.push.variables import VariableNotifications
from cellbridge.lsp.status_text import forgotten_outputs_message
from cellbridge.workspace.notebook import Notebook

if TYPE_CHECKING:
    from cellbridge.lsp.push.agent_questions import AgentQuestions
    from cellbridge.lsp.push.stepped_values import SteppedHints

_ENDED = frozenset({KernelState.DEAD, KernelState.STOPPED, KernelState.ABSENT})


class Notifier:
    """The listener of the workspace, and of the documents' own changes."""

    _context: Context
    cells: CellNotifications
    plots: PlotNotifications
    progress: Progress
    variables: VariableNotifications
    _diagnostics: Diagnostics
    _documents: DocumentRefresh
    _frame: FrameValues
    _kernel: KernelEvents
    _notices: Notices
    _problems: CodeProblems
    _refresh: Refresh
    _silence: UnresponsiveKernels
    _ticking: ElapsedTime
    _types: TypeProblems
    _values: AssignmentValues
    _questions: AgentQuestions | None = None
    _stepped: SteppedHints | None = None
    """None until this server debugs a document: its module is loaded only then."""
    _left: str = ""
    """The document whose imports the analyser has left to a kernel."""

    def bind(self, context: Context) -> None:
        """Connect the editor; once, before any document is opened."""
        self._context = context
        self.cells = CellNotifications(context)
        self.plots = PlotNotifications(context)
        self.progress = Progress(context)
        self.variables = VariableNotifications(context)
        self._diagnostics = Diagnostics(context)
        self._documents = DocumentRefresh(context)
        self._frame = FrameValues(context, self._update_texts)
        self._kernel = KernelEvents(context)
        self._notices = Notices(context)
        self._problems = CodeProblems(context, self._diagnostics.wake)
        self._refresh = Refresh(context)
        self._types = TypeProblems(context, self._diagnostics.wake)
        self._silence = UnresponsiveKernels(context, self.progress.update)
        self._ticking = ElapsedTime(context, self._update_texts)
        self._values = AssignmentValues(context, self._refresh.wake)
        for part in (self.cells, self.plots, self.variables, self._diagnostics, self._refresh):
            context.background.keep(part.run)
        for part in (self._ticking, self._values, self._problems, self._silence):
            context.background.keep(part.run)
        for part in (self._documents, self._types, self._frame):
            context.background.keep(part.run)

    # --- the workspace's listener ----------------------------------------------------------------

    def cells_changed(self, notebook: Notebook, cell_ids: frozenset[str]) -> None:  # noqa: ARG002
        """Handle changed runs, outputs or freshness of these cells."""
        # The ids are not used: each part below compares with the state that it sent last.
        if self._context.workspace.get(notebook.uri) is not notebook:
            return
        self.cells.wake(notebook.uri)
        self._diagnostics.wake(notebook.uri)
        self._documents.wake()
        self._refresh.wake()
        self._ticking.update()
        self._values.update(notebook)
        self._context.stepping.update(notebook)
        self._update_stepped(notebook)
        self.progress.update(notebook)
        self.variables.update(notebook)
        self._problems.update(notebook)
        self._types.update(notebook)

    def kernel_changed(self, notebook: Notebook) -> None:
        """Handle a changed kernel status, or changed notices or agents of the session."""
        if self._context.workspace.get(notebook.uri) is notebook:
            if notebook.agents.status.asking:
                self._ask_for_agents(notebook)
            self.cells.wake(notebook.uri)
            self._ticking.update()
            self._context.stepping.update(notebook)
            self._update_stepped(notebook)
            self.progress.update(notebook)
            self._frame.update(notebook)
            self._kernel.update(notebook)
            self._notices.update(notebook)
            self._documents.wake()
            self.variables.update(notebook)
            self.plots.update(notebook)
            self._problems.update(notebook)
            self.share_imports(notebook)
            self._types.update(notebook)

    def outputs_forgotten(self, notebook: Notebook, cells: int) -> None:
        """Show that outputs of removed cells were deleted, and how to keep more."""
        said = forgotten_outputs_message(notebook.name, cells, notebook.limit)
        self._context.editor.show(said, lsp.MessageType.Info)

    def file_refused(self, notebook: Notebook, refused: Refusal) -> None:
        """Report an ignored file near the script, which another user can change."""
        if self._context.workspace.get(notebook.uri) is notebook:
            ignored_files.report(self._context, notebook, refused)

    # --- changes by the editor -------------------------------------------------------------------

    def document_changed(self, notebook: Notebook) -> None:
        """Handle a new text; the editor then requests lenses and hints by itself."""
        self._ticking.edited()
        self._context.stepping.edited(notebook)
        self._problems.edited(notebook)
        self._types.edited(notebook)
        self.cells.wake(notebook.uri)
        self._diagnostics.wake(notebook.uri)

    def breakpoints_changed(self, notebook: Notebook) -> None:
        """Handle a breakpoint that was set or removed."""
        self._update_texts(notebook)

    def document_closed(self, uri: str) -> None:
        """Handle a closed document."""
        for part in (
            self.cells,
            self.plots,
            self.progress,
            self.variables,
            self._values,
            self._diagnostics,
            self._frame,
            self._kernel,
            self._notices,
            self._problems,
            self._silence,
            self._types,
            self._context.stepping,
        ):
            part.closed(uri)
        if self._stepped is not None:
            self._stepped.closed(uri)

    def share_imports(self, notebook: Notebook) -> None:
        """Leave the imports that a kernel has loaded to it; load them here once it has ended."""
        path = None if notebook.path is None else str(notebook.path)
        if self._context.live(notebook):
            shown = (view.shown for view in notebook.views_with_runs())
            loaded = any(run is not None and run.state is RunState.OK for run in shown)
            if loaded and self._context.static.warms(path):
                self._context.static.stop_warming()
                self._left = notebook.uri
        elif self._left == notebook.uri and notebook.kernel.state in _ENDED:
            self._left = ""
            if analyser := self._context.analyser(notebook):
                analyser.warm(notebook.text.content, path)

    def _ask_for_agents(self, notebook: Notebook) -> None:
        from cellbridge.lsp.push.agent_questions import AgentQuestions  # noqa: PLC0415 (on demand)

        self._questions = self._questions or AgentQuestions(self._context)
        self._questions.update(notebook)

    def _update_stepped(self, notebook: Notebook) -> None:
        """Update the values in code that is stepped through."""
        if self._stepped is None and self._context.stepping.of(notebook) is not None:
            from cellbridge.lsp.push.stepped_values import SteppedHints  # noqa: PLC0415 - see above

            self._stepped = SteppedHints(self._context, self._update_texts)
            self._context.background.keep(self._stepped.run)
        if self._stepped is not None:
            self._stepped.update(notebook)

    def _update_texts(self, notebook: Notebook) -> None:
        """Update the text about a running cell; clients that draw outputs do it by themselves."""
        self._diagnostics.wake(notebook.uri)
        self._refresh.wake()
        self.progress.update(notebook)

    def settings_changed(self) -> None:
        """Update everything that depends on the settings."""
        for notebook in self._context.workspace:
            self._diagnostics.wake(notebook.uri)
            self._values.update(notebook)
            self._problems.update(notebook)
        self._types.update_all()
        self._refresh.wake()
