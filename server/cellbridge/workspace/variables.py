"""What a notebook's kernel says of its variables and tables.

Owns the way of such a question to the session, and what is said where there is no session or it
gives no answer. It must not know what a client does with the answer.
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
_LOST = "The session did not answer; ask again, or restart the kernel."


async def look(notebook: Notebook, question: VariableQuery, kind: type[T]) -> T | Unanswered:
    """Return the answer to a question, which is a ``kind``, or one sentence saying why not."""
    if notebook.kernel.state not in {KernelState.IDLE, KernelState.BUSY}:
        return Unanswered(_WHY.get(notebook.kernel.state, _NO_KERNEL))
    otherwise: VariableAnswer = Unanswered(_LOST)
    answer = await notebook.ask(lambda client: client.look(question), otherwise)
    return answer if isinstance(answer, (kind, Unanswered)) else Unanswered(_LOST)


async def change(notebook: Notebook, question: VariableQuery) -> None:
    """Have the kernel's namespace changed.

    Raises:
        SessionError: it was not; one sentence says why.
    """
    answer = await look(notebook, question, object)
    if isinstance(answer, Unanswered):
        raise SessionError(answer.message)
