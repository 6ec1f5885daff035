"""workspace/executeCommand: from a command's name and argument to the function that executes it.

Owns the table of commands; their names and shapes are declared in protocol. Invariant: the table
contains exactly the commands of protocol.COMMANDS (tests/lsp/test_protocol.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from lsprotocol import types as lsp

from cellbridge.lsp import command_arguments
from cellbridge.lsp.commands import (
    agents,
    cell_navigation,
    conversion,
    debugging,
    frames,
    kernel,
    kernel_selection,
    kernel_state,
    outputs,
    package_installation,
    page,
    removed_cells,
    run_cells,
    trust_folder,
    variables,
)
from cellbridge.lsp.commands.invocation import Invocation
from cellbridge.lsp.context import Context
from cellbridge.lsp.errors import ArgumentError
from cellbridge.lsp.protocol import COMMANDS
from cellbridge.lsp.push.notifier import Notifier
from cellbridge.session.errors import SessionError

HANDLERS: dict[str, Callable[[Invocation, Any], Awaitable[Any]]] = {
    "cellbridge.runCell": run_cells.run_cell,
    "cellbridge.runCellAndAdvance": run_cells.run_cell_and_advance,
    "cellbridge.runAbove": run_cells.run_above,
    "cellbridge.runBelow": run_cells.run_below,
    "cellbridge.runAll": run_cells.run_all,
    "cellbridge.runSelection": run_cells.run_selection,
    "cellbridge.runByLine": debugging.run_by_line,
    "cellbridge.nextLine": debugging.next_line,
    "cellbridge.stepInto": debugging.step_into,
    "cellbridge.stepOut": debugging.step_out,
    "cellbridge.continue": debugging.continue_code,
    "cellbridge.stopDebugging": debugging.stop_debugging,
    "cellbridge.toggleBreakpoint": debugging.toggle_breakpoint,
    "cellbridge.interrupt": kernel.interrupt,
    "cellbridge.restart": kernel.restart,
    "cellbridge.restartAndRunAll": run_cells.restart_and_run_all,
    "cellbridge.startKernel": kernel.start_kernel,
    "cellbridge.shutdown": kernel.shutdown,
    "cellbridge.clearOutputs": kernel.clear_outputs,
    "cellbridge.answerInput": kernel.answer_input,
    "cellbridge.nextCell": cell_navigation.next_cell,
    "cellbridge.previousCell": cell_navigation.previous_cell,
    "cellbridge.editCell": cell_navigation.edit_cell,
    "cellbridge.openOutput": outputs.open_output,
    "cellbridge.showRemovedOutputs": removed_cells.show_removed_outputs,
    "cellbridge.restoreCell": removed_cells.restore_cell,
    "cellbridge.deleteVariable": variables.delete_variable,
    "cellbridge.renameVariable": variables.rename_variable,
    "cellbridge.showVariables": variables.show_variables,
    "cellbridge.showTable": variables.show_table,
    "cellbridge.selectKernel": kernel_selection.select_kernel,
    "cellbridge.showKernelDetails": kernel_selection.show_kernel_details,
    "cellbridge.stopSession": kernel_selection.stop_session,
    "cellbridge.forceStopSession": kernel_selection.force_stop_session,
    "cellbridge.trustFolder": trust_folder.trust_folder,
    "cellbridge.setLimits": kernel_state.set_limits,
    "cellbridge.saveVariables": kernel_state.save_variables,
    "cellbridge.restoreVariables": kernel_state.restore_variables,
    "cellbridge.installKernelPackage": package_installation.install_kernel_package,
    "cellbridge.installPackage": package_installation.install_package,
    "cellbridge.debugError": frames.debug_error,
    "cellbridge.frameUp": frames.frame_up,
    "cellbridge.frameDown": frames.frame_down,
    "cellbridge.leaveFrames": frames.leave_frames,
    "cellbridge.allowAgents": agents.allow_agents,
    "cellbridge.forbidAgents": agents.forbid_agents,
    "cellbridge.cancelAgentRuns": agents.cancel_agent_runs,
    "cellbridge.showAgentLog": agents.show_agent_log,
    "cellbridge.openPage": page.open_page,
    "cellbridge.convertToNotebook": conversion.convert_to_notebook,
    "cellbridge.convertToScript": conversion.convert_to_script,
    "cellbridge.openAsScript": conversion.open_as_script,
}

_COMMANDS = {command.name: command for command in COMMANDS}


async def execute_command(
    context: Context, params: lsp.ExecuteCommandParams, *, notifier: Notifier
) -> Any:
    """Execute a command.

    Errors are also shown to the user, because most editors drop the answer of a command that came
    from a code lens.

    Raises:
        ArgumentError: There is no such command, or its argument is invalid.
        SessionError: The command failed.
    """
    command = _COMMANDS.get(params.command)
    if command is None:
        raise ArgumentError(
            f"There is no command {params.command!r}; see the commands in the server's "
            "capabilities."
        )
    argument: object = command_arguments.read(command.name, command.arguments, params.arguments)
    call = Invocation(command.name, context, notifier, params.work_done_token)
    try:
        return await HANDLERS[command.name](call, argument)
    except SessionError as error:
        context.editor.show(str(error))
        raise
