"""The features that the editor supports, read once from its ``initialize`` request.

Owns the reading of client capabilities; all other modules use this one. No code depends on the
editor's name, which is only shown to users.
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
    """The features of a client that affect the messages it receives."""

    name: str
    """The name to show to users, such as ``Visual Studio Code``."""
    encoding: PositionEncoding
    """The first supported encoding in the client's list; UTF-16 without one."""
    draws_outputs: bool
    """It handles the custom notifications for outputs."""
    shows_variables: bool
    """It handles notifications about changed variables."""
    debugs: bool
    """It has a debugger of its own, with the command `cellbridge.debugCell`."""
    markdown: bool
    """Its hovers show Markdown."""
    pictures: bool
    """Its Markdown shows images: it names its Markdown parser, or announces images itself."""
    hint_tooltips: bool
    """It requests a hint's tooltip when it is needed."""
    refresh_hints: bool
    refresh_lenses: bool
    refresh_tokens: bool
    progress: bool
    """It shows progress that the server starts."""
    shows_documents: bool
    """It opens documents on request of the server."""
    text_documents: bool
    """It requests the text of virtual documents from the server."""
    related_information: bool
    """Its diagnostics can have related information."""
    action_literals: bool
    """It supports code actions, not only commands."""
    symbol_trees: bool
    """Its outline is a tree."""
    versioned_edits: bool
    """It supports edits that are bound to a version of a document."""
    item_defaults: frozenset[str]
    """The properties that it takes once for all items of a completion list."""
    pulls_configuration: bool
    registers_configuration: bool
    folders: tuple[str, ...] = ()
    """Paths of the folders that the user has open."""


def features_of(params: lsp.InitializeParams) -> ClientFeatures:
    """Return the features that the client supports."""
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
        debugs=_experimental(capabilities.experimental).get("debug") is True,
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
        item_defaults=frozenset(map(str, defaults)),
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
    """Return the client's experimental capabilities for Cellbridge."""
    mine: object = (
        cast("Mapping[str, Any]", value).get("cellbridge") if isinstance(value, Mapping) else None
    )
    return cast("Mapping[str, Any]", mine) if isinstance(mine, Mapping) else {}
