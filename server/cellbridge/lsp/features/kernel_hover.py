"""Which kernel a script runs in and why: over its header, and where a person asks.

Owns the words; `cellbridge kernels --why` says the same in a terminal.
"""

from __future__ import annotations

from cellbridge.core.document.header import header_of
from cellbridge.core.document.text import Position
from cellbridge.core.output.escapes import label
from cellbridge.core.runs.runs import KernelState
from cellbridge.workspace.notebook import Notebook

_ALIVE = {KernelState.IDLE, KernelState.BUSY, KernelState.STARTING, KernelState.RESTARTING}


async def kernel_text(notebook: Notebook, at: Position) -> str:
    """Return what is said over the header; empty elsewhere."""
    if at.line >= header_of(notebook.text.lines, notebook.language).line_count:
        return ""
    return "\n\n".join(map(label, await kernel_sentences(notebook)))


async def kernel_sentences(notebook: Notebook) -> list[str]:
    """Return which kernel the document runs in, or will, and why that one."""
    choice = await notebook.kernel_choice()
    there = notebook.kernel
    parts: list[str] = []
    if there.state in _ALIVE:
        parts.append(f"Runs in {there.name} ({there.state.value}).")
        if choice.id and there.id and there.id != choice.id:
            parts.append(f"The next kernel will be {_named(choice.id, notebook)}.")
    elif there.state is KernelState.UNRESPONSIVE:
        parts.append(there.message)
    elif choice.environment is not None:
        parts.append(f"Will run in {choice.environment.title}: {choice.environment.python}")
    else:
        parts.append(f"Will run in {_named(choice.id, notebook)}.")
    parts.append(choice.why)
    parts += [refused.sentence for refused in choice.refused]
    if choice.problem:
        parts.append(choice.problem)
    return parts


def _named(chosen: str | None, notebook: Notebook) -> str:
    return chosen or f"the first kernel for {notebook.language.name}"
