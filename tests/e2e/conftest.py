"""Editors connected to real servers, shared by the tests of a module."""

from __future__ import annotations

import pytest
import pytest_asyncio
import pytest_lsp

from support.editor import EDITORS, Editor, configuration, fresh_uri, initialize_params
from support.page import Page


@pytest_lsp.fixture(scope="module", params=EDITORS, config=configuration())
async def editor(lsp_client: Editor, request: pytest.FixtureRequest):
    """Each of the recorded editors in turn."""
    await lsp_client.initialize_session(initialize_params(request.param))
    yield
    await lsp_client.shutdown_session()


@pytest_lsp.fixture(scope="module", config=configuration())
async def drawing_editor(lsp_client: Editor):
    """An editor that draws outputs itself."""
    await lsp_client.initialize_session(initialize_params(draws=True))
    yield
    await lsp_client.shutdown_session()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(editor: Editor, tmp_path_factory: pytest.TempPathFactory):
    """A script in each editor in turn."""
    yield (opened := open_page(editor, tmp_path_factory))
    await opened.run("shutdown")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def drawn_page(drawing_editor: Editor, tmp_path_factory: pytest.TempPathFactory):
    """A script in an editor that draws outputs itself."""
    yield (opened := open_page(drawing_editor, tmp_path_factory))
    await opened.run("shutdown")


def open_page(editor: Editor, directories: pytest.TempPathFactory) -> Page:
    return Page(editor, editor.open(fresh_uri(directories.mktemp("scripts")), ""))
