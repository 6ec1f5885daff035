"""Analysis of packages that are installed only in the kernel's environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsprotocol import types as lsp

from support.cursor import Cursor
from support.editor import start_editor
from support.environments import borrow, venv
from support.page import page_in_project

MODULE = '''\
"""Only there."""
def weigh_anchor(ship, *, slowly=False):
    """Weigh the anchor of a ship."""
'''
SCRIPT = "# %%\nimport sys\nprint(sys.prefix)\n# %%\nimport only_there\nonly_there.wei$0\n"


async def test_the_text_is_read_with_the_packages_of_the_kernels_environment(
    tmp_path: Path,
) -> None:
    editor = await start_editor()
    async with page_in_project(editor, tmp_path) as page:
        prefix = page.folder / ".venv"
        python = venv(prefix, "--without-pip")
        borrow(python)
        (site,) = (prefix / "lib").glob("python*/site-packages")
        (site / "only_there.py").write_text(MODULE, "utf-8")
        cursor = Cursor(page, SCRIPT)
        assert "weigh_anchor" not in await cursor.labels()
        ran: Any = await page.run_at(0)
        assert ran["text"].strip() == str(prefix)
        # The module is not imported in the kernel: the answer comes from its source.
        await editor.eventually(cursor.labels, lambda found: found[:1] == ["weigh_anchor"])
        called = Cursor(page, SCRIPT.replace("wei$0", "weigh_anchor($0"))
        await editor.eventually(called.signature, lambda found: "slowly=False" in str(found))
        (found,) = await editor.text_document_definition_async(
            lsp.DefinitionParams(called.place[0], lsp.Position(5, 14))
        )
        assert found.uri == (site / "only_there.py").as_uri()
        assert found.range.start.line == 1
    await editor.shutdown_session()
