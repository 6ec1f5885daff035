"""workspace/executeCommand: from a command's name and argument to the function that does it.

Owns the table of commands; their names and shapes are protocol.py's. Invariant: every command of
protocol.COMMANDS is in the table, and nothing else (tests/lsp/test_commands.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from lsprotocol import types as lsp

from cellbridge.lsp import arguments
from cellbridge.lsp.commands import (
    converting,
    installing,
    keeping,
    kernel,
    kernels,
    moving,
    outputs,
    removed,
    running,
    trusting,
    variables,
)
from cellbridge.lsp.commands.invocation import Invocation
from cellbridge.lsp.context import Context
from cellbridge.lsp.errors import ArgumentError
from cellbridge.lsp.protocol import COMMANDS
from cellbridge.lsp.push.hub import Hub
from cellbridge.session.errors import SessionError

HANDLERS: dict[str, Callable[[Invocation, Any], Awaitable[Any]]] = {
    "cellbridge.runCell": running.run_cell,
    "cellbridge.runCellAndAdvance": running.run_cell_and_advance,
    "cellbridge.runAbove": running.run_above,
    "cellbridge.runBelow": running.run_below,
    "cellbridge.runAll": running.run_all,
    "cellbridge.runSelection": running.run_selection,
    "cellbridge.interrupt": kernel.interrupt,
    "cellbridge.restart": kernel.restart,
    "cellbridge.restartAndRunAll": running.restart_and_run_all,
    "cellbridge.shutdown": kernel.shutdown,
    "cellbridge.clearOutputs": kernel.clear_outputs,
    "cellbridge.answerInput": kernel.answer_input,
    "cellbridge.nextCell": moving.next_cell,
    "cellbridge.previousCell": moving.previous_cell,
    "cellbridge.editCell": moving.edit_cell,
    "cellbridge.openOutput": outputs.open_output,
    "cellbridge.showRemoved": removed.show_removed,
    "cellbridge.restoreCell": removed.restore_cell,
    "cellbridge.deleteVariable": variables.delete_variable,
    "cellbridge.renameVariable": variables.rename_variable,
    "cellbridge.showVariables": variables.show_variables,
    "cellbridge.showTable": variables.show_table,
    "cellbridge.selectKernel": kernels.select_kernel,
    "cellbridge.explainKernel": kernels.explain_kernel,
    "cellbridge.stopSession": kernels.stop_session,
    "cellbridge.stopSessionAnyway": kernels.stop_session_anyway,
    "cellbridge.trustFolder": trusting.trust_folder,
    "cellbridge.setLimits": keeping.set_limits,
    "cellbridge.saveVariables": keeping.save_variables,
    "cellbridge.restoreVariables": keeping.restore_variables,
    "cellbridge.installKernelPackage": installing.install_kernel_package,
    "cellbridge.installPackage": installing.install_package,
    "cellbridge.convertToNotebook": converting.convert_to_notebook,
    "cellbridge.convertToScript": converting.convert_to_script,
    "cellbridge.openAsScript": converting.open_as_script,
}

_COMMANDS = {command.name: command for command in COMMANDS}


async def execute_command(context: Context, hub: Hub, params: lsp.ExecuteCommandParams) -> Any:
    """Do what the command says.

    What goes wrong is shown to the person too: most editors drop the answer of a command that came
    from a lens.

    Raises:
        ArgumentError: there is no such command, or it was given the wrong argument.
        SessionError: it could not be done.
    """
    command = _COMMANDS.get(params.command)
    if command is None:
        raise ArgumentError(
            f"There is no command {params.command!r}; the server's capabilities list those it has."
        )
    argument: object = arguments.read(command.name, command.arguments, params.arguments)
    call = Invocation(command.name, context, hub, params.work_done_token)
    try:
        return await HANDLERS[command.name](call, argument)
    except SessionError as error:
        context.editor.show(str(error))
        raise
