"""All messages and commands that Cellbridge adds to the Language Server Protocol.

Owns their names, shapes and meaning. TypeScript and Lua types and docs/protocol.md are generated
from the modules of this package, so the modules contain only declarations: no behaviour, no
conversion. Each module lists its messages as ``METHODS`` and its commands as ``COMMANDS``; a new
module is added to ``PARTS`` (registry.py).

On the wire, names are camelCase, and a field that has its default value is omitted. Positions and
ranges are those of the Language Server Protocol and count characters in the encoding agreed on at
``initialize``. Times are seconds since the epoch, durations are seconds.

With ``capabilities.experimental.cellbridge = {"outputs": true}``, a client announces that it draws
outputs itself; only such clients receive ``cellbridge/cellsChanged``, ``cellbridge/kernelChanged``
and ``cellbridge/agentsChanged``. With ``{"debug": true}``, it announces a debugger of its own: its
code lenses have *Debug*, which executes the client's command ``cellbridge.debugCell`` with the
argument of ``cellbridge.runCell``. The server announces
``capabilities.experimental.cellbridge = {"protocol": 1}``.

Cancelling the request of a run command stops the wait for its answer, never the run, because
editors cancel requests for their own reasons. ``cellbridge.interrupt`` and Cancel on the progress
notification stop a run.
"""

