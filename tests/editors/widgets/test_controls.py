"""The widgets of ipywidgets in a real browser without a network, with a real kernel behind them."""

from __future__ import annotations

from playwright.async_api import expect

from support.widget_page import WidgetBrowser, WidgetPage


async def test_a_slider_and_the_kernel_agree(browser: WidgetBrowser, page: WidgetPage) -> None:
    await browser.show("Slider", "slider = w.IntSlider(value=7, max=100); display(slider)")
    widget = await page.widget("Slider")
    readout = widget.locator(".widget-readout")
    await expect(readout).to_have_text("7")
    await browser.kernel.run("slider.value = 20")
    await expect(readout).to_have_text("20")
    await widget.locator(".noUi-handle").focus()
    await page.page.keyboard.press("ArrowRight")
    await expect(readout).to_have_text("21")
    assert await browser.kernel.value("slider.value") == "21"
    # The browser's own frame is as high as the widget.
    height = await page.cell("Slider").locator("iframe").evaluate("one => one.clientHeight")
    assert 20 < height < 80


async def test_a_reload_and_a_second_page_show_the_same(
    browser: WidgetBrowser, page: WidgetPage
) -> None:
    await browser.show("Same", "same = w.Text('first'); display(w.VBox([same, w.Label('below')]))")
    field = (await page.widget("Same")).locator("input")
    await field.fill("typed")
    await field.press("Enter")
    await page.reload()
    field = (await page.widget("Same")).locator("input")
    await expect(field).to_have_value("typed")
    other = await browser.open()
    try:
        second = (await other.widget("Same")).locator("input")
        await expect(second).to_have_value("typed")
        await field.fill("again")
        await field.press("Enter")
        await expect(second).to_have_value("again")
    finally:
        await other.close()


async def test_a_button_writes_into_an_output(browser: WidgetBrowser, page: WidgetPage) -> None:
    await browser.show(
        "Button",
        """
out = w.Output()
def pressed(_):
    with out:
        print("\\x1b[32mpressed\\x1b[0m")
        display(w.HTML("<em>nested</em>"))
        1 / 0
button = w.Button(description="Press", icon="check")
button.on_click(pressed)
display(w.VBox([button, out]))
""",
    )
    widget = await page.widget("Button")
    await widget.get_by_role("button", name="Press").click()
    await expect(widget.locator(".stream .line, .stream span").first).to_contain_text("pressed")
    await expect(widget.locator("em")).to_have_text("nested")
    await expect(widget.locator(".error-name")).to_have_text("ZeroDivisionError")


async def test_interact_and_tables(browser: WidgetBrowser, page: WidgetPage) -> None:
    await browser.show(
        "Interact",
        """
import pandas
@w.interact(x=(0, 9))
def square(x=3):
    return pandas.DataFrame({"square": [x * x]})
""",
    )
    widget = await page.widget("Interact")
    cell = widget.locator(".local-table tbody tr:not(.spacer) td")
    await expect(cell).to_have_text("9")
    await widget.locator(".noUi-handle").focus()
    await page.page.keyboard.press("ArrowRight")
    await expect(cell).to_have_text("16")


async def test_a_link_joins_widgets_in_different_frames(
    browser: WidgetBrowser, page: WidgetPage
) -> None:
    await browser.show(
        "Ends",
        "p, q = w.IntText(1), w.IntText(2); display(p)\n"
        "link = w.jslink((p, 'value'), (q, 'value'))",
    )
    await browser.show("Other end", "display(q)")
    first = (await page.widget("Ends")).locator("input")
    second = (await page.widget("Other end")).locator("input")
    await expect(second).to_have_value("1")
    await first.fill("5")
    await first.press("Enter")
    await expect(second).to_have_value("5")
    assert await browser.kernel.value("q.value") == "5"


async def test_tabs_show_one_child_and_accordions_open(
    browser: WidgetBrowser, page: WidgetPage
) -> None:
    await browser.show(
        "Tabs",
        "display(w.Tab([w.Label('one'), w.Label('two')], titles=['A', 'B']),"
        " w.Accordion([w.Label('inside')], titles=['More']))",
    )
    cell = page.cell("Tabs")
    await cell.scroll_into_view_if_needed()
    outputs = [
        cell.locator("iframe").nth(at).content_frame.frame_locator("iframe") for at in (0, 1)
    ]
    await expect(outputs[0].get_by_text("one")).to_be_visible()
    await expect(outputs[0].get_by_text("two")).to_be_hidden()
    await outputs[0].get_by_text("B", exact=True).click()
    await expect(outputs[0].get_by_text("two")).to_be_visible()
    await expect(outputs[0].get_by_text("one")).to_be_hidden()
    await outputs[1].get_by_text("More").click()
    await expect(outputs[1].get_by_text("inside")).to_be_visible()


