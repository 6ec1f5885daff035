"""Outputs that change after they have come: progress bars, displays with an id, and widgets."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from cellbridge.core.output.outputs import Output, Stream
from cellbridge.core.output.preview import one_line, plain_text
from cellbridge.session.store.store import Store
from support.sessions import Client, location_of, session_of

NESTED = """\
from tqdm{kind} import tqdm
for i in tqdm(range({steps}), desc="outer", mininterval=0):
    for j in tqdm(range(4), desc="inner", leave=False, mininterval=0):
        pass
"""
BARS = "import ipywidgets\nbar = ipywidgets.IntProgress(3, max=5, description='load')\nbar"
VALUES = """\
w = ipywidgets
w.VBox([
    w.HBox([w.Label("size"), w.IntSlider(7, description="n")]),
    w.Checkbox(True, description="on"), w.Dropdown(options=["x", "y"], value="y"),
    w.HTML("<b>bold</b> text"), w.Text("hi", description="name:"), w.Button(description="Go"),
])"""
CAPTURED = """\
print("above")
captured = w.Output()
display(captured)
with captured:
    print("gone")
    captured.clear_output()
    print("inside")
print("below")"""
OTHER = "w.Image(value=b'')"
RICH = "from rich.progress import track\nfor _ in track(range(3), description='rich'): pass"
FRAMES = """\
import pandas as pd, polars as pl
pd.set_option("display.show_dimensions", False)
levels = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["outer", "inner"])
named = pd.DataFrame({"x": [1, 2, 3], "y": 0}, index=pd.Index(list("abc"), name="key"))"""
SHAPES = {
    "named": "DataFrame 3 × 2",
    "pd.DataFrame({'v': range(4)}, index=levels)": "DataFrame 4 × 1",
    "pd.DataFrame(0, index=range(1000), columns=range(50))": "DataFrame 1,000 × 50",
    "pd.DataFrame(0, index=range(1000), columns=range(2)).style": "DataFrame 1,000 × 2",
    "named.iloc[:0]": "DataFrame 0 × 2",
    "named.x": "Series 3",
    "pl.DataFrame({'a': range(100)})": "DataFrame 100 × 1",
    "pl.Series([1, 2])": "Series 2",
    "[1, 2]": "[1, 2]",
}
AGAIN = (
    "h = display('n', display_id=True)\nh.update('m')\nh.display('k')",
    "_ = display('x', display_id='dd')",
    "_ = display('y', display_id='dd')",
    "from IPython.display import update_display\nupdate_display('z', display_id='unknown')",
)


async def check_text(client: Client, store: Path, expected: str, *sources: str) -> None:
    """Check the text of the first of these cells after all have run, also in the store."""
    runs = await client.run(*sources)
    stored = Store.open_for_reading(store)
    try:
        for outputs in (client.session.outputs.get(runs[0].id, []), stored.outputs(runs[0].id)):
            assert re.fullmatch(expected, text_of(outputs)), text_of(outputs)
    finally:
        stored.close()


def text_of(outputs: list[Output]) -> str:
    return plain_text(outputs, 4000).rstrip("\n")


async def test_outputs_show_their_last_state(tmp_path: Path) -> None:
    async with session_of(script := tmp_path / "script.py") as client:
        check = partial(check_text, client, location_of(script).store)
        terminal_bar = r"outer: 100%\|█+\| {0}/{0} \[.*\]"
        await check(terminal_bar.format(3), NESTED.format(kind="", steps=3))
        await check(terminal_bar.format(1000), NESTED.format(kind="", steps=1000))
        await check(r"outer: 100% 3/3 \[.*\]", NESTED.format(kind=".auto", steps=3))
        await check("'k'\n'k'", *AGAIN)
        await check("'y'", *AGAIN[1:])
        await check("load: 60% 3/5", BARS)
        await check("load: 100% 5/5", BARS, "bar.value = 5")
        await check("", BARS, "bar.close()")
        values = "size n: 7\n\\[x\\] on\n\\[dropdown\\] y\nbold text\nname: hi\n\\[Go\\]"
        await check(values, VALUES)
        await check("above\ninside\nbelow", CAPTURED)
        await check(r"\[Widgets of type Image are not shown here\. .*\]", OTHER)
        await check("", '"""Words of the script."""')
        await check("'a value'", "'a value'")
        await check("rich ━+ 100% 0:00:00", RICH)
        (ended,) = await client.run(RICH)
        assert one_line(client.session.outputs[ended.id], 100).startswith("rich ━")
        await client.run(FRAMES)
        for run, shape in zip(await client.run(*SHAPES), SHAPES.values(), strict=True):
            assert one_line(client.session.outputs[run.id], 100) == shape
        (flood,) = await client.run(NESTED.format(kind="", steps=50))
        (bars,) = client.session.outputs[flood.id]
        assert isinstance(bars, Stream)
        assert bars.lines == 1
        assert bars.text.startswith("outer: 100%")
