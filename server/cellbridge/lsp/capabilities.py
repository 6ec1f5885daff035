"""The messages that the server handles, and the capabilities that it announces for them.

Owns the two tables. From them server/tools/codegen.py writes announced.json, with which
`initialize` is answered before this module is imported (transport/initialize.py).
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types as lsp

from cellbridge.lsp.protocol import METHODS

TRIGGERS = [".", "%", "[", "'", '"', "/"]
"""Characters after which editors request completions: attributes, magics, keys, paths."""

TOKEN_TYPES = ["keyword", "class", "macro"]
"""The token types of features/semantic_tokens.py: markers, titles and headings, magics."""

REQUESTS: dict[str, Any] = {
    lsp.TEXT_DOCUMENT_CODE_LENS: lsp.CodeLensOptions(),
    lsp.TEXT_DOCUMENT_CODE_ACTION: lsp.CodeActionOptions(),
    lsp.TEXT_DOCUMENT_INLAY_HINT: lsp.InlayHintOptions(),
    lsp.INLAY_HINT_RESOLVE: None,
    lsp.TEXT_DOCUMENT_HOVER: lsp.HoverOptions(),
    lsp.TEXT_DOCUMENT_COMPLETION: lsp.CompletionOptions(
        trigger_characters=TRIGGERS, resolve_provider=True
    ),
    lsp.COMPLETION_ITEM_RESOLVE: None,
    lsp.TEXT_DOCUMENT_SIGNATURE_HELP: lsp.SignatureHelpOptions(trigger_characters=["(", ","]),
    lsp.TEXT_DOCUMENT_DEFINITION: lsp.DefinitionOptions(),
    lsp.TEXT_DOCUMENT_TYPE_DEFINITION: lsp.TypeDefinitionOptions(),
    lsp.TEXT_DOCUMENT_REFERENCES: lsp.ReferenceOptions(),
    lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: lsp.DocumentHighlightOptions(),
    lsp.TEXT_DOCUMENT_PREPARE_RENAME: None,
    lsp.TEXT_DOCUMENT_RENAME: lsp.RenameOptions(),
    lsp.TEXT_DOCUMENT_FOLDING_RANGE: lsp.FoldingRangeOptions(),
    lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL: lsp.DocumentSymbolOptions(label="cells"),
    lsp.TEXT_DOCUMENT_SELECTION_RANGE: lsp.SelectionRangeOptions(),
    lsp.TEXT_DOCUMENT_DOCUMENT_LINK: lsp.DocumentLinkOptions(),
    lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: lsp.SemanticTokensLegend(TOKEN_TYPES, []),
    lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE: lsp.SemanticTokensLegend(TOKEN_TYPES, []),
    lsp.WORKSPACE_SYMBOL: lsp.WorkspaceSymbolOptions(),
    lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT: None,
    lsp.WORKSPACE_EXECUTE_COMMAND: None,
    **{m.name: None for m in METHODS if m.direction == "client to server" and m.kind == "request"},
}
"""The requests that are answered, each with its announced options."""

NOTIFICATIONS = (
    lsp.INITIALIZED,
    lsp.TEXT_DOCUMENT_DID_OPEN,
    lsp.TEXT_DOCUMENT_DID_CHANGE,
    lsp.TEXT_DOCUMENT_DID_SAVE,
    lsp.TEXT_DOCUMENT_DID_CLOSE,
    lsp.WORKSPACE_DID_CHANGE_CONFIGURATION,
    lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL,
    *(m.name for m in METHODS if (m.direction, m.kind) == ("client to server", "notification")),
)
"""The notifications that are handled. Invariant: their handlers are plain functions, so that each
has taken effect before the next message is handled."""
