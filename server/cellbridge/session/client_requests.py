"""The requests of a client to its session's host, one method for each.

Owns the calls and the types of their results. It must not know the connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cellbridge.core.code_info import Completions, Inspection, Signatures
from cellbridge.core.output.outputs import Output
from cellbridge.core.output.plots import PlotFormat, PlotImage, PlotList
from cellbridge.core.runs.agents import OpenText
from cellbridge.core.runs.debug_status import TextCell
from cellbridge.core.runs.frames import SelectedFrame
from cellbridge.core.runs.limits import Limits
from cellbridge.core.runs.runs import RunRequest
from cellbridge.core.runs.start_options import AS_IT_IS, Startup
from cellbridge.core.saved_variables import SavedVariables
from cellbridge.core.variables import VariableAnswer, VariableQuery
from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.session import messages as m
from cellbridge.session import text_messages as t
from cellbridge.session.plot_messages import GetPlot, ListPlots
from cellbridge.session.widget_messages import SendWidgets, WatchWidgets


class SessionRequests:
    """A client that can send calls to its host.

    Each method raises a SessionError: the host refuses the request, does not answer, or has ended.
    """

    async def _call(self, call: m.Call, result: Any = None) -> Any:
        """Return the result of ``call``, checked against the type ``result``."""
        raise NotImplementedError

    async def execute(
        self,
        runs: Sequence[RunRequest],
        *,
        kernel: str | None,
        language: str,
        startup: Startup = AS_IT_IS,
        stop_on_entry: bool = False,
    ) -> list[str]:
        """Queue runs; return their ids. See `cellbridge.session.messages.Execute`."""
        call = m.Execute(list(runs), language, kernel, startup, stop_on_entry)
        return await self._call(call, list[str])

    async def warm(self, *, kernel: str | None, language: str, startup: Startup) -> None:
        """Start a kernel if none runs; return before it is ready."""
        await self._call(m.Warm(language, kernel, startup))

    async def cancel(self, run_ids: Sequence[str]) -> None:
        """Remove runs from the queue."""
        await self._call(m.Cancel(list(run_ids)))

    async def interrupt(self, *, agents: bool = False) -> None:
        """Interrupt the running cell and empty the queue; ``agents``: only runs of agents."""
        await self._call(m.Interrupt(agents))

    async def restart(
        self, *, kernel: str | None, language: str, startup: Startup = AS_IT_IS
    ) -> None:
        """Replace the kernel; return when the new one is ready."""
        await self._call(m.Restart(language, kernel, startup))

    async def limit(self, limits: Limits | None) -> None:
        """Set the limits of the session's kernel; None for those of the settings."""
        await self._call(m.Limit(limits))

    async def save_variables(self, names: Sequence[str]) -> SavedVariables:
        """Save the kernel's variables with these names; all if empty."""
        return await self._call(m.SaveVariables(list(names)), SavedVariables)

    async def restore_variables(self, names: Sequence[str]) -> SavedVariables:
        """Load saved variables into the kernel, which must be running or starting."""
        return await self._call(m.RestoreVariables(list(names)), SavedVariables)

    async def clear_outputs(self, run_ids: Sequence[str], *, everything: bool = False) -> None:
        """Remove these runs and their outputs; those that have not ended stay.

        ``everything``: see `cellbridge.session.messages.ClearOutputs`.
        """
        await self._call(m.ClearOutputs(list(run_ids), everything))

    async def recover_outputs(self) -> m.RecoveryResult:
        """Restore the readable outputs of damaged stores that were put aside."""
        return await self._call(m.RecoverOutputs(), m.RecoveryResult)

    async def answer_input(self, run_id: str, text: str) -> None:
        """Send a line of text to a cell that waits for input."""
        await self._call(m.AnswerInput(run_id, text))

    async def complete(self, code: str, offset: int, *, frame: bool = False) -> Completions:
        """Request completions from the live kernel."""
        return await self._call(m.Complete(code, offset, frame), Completions)

    async def inspect(self, code: str, offset: int, *, frame: bool = False) -> Inspection:
        """Request documentation of a name from the live kernel."""
        return await self._call(m.Inspect(code, offset, frame), Inspection)

    async def signature(self, code: str, offset: int, *, frame: bool = False) -> Signatures:
        """Request a function's signatures from the live kernel."""
        return await self._call(m.GetSignatures(code, offset, frame), Signatures)

    async def query_variables(self, question: VariableQuery) -> VariableAnswer:
        """Query variables and tables of the live kernel."""
        return await self._call(m.QueryVariables(question), VariableAnswer)

    async def fetch_outputs(self, run_id: str) -> list[Output]:
        """Return the outputs of a run with their whole texts."""
        return await self._call(m.FetchOutputs(run_id), list[Output])

    async def list_plots(self) -> PlotList:
        """Return the history of plots; see `cellbridge.session.plot_messages.ListPlots`."""
        return await self._call(ListPlots(), PlotList)

    async def get_plot(
        self, plot_id: str, drawn_as: PlotFormat | None = None, scale: float = 1.0
    ) -> PlotImage:
        """Return an image of the history; see `cellbridge.session.plot_messages.GetPlot`."""
        return await self._call(GetPlot(plot_id, drawn_as, scale), PlotImage)

    async def store_cells(self, cells: Sequence[m.StoredCell]) -> None:
        """Store the document's cells, so that they are recognised when it is opened again."""
        await self._call(m.StoreCells(list(cells)))

    async def ask_access(self, *, new: bool = False) -> bool | None:
        """Ask the user for permission; see `cellbridge.session.messages.AskAccess`."""
        return await self._call(m.AskAccess(new), bool | None)

    async def allow_agents(self, *, allowed: bool, remember: bool) -> None:
        """Allow agents in this session, or end this; with ``remember``, for the script."""
        await self._call(m.AllowAgents(allowed, remember))

    async def get_text(self, content: str) -> OpenText:
        """Return the present text of the script, of which ``content`` is the text of the file."""
        return await self._call(m.GetText(content), OpenText)

    async def give_text(self, text: OpenText) -> None:
        """Answer the host's request for the text of an editor."""
        await self._call(m.GiveText(text))

    async def watch_text(self, content: str | None) -> None:
        """Follow the text of the script, or stop; see `cellbridge.session.text_messages`."""
        await self._call(t.WatchText(content))

    async def share_text(self, text: OpenText) -> None:
        """Send the text of an editor to the clients that follow it."""
        await self._call(t.ShareText(text))

    async def share_cursor(self, cell: str) -> None:
        """Send the cell of an editor's cursor to the clients that follow the text."""
        await self._call(t.ShareCursor(cell))

    async def show_cell(self, cell: str, line: int) -> None:
        """Show a cell in the editor that was used last."""
        await self._call(t.ShowCell(cell, line))

    async def watch_widgets(self, *, watch: bool = True) -> None:
        """Receive the states of all widgets, before this returns, and from then on each change."""
        await self._call(WatchWidgets(watch))

    async def send_widgets(self, messages: Sequence[WidgetMessage]) -> None:
        """Send the user's changes of widgets to the kernel and to the other clients."""
        await self._call(SendWidgets(list(messages)))

    async def describe(self) -> m.Description:
        """Return the session's entry in a list of sessions."""
        return await self._call(m.Describe(), m.Description)

    async def debug(self, command: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a request of the Debug Adapter Protocol; return the body of its response."""
        return await self._call(m.DebugRequest(command, dict(arguments)), dict[str, Any])

    async def debug_text(self, cells: Sequence[TextCell], *, live: bool, path: str = "") -> None:
        """Send the host the open text; see `cellbridge.session.messages.DebugText`."""
        await self._call(m.DebugText(list(cells), live, path))

    async def select_frame(self, depth: int | None, run: str = "") -> SelectedFrame | None:
        """Select a frame, or none; see `cellbridge.session.messages.SelectFrame`."""
        return await self._call(m.SelectFrame(depth, run), SelectedFrame | None)
