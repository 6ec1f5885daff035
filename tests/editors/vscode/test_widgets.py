"""Widgets in VS Code: in the panel and in the notebook editor, which agree."""

from __future__ import annotations

from playwright.async_api import expect

from support.patience import PATIENCE
from support.vscode import notebook
from support.vscode.screenshots import take_screenshot
from support.vscode.window import Window

SCRIPT = """\
# %% Amount
import ipywidgets, anywidget, traitlets
class Counter(anywidget.AnyWidget):
    _esm = "export default { render({ model, el }) { el.append('count ' + model.get('n')); } }"
    n = traitlets.Int(4).tag(sync=True)
slider = ipywidgets.IntSlider(value=7)
ipywidgets.VBox([slider, Counter()])
"""


async def test_the_panel_and_the_notebook_draw_one_slider(window: Window) -> None:
    await window.open("widgets.py", SCRIPT)
    await window.command("Cellbridge: Show Outputs in Panel")
    await window.command("Cellbridge: Run All Cells")
    readout = await window.in_webview(".widget-readout", patience=120)
    await expect(readout).to_have_text("7")
    await (await window.in_webview("#widget >> text=count 4")).wait_for()
    await (await window.in_webview(".noUi-handle")).press("ArrowRight")
    await expect(readout).to_have_text("8")
    await take_screenshot(window, "vscode-widgets-panel")
    # The widget that was moved has the keyboard.
    await window.tab("widgets.py").click()
    await window.close_editors()
    await window.open("widgets.py", SCRIPT)
    await notebook.open_as_notebook(window, 1)
    readout = await window.in_webview(".widget-readout", patience=PATIENCE * 2)
    await expect(readout).to_have_text("8")
    await (await window.in_webview("#widget >> text=count 4")).wait_for()
    await (await window.in_webview(".noUi-handle")).press("ArrowRight")
    await expect(readout).to_have_text("9")
    await take_screenshot(window, "vscode-widgets-notebook")
