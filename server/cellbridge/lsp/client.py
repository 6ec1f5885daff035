"""What the editor at the other end can do, read once from what it said at ``initialize``.

Owns the reading of client capabilities. Everyone else asks here, and nobody asks for the editor's
name to decide what to do: it is only shown to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from lsprotocol import types as lsp
from pygls.capabilities import get_capability

from cellbridge.core.text import PositionEncoding
from cellbridge.lsp.greeting import chosen_encoding


@dataclass(frozen=True, slots=True)
class ClientFeatures:
    """The facts about a client that change what it is sent."""

    name: str
    """For people, as ``Visual Studio Code``."""
    encoding: PositionEncoding
    """The first encoding of the client's own list that exists; UTF-16 where it names none."""
    draws_outputs: bool
    """It wants the custom notifications."""
    markdown: bool
    shows_variables: bool
    """It wants to know when variables have changed."""
    """Its hovers show Markdown."""
    hint_tooltips: bool
    """It asks for a hint's tooltip when it is needed."""
    refresh_hints: bool
    refresh_lenses: bool
    refresh_tokens: bool
    progress: bool
    """It shows progress that the server begins by itself."""
    related_information: bool
    """Its diagnostics can point to further places."""
    action_literals: bool
    """It takes code actions, not only commands."""
    symbol_trees: bool
    """Its outline is a tree."""
    versioned_edits: bool
    """It takes edits that are bound to a version of a document."""
    pulls_configuration: bool
    registers_configuration: bool


def features_of(params: lsp.InitializeParams) -> ClientFeatures:
    """Read what the client can do."""
    capabilities = params.capabilities

    def can(path: str) -> Any:
        return get_capability(capabilities, path, default=None)

    formats = can("text_document.hover.content_format") or ()
    tooltips = can("text_document.inlay_hint.resolve_support.properties") or ()
    return ClientFeatures(
        name=params.client_info.name if params.client_info else "an editor",
        encoding=chosen_encoding(can("general.position_encodings")),
        draws_outputs=_experimental(capabilities.experimental).get("outputs") is True,
        markdown=lsp.MarkupKind.Markdown in formats,
        hint_tooltips="tooltip" in tooltips,
        refresh_hints=bool(can("workspace.inlay_hint.refresh_support")),
        shows_variables=_experimental(capabilities.experimental).get("variables") is True,
        refresh_lenses=bool(can("workspace.code_lens.refresh_support")),
        refresh_tokens=bool(can("workspace.semantic_tokens.refresh_support")),
        progress=bool(can("window.work_done_progress")),
        related_information=bool(can("text_document.publish_diagnostics.related_information")),
        action_literals=can("text_document.code_action.code_action_literal_support") is not None,
        symbol_trees=bool(
            can("text_document.document_symbol.hierarchical_document_symbol_support")
        ),
        versioned_edits=bool(can("workspace.workspace_edit.document_changes")),
        pulls_configuration=bool(can("workspace.configuration")),
        registers_configuration=bool(
            can("workspace.did_change_configuration.dynamic_registration")
        ),
    )


def _experimental(value: object) -> Mapping[str, Any]:
    """Return what the client says about cellbridge among its experimental capabilities."""
    mine: object = (
        cast("Mapping[str, Any]", value).get("cellbridge") if isinstance(value, Mapping) else None
    )
    return cast("Mapping[str, Any]", mine) if isinstance(mine, Mapping) else {}
