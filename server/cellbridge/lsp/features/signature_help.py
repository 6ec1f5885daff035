"""textDocument/signatureHelp: the signatures of the function that is called at the cursor."""

from __future__ import annotations

from lsprotocol import types as lsp

from cellbridge.analysis import signature as analysis
from cellbridge.core.code_info import Signature
from cellbridge.core.document.text import to_units
from cellbridge.lsp.context import Context
from cellbridge.lsp.features.code_query import question_at


async def signature_help(
    context: Context, params: lsp.SignatureHelpParams
) -> lsp.SignatureHelp | None:
    """Return the signatures of the call at a position; None outside calls."""
    notebook = context.workspace.get(params.text_document.uri)
    if notebook is None:
        return None
    question = question_at(notebook, context.convert.from_position(notebook.text, params.position))
    if question is None:
        return None
    static = context.analyser(notebook) if context.config.static.signatures else None
    found = await analysis.signatures(question, context.live(notebook, question), static)
    if not found.items:
        return None
    return lsp.SignatureHelp([_information(context, item) for item in found.items], 0)


def _information(context: Context, item: Signature) -> lsp.SignatureInformation:
    def units(column: int) -> int:
        return to_units(item.label, column, context.client.encoding)

    return lsp.SignatureInformation(
        label=item.label,
        documentation=item.documentation or None,
        parameters=[
            lsp.ParameterInformation((units(start), units(end))) for start, end in item.parameters
        ],
        # An index after the last parameter means none, because older editors do not accept null.
        active_parameter=len(item.parameters) if item.active is None else item.active,
    )