from cellbridge.lsp.protocol.agents import Agents as Agents
from cellbridge.lsp.protocol.agents import AgentsChangedParams as AgentsChangedParams
from cellbridge.lsp.protocol.agents import AllowAgentsArguments as AllowAgentsArguments
from cellbridge.lsp.protocol.cells import (
    Cell as Cell,
)
from cellbridge.lsp.protocol.cells import (
    CellKind as CellKind,
)
from cellbridge.lsp.protocol.cells import (
    CellsChangedParams as CellsChangedParams,
)
from cellbridge.lsp.protocol.cells import (
    CellsResult as CellsResult,
)
from cellbridge.lsp.protocol.cells import (
    Debugger as Debugger,
)
from cellbridge.lsp.protocol.cells import (
    DebugStop as DebugStop,
)
from cellbridge.lsp.protocol.cells import (
    DocumentParams as DocumentParams,
)
from cellbridge.lsp.protocol.cells import (
    InputRequest as InputRequest,
)
from cellbridge.lsp.protocol.cells import (
    Kernel as Kernel,
)
from cellbridge.lsp.protocol.cells import (
    KernelChangedParams as KernelChangedParams,
)
from cellbridge.lsp.protocol.cells import (
    OutputsParams as OutputsParams,
)
from cellbridge.lsp.protocol.cells import (
    OutputsResult as OutputsResult,
)
from cellbridge.lsp.protocol.cells import (
    Run as Run,
)
from cellbridge.lsp.protocol.cells import (
    RunState as RunState,
)
from cellbridge.lsp.protocol.cells import (
    SelectionRun as SelectionRun,
)
from cellbridge.lsp.protocol.commands import (
    AdvanceResult as AdvanceResult,
)
from cellbridge.lsp.protocol.commands import (
    CellArguments as CellArguments,
)
from cellbridge.lsp.protocol.commands import (
    CellPosition as CellPosition,
)
from cellbridge.lsp.protocol.commands import (
    CellResult as CellResult,
)
from cellbridge.lsp.protocol.commands import (
    ClearOutputsArguments as ClearOutputsArguments,
)
from cellbridge.lsp.protocol.commands import (
    EditArguments as EditArguments,
)
from cellbridge.lsp.protocol.commands import (
    InputArguments as InputArguments,
)
from cellbridge.lsp.protocol.commands import (
    NotebookArguments as NotebookArguments,
)
from cellbridge.lsp.protocol.commands import (
    PositionResult as PositionResult,
)
from cellbridge.lsp.protocol.commands import (
    RunAllArguments as RunAllArguments,
)
from cellbridge.lsp.protocol.commands import (
    RunResult as RunResult,
)
from cellbridge.lsp.protocol.commands import (
    SelectionArguments as SelectionArguments,
)
from cellbridge.lsp.protocol.conversion import (
    ConvertArguments as ConvertArguments,
)
from cellbridge.lsp.protocol.conversion import (
    ConvertResult as ConvertResult,
)
from cellbridge.lsp.protocol.debugging import BreakpointResult as BreakpointResult
from cellbridge.lsp.protocol.debugging import RunByLineArguments as RunByLineArguments
from cellbridge.lsp.protocol.debugging import StepArguments as StepArguments
from cellbridge.lsp.protocol.debugging import StepResult as StepResult
from cellbridge.lsp.protocol.declarations import Command as Command
from cellbridge.lsp.protocol.declarations import Method as Method
from cellbridge.lsp.protocol.documents import (
    OpenOutputArguments as OpenOutputArguments,
)
from cellbridge.lsp.protocol.documents import (
    OpenResult as OpenResult,
)
from cellbridge.lsp.protocol.documents import (
    RestoreCellArguments as RestoreCellArguments,
)
from cellbridge.lsp.protocol.frames import FramesResult as FramesResult
from cellbridge.lsp.protocol.frames import StackFrame as StackFrame
from cellbridge.lsp.protocol.kernel_state import SavedVariable as SavedVariable
from cellbridge.lsp.protocol.kernel_state import SaveResult as SaveResult
from cellbridge.lsp.protocol.kernel_state import SetLimitsArguments as SetLimitsArguments
from cellbridge.lsp.protocol.kernel_state import SkippedVariable as SkippedVariable
from cellbridge.lsp.protocol.kernel_state import VariablesArguments as VariablesArguments
from cellbridge.lsp.protocol.kernels import (
    InstallKernelPackageArguments as InstallKernelPackageArguments,
)
from cellbridge.lsp.protocol.kernels import (
    InstallPackageArguments as InstallPackageArguments,
)
from cellbridge.lsp.protocol.kernels import (
    KernelChoice as KernelChoice,
)
from cellbridge.lsp.protocol.kernels import (
    KernelDetails as KernelDetails,
)
from cellbridge.lsp.protocol.kernels import (
    KernelsParams as KernelsParams,
)
from cellbridge.lsp.protocol.kernels import (
    KernelsResult as KernelsResult,
)
from cellbridge.lsp.protocol.kernels import (
    SelectKernelArguments as SelectKernelArguments,
)
from cellbridge.lsp.protocol.kernels import (
    Session as Session,
)
from cellbridge.lsp.protocol.kernels import (
    SessionsParams as SessionsParams,
)
from cellbridge.lsp.protocol.kernels import (
    SessionsResult as SessionsResult,
)
from cellbridge.lsp.protocol.kernels import (
    TrustFolderArguments as TrustFolderArguments,
)
from cellbridge.lsp.protocol.notebooks import (
    NotebookCell as NotebookCell,
)
from cellbridge.lsp.protocol.notebooks import (
    NotebookPosition as NotebookPosition,
)
from cellbridge.lsp.protocol.notebooks import (
    NotebookTextResult as NotebookTextResult,
)
from cellbridge.lsp.protocol.notebooks import (
    ReadNotebookParams as ReadNotebookParams,
)
from cellbridge.lsp.protocol.notebooks import (
    ReadNotebookResult as ReadNotebookResult,
)
from cellbridge.lsp.protocol.notebooks import (
    WriteNotebookParams as WriteNotebookParams,
)
from cellbridge.lsp.protocol.notebooks import (
    WriteNotebookResult as WriteNotebookResult,
)
from cellbridge.lsp.protocol.outputs import (
    ErrorOutput as ErrorOutput,
)
from cellbridge.lsp.protocol.outputs import (
    Output as Output,
)
from cellbridge.lsp.protocol.outputs import (
    RichOutput as RichOutput,
)
from cellbridge.lsp.protocol.outputs import (
    TextAppend as TextAppend,
)
from cellbridge.lsp.protocol.outputs import (
    TextOutput as TextOutput,
)
from cellbridge.lsp.protocol.outputs import (
    TracebackFrame as TracebackFrame,
)
from cellbridge.lsp.protocol.page import CursorParams as CursorParams
from cellbridge.lsp.protocol.page import OpenPageArguments as OpenPageArguments
from cellbridge.lsp.protocol.page import OpenPageResult as OpenPageResult
from cellbridge.lsp.protocol.plots import Plot as Plot
from cellbridge.lsp.protocol.plots import PlotParams as PlotParams
from cellbridge.lsp.protocol.plots import PlotResult as PlotResult
from cellbridge.lsp.protocol.plots import PlotsChangedParams as PlotsChangedParams
from cellbridge.lsp.protocol.plots import PlotsParams as PlotsParams
from cellbridge.lsp.protocol.plots import PlotsResult as PlotsResult
from cellbridge.lsp.protocol.registry import (
    COMMANDS as COMMANDS,
)
from cellbridge.lsp.protocol.registry import (
    METHODS as METHODS,
)
from cellbridge.lsp.protocol.registry import (
    PARTS as PARTS,
)
from cellbridge.lsp.protocol.registry import (
    PROTOCOL as PROTOCOL,
)
from cellbridge.lsp.protocol.tables import (
    HistogramBin as HistogramBin,
)
from cellbridge.lsp.protocol.tables import (
    TableColumn as TableColumn,
)
from cellbridge.lsp.protocol.tables import (
    TableExportParams as TableExportParams,
)
from cellbridge.lsp.protocol.tables import (
    TableExportResult as TableExportResult,
)
from cellbridge.lsp.protocol.tables import (
    TableFilter as TableFilter,
)
from cellbridge.lsp.protocol.tables import (
    TableParams as TableParams,
)
from cellbridge.lsp.protocol.tables import (
    TableResult as TableResult,
)
from cellbridge.lsp.protocol.tables import (
    TableSort as TableSort,
)
from cellbridge.lsp.protocol.tables import (
    TableSummaryParams as TableSummaryParams,
)
from cellbridge.lsp.protocol.tables import (
    TableSummaryResult as TableSummaryResult,
)
from cellbridge.lsp.protocol.tables import (
    TopValue as TopValue,
)
from cellbridge.lsp.protocol.variables import (
    RenameVariableArguments as RenameVariableArguments,
)
from cellbridge.lsp.protocol.variables import (
    ShowTableArguments as ShowTableArguments,
)
from cellbridge.lsp.protocol.variables import (
    ShowVariablesArguments as ShowVariablesArguments,
)
from cellbridge.lsp.protocol.variables import (
    TextResult as TextResult,
)
from cellbridge.lsp.protocol.variables import (
    Variable as Variable,
)
from cellbridge.lsp.protocol.variables import (
    VariableArguments as VariableArguments,
)
from cellbridge.lsp.protocol.variables import (
    VariablesChangedParams as VariablesChangedParams,
)
from cellbridge.lsp.protocol.variables import (
    VariablesParams as VariablesParams,
)
from cellbridge.lsp.protocol.variables import (
    VariablesResult as VariablesResult,
)
from cellbridge.lsp.protocol.widgets import WidgetBuffer as WidgetBuffer
from cellbridge.lsp.protocol.widgets import WidgetMessage as WidgetMessage
from cellbridge.lsp.protocol.widgets import WidgetModuleParams as WidgetModuleParams
from cellbridge.lsp.protocol.widgets import WidgetModuleResult as WidgetModuleResult
from cellbridge.lsp.protocol.widgets import WidgetsChangedParams as WidgetsChangedParams
from cellbridge.lsp.protocol.widgets import WidgetSendParams as WidgetSendParams
from cellbridge.lsp.protocol.widgets import WidgetsParams as WidgetsParams
from cellbridge.lsp.protocol.widgets import WidgetsResult as WidgetsResult
