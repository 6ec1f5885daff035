"""Small pictures of objects that are pictures: real PNGs, made without drawing anything."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from cellbridge.analysis.inspection_text import live_markdown
from cellbridge.core.code_info import OBJECT
from support.kernels import Bench, prepared

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETUP = """
import io
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
grey = np.full((300, 200), 77, "u1")
red = np.zeros((20, 10, 3), "u1"); red[..., 0] = 255
clear = np.zeros((16, 16, 4), "u1")
tiny, floats, wrong = red[:2, :2], red / 2, np.zeros((20, 20, 5), "u1")
image = Image.new("RGB", (400, 100), (0, 128, 255))
file = io.BytesIO(); image.save(file, "PNG"); file.seek(0)
unread = Image.open(file)
palette = image.convert("P")
ran = []
class Spy(np.ndarray):
    def __getitem__(self, key): ran.append("item")
    def tobytes(self): ran.append("bytes")
spy = np.zeros((20, 20), "u1").view(Spy)
fresh, drawn = Figure((4, 2), dpi=50), Figure((4, 2), dpi=50)
for one in (fresh, drawn): FigureCanvasAgg(one); one.add_subplot().plot([1, 2])
drawn.canvas.draw()
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    async with prepared(SETUP) as started:
        yield started


async def shown(bench: Bench, name: str) -> Image.Image | None:
    found = (await bench.kernel.inspect(name, len(name), 20.0)).data[OBJECT].get("picture")
    return Image.open(io.BytesIO(base64.b64decode(found))) if found else None


@pytest.mark.parametrize(
    ("name", "mode", "size", "pixel"),
    [
        ("grey", "L", (67, 100), 77),
        ("red", "RGB", (10, 20), (255, 0, 0)),
        ("clear", "RGBA", (16, 16), (0, 0, 0, 0)),
        ("image", "RGB", (100, 25), (0, 128, 255)),
        ("drawn", "RGBA", (100, 50), (255, 255, 255, 255)),
    ],
)
async def test_a_picture_is_shown_small(
    bench: Bench, name: str, mode: str, size: tuple[int, int], pixel: object
) -> None:
    picture = await shown(bench, name)
    assert picture is not None
    assert (picture.mode, picture.size, picture.getpixel((1, 1))) == (mode, size, pixel)


@pytest.mark.parametrize("name", ["tiny", "floats", "wrong", "unread", "palette", "spy", "fresh"])
async def test_what_would_have_to_be_drawn_read_or_run_has_none(bench: Bench, name: str) -> None:
    assert await shown(bench, name) is None
    assert (await bench.run("print(ran)")).text == "[]\n"


async def test_a_reader_that_draws_no_pictures_gets_none(bench: Bench) -> None:
    data = (await bench.kernel.inspect("red", 3, 20.0)).data
    assert live_markdown(data, pictures=True).startswith("![](data:image/png;base64,iVBOR")
    assert "data:image" not in live_markdown(data)
    assert "20 × 10 × 3" in live_markdown(data)
