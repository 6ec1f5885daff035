"""Queries of the variables and tables of a notebook's kernel.

Owns the path of such a query to the session, and the message if there is no session or no answer.
It must not know how a client uses the answer.
"""

from __future__ import annotations

from typing import TypeVar

from cellbridge.core.runs.runs import KernelState
from cellbridge.core.variables import Unanswered, VariableAnswer, VariableQuery
from cellbridge.session.errors import NOT_ANSWERING, SessionError
from cellbridge.workspace.notebook import Notebook

T = TypeVar("T")

_WHY = {
    KernelState.STARTING: "The kernel is starting; its variables can be seen in a moment.",
    KernelState.RESTARTING: "The kernel is restarting; its variables can be seen in a moment.",
    KernelState.UNRESPONSIVE: NOT_ANSWERING,
}
_NO_KERNEL = "No kernel runs for this notebook; run a cell to start one."
_LOST = "The session did not answer; try again, or restart the kernel."


async def query(notebook: Notebook, question: VariableQuery, kind: type[T]) -> T | Unanswered:
    """Return the answer of type ``kind`` to a question, or one sentence with the reason."""
    if notebook.kernel.state not in {KernelState.IDLE, KernelState.BUSY}:
        return Unanswered(_WHY.get(notebook.kernel.state, _NO_KERNEL))
    otherwise: VariableAnswer = Unanswered(_LOST)
    answer = await notebook.query(lambda client: client.query_variables(question), otherwise)
    return answer if isinstance(answer, (kind, Unanswered)) else Unanswered(_LOST)


async def change(notebook: Notebook, question: VariableQuery) -> None:
    """Change the kernel's namespace.

    Raises:
        SessionError: the namespace was not changed; one sentence gives the reason.
    """
    answer = await query(notebook, question, object)
    if isinstance(answer, Unanswered):
        raise SessionError(answer.message)
