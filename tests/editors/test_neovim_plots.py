"""The list of plots in Neovim."""

from __future__ import annotations

from collections.abc import Callable

from support.editor_pages import needs
from support.neovim_with_plugin import VERSIONS, NeovimWithPlugin

pytestmark = needs(*VERSIONS)

OPENER = """
vim.ui.open = function(path)
  vim.notify("opened: " .. table.concat(vim.fn.readfile(path)))
  return {}
end"""


def test_plots_of_all_runs_are_listed_and_opened(start: Callable[..., NeovimWithPlugin]) -> None:
    editor = start(
        "# %% drawing\n"
        "width = globals().get('width', 20) + 10\n"
        "from IPython.display import SVG\n"
        'SVG(f\'<svg width="{width}" height="20"></svg>\')\n'
    )
    editor.lua(OPENER)
    for count in (1, 2):
        editor.keys("\\rr")
        editor.screen.until(f"✓ [{count}]")
    editor.keys(":Cellbridge plots<CR>")
    editor.screen.until("Plots, the latest first", "drawing  40 × 20 svg", "drawing  30 × 20 svg")
    editor.screen.type("2")
    editor.screen.keys("Enter")
    editor.screen.until("opened: <svg", 'width="30"')