async def test_a_file_is_uploaded(browser: WidgetBrowser, page: WidgetPage) -> None:
    await browser.show("Upload", "upload = w.FileUpload(); display(upload)")
    widget = await page.widget("Upload")
    async with page.page.expect_file_chooser() as chooser:
        await widget.get_by_role("button").click()
    await (await chooser.value).set_files(
        [{"name": "data.bin", "mimeType": "application/x-test", "buffer": bytes(range(256))}]
    )
    await expect(widget.get_by_role("button")).to_contain_text("(1)")
    read = "(upload.value[0].name, bytes(upload.value[0].content) == bytes(range(256)))"
    assert await browser.kernel.value(read) == "('data.bin', True)"


async def test_tqdm_and_pickers(browser: WidgetBrowser, page: WidgetPage) -> None:
    await browser.show(
        "Pickers",
        "from tqdm.notebook import tqdm\nfor _ in tqdm(range(5), desc='work'): pass\n"
        "day, colour = w.DatePicker(), w.ColorPicker(value='#ff8800')\n"
        "display(w.VBox([day, colour]))",
    )
    cell = page.cell("Pickers")
    await cell.scroll_into_view_if_needed()
    bar, pickers = (
        cell.locator("iframe").nth(at).content_frame.frame_locator("iframe") for at in (0, 1)
    )
    await expect(bar.locator(".progress-bar-success")).to_be_visible()
    await expect(bar.locator("#widget")).to_contain_text("5/5")
    await pickers.locator("input[type=date]").fill("2026-02-03")
    await pickers.locator("input[type=color]").fill("#00ff00")
    await expect(pickers.locator("input[type=text]")).to_have_value("#00ff00")
    assert (
        await browser.kernel.value("(str(day.value), colour.value)") == "('2026-02-03', '#00ff00')"
    )


async def test_closed_missing_and_reset(browser: WidgetBrowser, page: WidgetPage) -> None:
    await browser.show(
        "Gone", "gone = w.Label('here'); kept = w.Label('kept'); display(gone); display(kept)"
    )
    cell = page.cell("Gone")
    await cell.scroll_into_view_if_needed()
    await expect(cell.locator("iframe")).to_have_count(2)
    await browser.kernel.run("gone.close()")
    await expect(cell.locator("iframe")).to_have_count(1)
    view = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "nobody"},
        "text/plain": "Slider()",
    }
    browser.add("Unknown", [{"kind": "display", "data": view}])
    await page.cell("Unknown").scroll_into_view_if_needed()
    await expect(
        page.cell("Unknown").get_by_text("no longer in the session. Run the cell again")
    ).to_be_visible()
    browser.kernel.tell(reset=True)
    await cell.scroll_into_view_if_needed()
    await expect(cell.get_by_text("The kernel was restarted").first).to_be_visible()
    assert not page.errors


async def test_formulas_and_charts_in_outputs(browser: WidgetBrowser, page: WidgetPage) -> None:
    await browser.show(
        "Formulas",
        """
plot = w.Output()
bars = {"data": [{"type": "bar", "y": [1, 3]}], "layout": {"height": 200}}
line = {"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a"}}}
with plot:
    display({"application/vnd.plotly.v1+json": bars}, raw=True)
    display({"application/vnd.vegalite.v5+json": line}, raw=True)
display(w.VBox([w.Label("Area $a^2$, cost 5$"), plot]))
""",
    )
    widget = await page.widget("Formulas")
    label = widget.locator(".widget-label")
    await expect(label.locator("math")).to_be_visible()
    await expect(label).to_contain_text("cost 5$")
    charts = widget.locator(".html-output")
    await expect(charts.nth(0).locator(".bars path").first).to_be_attached()
    await expect(charts.nth(1).locator("svg.marks, canvas.marks, .marks").first).to_be_attached()
