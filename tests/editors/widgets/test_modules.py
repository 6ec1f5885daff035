"""Widgets with modules of their own: they are drawn, and their code is contained."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from support.widget_page import WidgetBrowser, WidgetPage, until

HAS_PIXELS = """one =>
  one.getContext("2d").getImageData(0, 0, one.width, one.height).data.some(Boolean)"""
COUNTER = '''
import anywidget, traitlets
class Counter(anywidget.AnyWidget):
    _esm = """
    function render({ model, el }) {
      const button = document.createElement("button");
      button.className = "count";
      const draw = () => (button.textContent = `count is ${model.get("value")}`);
      button.onclick = () => { model.set("value", model.get("value") + 1); model.save_changes(); };
      model.on("change:value", draw);
      draw();
      el.append(button);
    }
    export default { render };
    """
    _css = ".count { color: rgb(1, 2, 3); }"
    value = traitlets.Int(3).tag(sync=True)
counter = Counter()
'''


async def test_an_anywidget_counts_and_has_its_styles(
    browser: WidgetBrowser, page: WidgetPage
) -> None:
    await browser.show("Counter", COUNTER + "counter")
    button = (await page.widget("Counter")).get_by_role("button")
    await button.click()
    await expect(button).to_have_text("count is 4")
    await expect(button).to_have_css("color", "rgb(1, 2, 3)")
    assert await browser.kernel.value("counter.value") == "4"
    await browser.kernel.run("counter.value = 9")
    await expect(button).to_have_text("count is 9")


@pytest.mark.parametrize("form", ["amd", "federated"])
async def test_bqplot_draws(browser: WidgetBrowser, page: WidgetPage, form: str) -> None:
    browser.kernel.federated = {"bqplot", "bqscales"} if form == "federated" else set()
    await browser.show(
        f"Plot {form}",
        "import bqplot.pyplot as bp\nbp.figure(); bp.plot([1, 2], [3, 1]); bp.show()",
    )
    await expect((await page.widget(f"Plot {form}")).locator("path.line").first).to_be_attached()


async def test_a_matplotlib_figure_is_drawn_and_zooms(
    browser: WidgetBrowser, page: WidgetPage
) -> None:
    await browser.show(
        "Figure",
        "%matplotlib widget\nimport matplotlib.pyplot as plt\n"
        "figure, axes = plt.subplots(figsize=(4, 3)); axes.plot([0, 10]); plt.show()",
    )
    widget = await page.widget("Figure")
    canvas = widget.locator("canvas").last
    await expect(canvas).to_be_visible()
    picture = widget.locator("canvas").first
    await until(lambda: picture.evaluate(HAS_PIXELS), "the figure on its canvas")
    await browser.kernel.run("figure.canvas.manager.toolbar.zoom()")
    await canvas.hover(position={"x": 120, "y": 100})
    await page.page.mouse.down()
    await canvas.hover(position={"x": 200, "y": 160})
    await page.page.mouse.up()

    async def zoomed() -> bool:
        return float(await browser.kernel.value("axes.get_xlim()[0]")) > 0

    await until(zoomed, "the kernel's limits of the axes")


async def test_a_module_that_fails_is_one_sentence(
    browser: WidgetBrowser, page: WidgetPage
) -> None:
    await browser.show(
        "Failures",
        COUNTER
        + """
class Missing(w.DOMWidget):
    _model_name = traitlets.Unicode("M").tag(sync=True)
    _view_name = traitlets.Unicode("V").tag(sync=True)
    _model_module = _view_module = traitlets.Unicode("no-such-module").tag(sync=True)
class Remote(Counter):
    _esm = 'import x from "https://example.org/x.js"; export default x'
class Throws(Counter):
    _esm = "export default { render() { throw new Error('thrown by the widget'); } }"
display(w.VBox([w.Label("above"), Missing(), w.Label("below"), Throws()]))
display(Remote())
""",
    )
    cell = page.cell("Failures")
    await cell.scroll_into_view_if_needed()
    first = cell.locator("iframe").first.content_frame.frame_locator("iframe")
    await expect(first.get_by_role("alert").first).to_contain_text(
        "Install no-such-module in the kernel's environment."
    )
    await expect(first.get_by_text("above")).to_be_visible()
    await expect(first.get_by_text("below")).to_be_visible()
    await expect(
        first.get_by_text("The widget reported an error: thrown by the widget")
    ).to_be_visible()
    second = cell.locator("iframe").last.content_frame.frame_locator("iframe")
    await expect(second.get_by_role("alert")).to_contain_text(
        "imports https://example.org/x.js, and widgets have no network"
    )


async def test_a_flooding_widget_is_stopped_and_others_work(
    browser: WidgetBrowser, page: WidgetPage
) -> None:
    await browser.show(
        "Flood",
        COUNTER
        + """
class Flood(Counter):
    _esm = '''export default { render({ model, el }) {
      el.textContent = "flooding";
      setInterval(() => { for (let i = 0; i < 500; i++) model.send({ i }); }, 1);
    } }'''
display(Flood()); after = w.IntText(1); display(after)
""",
    )
    cell = page.cell("Flood")
    await cell.scroll_into_view_if_needed()
    await expect(
        cell.get_by_text("This widget was stopped, because it sent too many messages.")
    ).to_be_visible()
    field = cell.frame_locator("iframe").frame_locator("iframe").locator("input")
    await field.fill("2")
    await field.press("Enter")
    await expect(field).to_have_value("2")


async def test_the_frame_has_no_network_and_no_way_to_run_cells(
    browser: WidgetBrowser, page: WidgetPage
) -> None:
    await browser.show(
        "Attack",
        COUNTER
        + """
class Attack(Counter):
    tried = traitlets.Unicode().tag(sync=True)
    _esm = '''export default { async render({ model, el }) {
      const failed = [];
      const attempt = async (name, act) => { try { await act(); } catch { failed.push(name); } };
      await attempt("fetch", () => fetch("https://example.org/"));
      await attempt("import", () => import("https://example.org/x.js"));
      await attempt("page", () => window.parent.parent.document.title);
      await attempt("storage", () => localStorage.length);
      await attempt("webrtc", () => new RTCPeerConnection());
      const post = (message) => window.parent.parent.postMessage(message, "*");
      post({ type: "command", command: "cellbridge.runAll", argument: {} });
      post({ type: "request", id: 1, method: "cellbridge/widgets", params: {} });
      model.set("tried", failed.join(" ")); model.save_changes();
      el.textContent = failed.join(" ");
    } }'''
attack = Attack(); display(attack)
""",
    )
    await expect((await page.widget("Attack")).locator("#widget")).to_have_text(
        "fetch import page storage webrtc"
    )
    assert await browser.kernel.value("attack.tried") == "fetch import page storage webrtc"
    assert not page.commands
    assert not browser.outside
