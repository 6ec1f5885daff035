"""What the editor at the other end can do, read once from what it said at ``initialize``.

Owns the reading of client capabilities. Everyone else asks here, and nobody asks for the editor's
name to decide what to do: it is only shown to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp
from pygls.capabilities import get_capability

from cellbridge.core.document.text import PositionEncoding
from cellbridge.lsp.transport.initialize import chosen_encoding


@dataclass(frozen=True, slots=True)
class ClientFeatures:
    """The facts about a client that change what it is sent."""

    name: str
    """For people, as ``Visual Studio Code``."""
    encoding: PositionEncoding
    """The first encoding of the client's own list that exists; UTF-16 where it names none."""
    draws_outputs: bool
    """It wants the custom notifications."""
    shows_variables: bool
    """It wants to know when variables have changed."""
    markdown: bool
    """Its hovers show Markdown."""
    pictures: bool
    """Its Markdown shows pictures: it names the parser it renders Markdown with, or says so."""
    hint_tooltips: bool
    """It asks for a hint's tooltip when it is needed."""
    refresh_hints: bool
    refresh_lenses: bool
    refresh_tokens: bool
    progress: bool
    """It shows progress that the server begins by itself."""
    shows_documents: bool
    """It opens a document that the server names."""
    text_documents: bool
    """It asks the server for the text of documents that are in no file."""
    related_information: bool
    """Its diagnostics can point to further places."""
    action_literals: bool
    """It takes code actions, not only commands."""
    symbol_trees: bool
    """Its outline is a tree."""
    versioned_edits: bool
    """It takes edits that are bound to a version of a document."""
    edit_range_defaults: bool
    """A list of completions may say once for all items what they replace."""
    pulls_configuration: bool
    registers_configuration: bool
    folders: tuple[str, ...] = ()
    """Paths of the folders that a person has open."""


def features_of(params: lsp.InitializeParams) -> ClientFeatures:
    """Read what the client can do."""
    capabilities = params.capabilities

    def can(path: str) -> Any:
        return get_capability(capabilities, path, default=None)

    formats = can("text_document.hover.content_format") or ()
    tooltips = can("text_document.inlay_hint.resolve_support.properties") or ()
    defaults = can("text_document.completion.completion_list.item_defaults") or ()
    return ClientFeatures(
        name=params.client_info.name if params.client_info else "an editor",
        encoding=chosen_encoding(can("general.position_encodings")),
        draws_outputs=_experimental(capabilities.experimental).get("outputs") is True,
        shows_variables=_experimental(capabilities.experimental).get("variables") is True,
        markdown=lsp.MarkupKind.Markdown in formats,
        pictures=can("general.markdown") is not None
        or _experimental(capabilities.experimental).get("pictures") is True,
        hint_tooltips="tooltip" in tooltips,
        refresh_hints=bool(can("workspace.inlay_hint.refresh_support")),
        refresh_lenses=bool(can("workspace.code_lens.refresh_support")),
        refresh_tokens=bool(can("workspace.semantic_tokens.refresh_support")),
        progress=bool(can("window.work_done_progress")),
        shows_documents=bool(can("window.show_document.support")),
        text_documents=can("workspace.text_document_content") is not None,
        related_information=bool(can("text_document.publish_diagnostics.related_information")),
        action_literals=can("text_document.code_action.code_action_literal_support") is not None,
        symbol_trees=bool(
            can("text_document.document_symbol.hierarchical_document_symbol_support")
        ),
        versioned_edits=bool(can("workspace.workspace_edit.document_changes")),
        edit_range_defaults="editRange" in defaults,
        pulls_configuration=bool(can("workspace.configuration")),
        registers_configuration=bool(
            can("workspace.did_change_configuration.dynamic_registration")
        ),
        folders=_folders(params),
    )


def _folders(params: lsp.InitializeParams) -> tuple[str, ...]:
    uris = [folder.uri for folder in params.workspace_folders or ()]
    if not uris and params.root_uri:
        uris = [params.root_uri]
    parts = [urlsplit(uri) for uri in uris]
    return tuple(unquote(part.path) for part in parts if part.scheme == "file")


def _experimental(value: object) -> Mapping[str, Any]:
    """Return what the client says about cellbridge among its experimental capabilities."""
    mine: object = (
        cast("Mapping[str, Any]", value).get("cellbridge") if isinstance(value, Mapping) else None
    )
    return cast("Mapping[str, Any]", mine) if isinstance(mine, Mapping) else {}
