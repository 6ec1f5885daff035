"""cellbridge/variables: the kernel's variables and their children."""

from __future__ import annotations

from cellbridge.core.variables import ListVariables, Unanswered, VariablesPage
from cellbridge.lsp import protocol as p
from cellbridge.lsp.context import Context
from cellbridge.lsp.current_frame import frame_sentence
from cellbridge.workspace.variables import query


async def variables(context: Context, params: p.VariablesParams) -> p.VariablesResult:
    """Return a page of variables, or one sentence with the reason for its absence."""
    notebook = context.notebook(params.uri)
    question = ListVariables(
        params.path,
        params.start,
        params.count,
        params.sort,
        params.descending,
        params.hidden,
        params.filter,
    )
    page = await query(notebook, question, VariablesPage)
    if isinstance(page, Unanswered):
        return p.VariablesResult([], 0, complete=False, message=page.message)
    found = [
        p.Variable(
            one.key,
            one.name,
            one.type,
            one.value,
            one.shape,
            one.dtype,
            one.size,
            one.length,
            one.expression,
            one.children,
            one.table,
            one.changed,
        )
        for one in page.variables
    ]
    message = page.message or ("" if params.path else frame_sentence(notebook))
    return p.VariablesResult(found, page.total, page.complete, message)
