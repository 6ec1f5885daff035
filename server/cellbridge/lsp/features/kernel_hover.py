"""The text that explains a script's kernel, shown over its header and on request.

Owns the sentences; `cellbridge kernels --why` prints the same in a terminal.
"""

from __future__ import annotations

import asyncio

from cellbridge.core.document.header import header_of
from cellbridge.core.document.text import Position
from cellbridge.core.output.escapes import label
from cellbridge.core.runs.runs import KernelState
from cellbridge.kernel.find.kernel_choice import same_kernel
from cellbridge.workspace.notebook import Notebook

_LIVE_STATES = {KernelState.IDLE, KernelState.BUSY, KernelState.STARTING, KernelState.RESTARTING}


async def kernel_text(notebook: Notebook, at: Position) -> str:
    """Return the text for a position in the header; empty elsewhere."""
    if at.line >= header_of(notebook.text.lines, notebook.language).line_count:
        return ""
    return "\n\n".join(map(label, await kernel_sentences(notebook)))


async def kernel_sentences(notebook: Notebook) -> list[str]:
    """Return the kernel in which the document runs, or will run, and the reason."""
    choice = await notebook.kernel_choice()
    kernel = notebook.kernel
    parts: list[str] = []
    if kernel.state in _LIVE_STATES:
        parts.append(f"Runs in {kernel.name} ({kernel.state.value}).")
        ids = choice.id or "", kernel.id
        if all(ids) and not await asyncio.to_thread(same_kernel, *ids):
            parts.append(f"The next kernel will be {_kernel_name(choice.id, notebook)}.")
    elif kernel.state is KernelState.UNRESPONSIVE:
        parts.append(kernel.message)
    elif choice.environment is not None:
        parts.append(f"Will run in {choice.environment.title}: {choice.environment.python}")
    else:
        parts.append(f"Will run in {_kernel_name(choice.id, notebook)}.")
    parts.append(choice.why)
    parts += [refused.sentence for refused in choice.refused]
    if choice.problem:
        parts.append(choice.problem)
    return parts


def _kernel_name(chosen: str | None, notebook: Notebook) -> str:
    return chosen or f"the first kernel for {notebook.language.name}"
