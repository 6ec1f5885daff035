"""An agent next to the user in Neovim: the permission, the edited file, the author of each run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.editor_pages import needs
from support.editor_table import shows
from support.neovim_with_plugin import VERSIONS, NeovimWithPlugin
from support.session_agent import agent_in, ask
from support.terminal_image import save_image

pytestmark = needs(*VERSIONS)

SCRIPT = """\
# %% data
prices = [3, 5, 8]

# %% the user's
len(prices)
"""
EDITED = f"""\
{SCRIPT}
# %% total
for price in prices:
    print("price", price)
sum(prices)
"""


TOLD = """
local said = vim.api.nvim_exec2("messages", { output = true }).output
return said:find("run script.py in its session. Leave this mode to answer", 1, true)
"""


async def run_cells(script: Path, text: str, *indexes: int) -> None:
    """Run cells of the file, which has this text, as an agent does."""
    async with agent_in(script, text) as notebook:
        await notebook.run(indexes)


@shows("agents")
def test_an_agent_works_in_the_session_of_the_user(
    start: Callable[..., NeovimWithPlugin], tmp_path: Path
) -> None:
    editor = start(SCRIPT)
    script = tmp_path / "script.py"
    editor.command("Cellbridge all")
    editor.screen.until("len(prices) → 3")
    with ThreadPoolExecutor(1) as threads:
        editor.keys("GA  # so far")
        asked = threads.submit(asyncio.run, ask(script))
        editor.until(TOLD)
        editor.keys("1<CR><Esc>")  # Typed text does not answer the question.
        editor.screen.until("1: Allow for This Session", "3: Refuse")
        assert not asked.done()
        editor.keys("1<CR>")
        assert asked.result() is True
    editor.until("return vim.api.nvim_buf_get_lines(0, -2, -1, false)[1] == ''")
    editor.command("silent undo | silent write!")
    script.write_text(EDITED, "utf-8")
    editor.screen.until("# %% total")
    editor.until("return vim.tbl_count(require('cellbridge.notebook').of(0).cells) == 3")
    asyncio.run(run_cells(script, EDITED, 0, 2))
    shown = editor.screen.until("✓ # %% total  ✓ [4]", "┃ price 3", "✓ # %% data")
    assert "s · Claude Code" in editor.screen.line_with("# %% total")
    assert "Claude" not in editor.screen.line_with("# %% the user's")
    assert "stale" in shown, "the agent has run the cell above"
    save_image(editor.screen, "neovim-agent", "Neovim", rows=14)
