"""Widgets of a real kernel: every client has the same states, whenever it looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cellbridge.core.output.preview import plain_text
from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.core.widgets.models import WidgetModels
from cellbridge.session.errors import SessionError
from cellbridge.session.store.offline_reader import read_widgets
from cellbridge.session.widget_messages import WidgetsChanged
from support.patience import PATIENCE
from support.sessions import Client, client_of, host_of, kill, location_of, stop

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLIDER = """\
import ipywidgets as w, os, time
slider, moves = w.IntSlider(7, description="n"), []
slider.observe(lambda change: moves.append(change["new"]), "value")
slider"""
BUTTONS = """\
out, plain, counts = w.Output(), w.Button(description="plain"), [0]
captured = w.Button(description="captured")
def press(button):
    with out:
        print("pressed")
        counts[0] += 1
def loud(button):
    print("heard")
captured.on_click(press); plain.on_click(loud)
w.VBox([captured, plain, out])"""
LATE = "w.FloatSlider(0.5, description='late')"
IMAGE = "w.Image(value=bytes(range(256)) * 4, format='png')"
PICTURE = bytes(range(256)) * 4
CLICK = {"event": "click"}


class Page:
    """A client that watches widgets, with a mirror of their states."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.models = WidgetModels()
        self.received: list[WidgetMessage] = []
        self.resets = 0
        self._changed = asyncio.Event()
        client.session.widgets_listener = self._take

    def _take(self, change: WidgetsChanged) -> None:
        if change.reset:
            self.models = WidgetModels()
            self.resets += 1
        for message in change.messages:
            self.received.append(message)
            self.models.apply(message)
        self._changed.set()

    async def until(self, seen: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            while not seen():
                self._changed.clear()
                await self._changed.wait()

    def value(self, description: str, name: str = "value") -> Any:
        """Return an attribute of the widget with this description; None without one."""
        model = self.models.get(self.find(description) or "")
        return model.get(name) if model is not None else None

    def find(self, description: str) -> str:
        """Return the id of the widget with this description; empty without one."""
        return next(
            (one for one in self.models if self._get(one, "description") == description), ""
        )

    def of_type(self, name: str) -> str:
        """Return the id of a widget of this type; empty without one."""
        return next((one for one in self.models if self._get(one, "_model_name") == name), "")

    def image(self) -> bytes | None:
        """Return the bytes of the image; None without one."""
        model = self.models.get(self.of_type("ImageModel"))
        return model.buffers.get(("value",)) if model is not None else None

    def _get(self, model: str, name: str) -> Any:
        known = self.models.get(model)
        return known.get(name) if known is not None else None

    def outputs(self) -> str:
        """Return the text that the Output widget has captured."""
        outputs = self._get(self.of_type("OutputModel"), "outputs") or []
        return "".join(one["text"] for one in outputs)

    async def set(self, description: str, **state: Any) -> None:
        message = WidgetMessage("update", self.find(description), state)
        self.models.apply(message)
        await self.client.session.send_widgets([message])

    async def click(self, description: str) -> None:
        message = WidgetMessage("custom", self.find(description), {}, CLICK)
        await self.client.session.send_widgets([message])

    def text(self, run: str) -> str:
        return plain_text(self.client.session.outputs.get(run, []), 4000)


@asynccontextmanager
async def page_of(script: Path) -> AsyncIterator[Page]:
    async with client_of(script) as client:
        page = Page(client)
        await client.session.watch_widgets()
        yield page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(script: Path) -> AsyncIterator[Page]:
    """A page of the session that the tests of this module share."""
    async with page_of(script) as page:
        await page.client.run(SLIDER)
        await page.until(lambda: page.value("n") == 7)
        yield page


async def test_two_pages_agree_and_the_kernel_knows(page: Page, script: Path) -> None:
    async with page_of(script) as other:
        assert other.find("n") == page.find("n")
        before = len(other.received)
        await other.set("n", value=21)
        await page.until(lambda: page.value("n") == 21)
        [run] = await page.client.run("print(slider.value, moves[-1:])")
        assert "21 [21]" in page.text(run.id)
        await page.client.run(LATE)
        await other.until(lambda: other.value("late") == 0.5)
        # The kernel has confirmed the value, so nothing is sent to the page that set it.
        slider = other.find("n")
        assert not [one for one in other.received[before:] if one.model == slider]
        await page.client.run("slider.value = 3")
        await other.until(lambda: other.value("n") == 3)
        await page.until(lambda: page.value("n") == 3)


async def test_binary_parts_reach_pages_opened_later(page: Page, script: Path) -> None:
    [run] = await page.client.run(IMAGE)
    await page.until(lambda: page.image() == PICTURE)
    async with page_of(script) as late:
        assert late.image() == PICTURE
    assert "Image" in page.text(run.id)


async def test_a_slider_moved_during_a_cell_ends_in_its_last_value(
    page: Page, tmp_path: Path
) -> None:
    flag = tmp_path / "go"
    await page.client.run("moves.clear()")
    [run] = await page.client.start(f"while not os.path.exists({str(flag)!r}): time.sleep(0.01)")
    for value in range(1_000):
        await page.set("n", value=value % 100)
    flag.touch()
    await page.client.session.wait_for_run(run)
    [read] = await page.client.run("print(slider.value, len(moves))")
    value, moves = map(int, page.text(read.id).split())
    assert (value, page.value("n")) == (99, 99)
    assert 0 < moves < 50


async def test_outputs_of_buttons_are_not_lost(page: Page) -> None:
    [run] = await page.client.run(BUTTONS)
    await page.until(lambda: page.find("captured") and page.find("plain"))
    for _ in range(2):
        await page.click("captured")
    await page.click("plain")
    await page.until(lambda: page.outputs() == "pressed\npressed\n")
    await page.client.watcher.until(lambda: "heard" in page.text(run.id))
    assert page.text(run.id).count("pressed") == 2
    assert page.text(run.id).rstrip().endswith("heard")
    # The kernel has the captured outputs, too, so code can remove them.
    [read] = await page.client.run("print(len(out.outputs), counts); out.outputs = ()")
    assert page.text(read.id).strip() == "1 [2]"
    await page.until(lambda: page.outputs() == "")


async def test_widgets_outlive_their_host_and_their_kernel(own: Path) -> None:
    async with page_of(own) as page:
        await page.client.run(SLIDER, IMAGE)
        await page.until(lambda: page.value("n") == 7 and page.image() == PICTURE)
        await page.set("n", value=42)
        await page.client.run("pass")
        models = {*page.models}
        kill(host_of(own))
    async with page_of(own) as again:
        await again.until(lambda: again.value("n") == 42 and {*again.models} == models)
        assert again.image() == PICTURE
        await again.set("n", value=43)
        [run] = await again.client.run("print(slider.value)")
        assert again.text(run.id).strip() == "43"
    await stop(own)
    stored = WidgetModels()
    for message in read_widgets(location_of(own).store):
        stored.apply(message)
    assert {*stored} == models
    async with page_of(own) as late:
        # The kernel has ended, and its widgets show their last values.
        await late.until(lambda: late.value("n") == 43)
        change = [WidgetMessage("update", late.find("n"), {"value": 1})]
        with pytest.raises(SessionError, match="No kernel runs"):
            await late.client.session.send_widgets(change)
        resets = late.resets
        await late.client.run(SLIDER)
        await late.until(lambda: late.value("n") == 7)
        assert (late.resets, late.image()) == (resets + 1, None)
