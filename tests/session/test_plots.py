"""The history of plots: what a store keeps of earlier runs, and what a kernel draws again."""

from __future__ import annotations

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cellbridge.core.output.images import pixel_size
from cellbridge.core.output.outputs import Display, DropOutputs, Op, SetOutput, Stream
from cellbridge.core.runs.runs import RunState
from cellbridge.session.errors import SessionError
from cellbridge.session.host.resilient_store import ResilientStore
from cellbridge.session.store import free_space, offline_reader, output_size, plots, schema
from cellbridge.session.store.batch import Batch
from cellbridge.session.store.store import Store
from support.sessions import Client, client_of
from support.stores import batch_with_display, run_of

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DRAW = "import matplotlib.pyplot as plt\nplt.plot({})\nplt.show()"


def image(name: str, mime: str = "image/png") -> SetOutput:
    """Return the first output of a run: an image whose bytes contain ``name``."""
    content = name if mime == "image/svg+xml" else base64.b64encode(PNG + name.encode()).decode()
    return SetOutput(0, Display({"text/plain": "a plot", mime: content}))


def shown(name: str, cell: str, *ops: Op, state: RunState = RunState.OK) -> Batch:
    """Return a batch with a run of ``cell`` that has the id ``name`` and these outputs."""
    return Batch({name: run_of(name, cell, state)}, [(name, op) for op in ops or (image(name),)])


def sweep(store: Store) -> None:
    while store.sweep():
        pass


def ids(store: Store) -> list[str]:
    return [plot.id for plot in store.plots().plots]


def stored_images(path: Path) -> int:
    """Return how many images the tables of plots hold themselves."""
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT COUNT(image) FROM plots").fetchone()
        return count


@pytest.fixture
def store(path: Path):
    opened = Store.open(path)
    yield opened
    opened.close()


def data_of(store: Store, plot: str) -> bytes:
    found = store.plot_image(plot)
    assert found is not None
    return found.data


def test_an_image_stays_when_its_run_is_forgotten_and_is_stored_once(
    store: Store, path: Path
) -> None:
    store.save(shown("r1", "a"))
    (plot,) = store.plots().plots
    assert (plot.run, plot.cell, plot.mime, plot.width, plot.height) == (
        "r1", "a", "image/png", 1, 1,
    )  # fmt: skip
    assert data_of(store, plot.id) == PNG + b"r1"
    assert stored_images(path) == 0
    store.save(Batch(forgotten=["r1"]))
    assert data_of(store, plot.id) == PNG + b"r1"
    sweep(store)
    assert store.plots().plots == [plot]
    assert (data_of(store, plot.id), stored_images(path)) == (PNG + b"r1", 1)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM outputs").fetchone() == (0,)
    assert [one.id for one in offline_reader.read_plots(path).plots] == [plot.id]
    read = offline_reader.read_plot(path, plot.id)
    assert read is not None
    assert read.data == PNG + b"r1"


def test_an_updated_or_replaced_display_has_one_entry_with_its_last_image(store: Store) -> None:
    frames = [image(f"frame {n}") for n in range(3)]
    store.save(shown("r1", "a", frames[0], state=RunState.RUNNING))
    for frame in frames[1:]:
        store.save(Batch(ops=[("r1", frame)]))
    (plot,) = store.plots().plots
    assert data_of(store, plot.id) == PNG + b"frame 2"
    store.save(Batch(ops=[("r1", DropOutputs()), ("r1", image("after clear_output"))]))
    assert ids(store) == [plot.id]
    assert data_of(store, plot.id) == PNG + b"after clear_output"
    store.save(Batch(ops=[("r1", SetOutput(0, Stream("stdout", "no image", 8, 0)))]))
    assert ids(store) == []


def test_the_same_image_of_a_cell_twice_in_a_row_is_one_entry(store: Store) -> None:
    for run, name in (("r1", "x"), ("r2", "x"), ("r3", "y"), ("r4", "x")):
        store.save(shown(run, "a", image(name)))
        store.save(Batch(forgotten=[run]))
        sweep(store)
    store.save(shown("other", "b", image("x")))
    assert ids(store) == ["r2-0", "r3-0", "r4-0", "other-0"]


def test_svg_is_kept_as_text_and_an_image_that_cannot_be_decoded_is_not_kept(
    store: Store,
) -> None:
    drawing = '<svg width="30" height="20"></svg>'
    store.save(shown("r1", "a", image(drawing, "image/svg+xml")))
    broken = SetOutput(0, Display({"image/png": "a"}))
    store.save(shown("r2", "b", broken))
    (plot,) = store.plots().plots
    assert (plot.mime, plot.width, plot.height) == ("image/svg+xml", 30, 20)
    assert data_of(store, plot.id) == drawing.encode()


def test_the_oldest_entries_are_dropped_beyond_the_limits(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots, "PLOT_LIMIT", 5)
    for n in range(8):
        store.save(shown(f"r{n}", f"cell {n}"))
    assert ids(store) == [f"r{n}-0" for n in range(3, 8)]
    assert store.plots().dropped == 3
    monkeypatch.setattr(plots, "KEPT_BYTES", 2 * (len(PNG) + 2))
    store.save(Batch(forgotten=[f"r{n}" for n in range(7)]))
    sweep(store)
    # Two images of forgotten runs; the last one still belongs to its run.
    assert ids(store)[-1] == "r7-0"
    assert (len(ids(store)), store.plots().dropped, stored_images(path)) == (3, 5, 2)


def test_clearing_all_leaves_only_the_images_of_existing_runs(store: Store) -> None:
    store.save(shown("old", "a"))
    store.save(Batch(forgotten=["old"]))
    sweep(store)
    store.save(shown("running", "b", state=RunState.RUNNING))
    revision = store.plots_revision
    store.save(Batch(clear_plots=True))
    assert ids(store) == ["running-0"]
    assert store.plots_revision > revision


def test_kept_images_do_not_count_for_the_quota_and_go_first_on_a_full_disk(
    store: Store, path: Path
) -> None:
    large = image("x" * 500_000)
    store.save(shown("r1", "a", large))
    before = output_size.measure(path, []).used
    assert before > 500_000
    store.save(Batch(forgotten=["r1"]))
    sweep(store)
    assert output_size.measure(path, []).used < 100_000
    store.save(shown("r2", "b"))
    with closing(schema.connect(path)) as connection:
        free_space.delete_runs(connection, [])
    assert ids(store) == ["r2-0"]


def test_damage_takes_no_other_plot_along(store: Store, path: Path) -> None:
    for name in ("r1", "r2", "r3"):
        store.save(shown(name, name))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE plots SET info = x'ff' WHERE run = 'r2'")
    found = Store.open_for_reading(path)
    assert (ids(found), found.unread) == (["r1-0", "r3-0"], 1)
    assert found.plot_image("r2-0") is found.plot_image("r9-0") is found.plot_image("none") is None
    found.close()


def test_a_store_of_an_earlier_version_has_no_plots(path: Path) -> None:
    first = Store.open(path)
    first.save(shown("r1", "a"))
    first.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("DROP TABLE plots; DROP TABLE dropped_plots")
    assert offline_reader.read_plots(path).plots == []
    assert offline_reader.read_plot(path, "r1-0") is None
    assert output_size.measure(path, ["r1"]).of_runs["r1"] > 0
    again = Store.open(path)
    again.save(shown("r2", "a"))
    assert ids(again) == ["r2-0"]
    again.close()


def test_the_history_is_copied_from_a_file_that_turns_out_to_be_damaged(path: Path) -> None:
    storage = ResilientStore(path, "/a.py")
    storage.open()
    storage.save(shown("old", "a"))
    storage.save(Batch(forgotten=["old"]))
    while storage.sweep():
        pass
    storage.save(shown("last", "a"))
    storage.close()
    # The index of the runs, which reading them does not need, is gone.
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_runs_1'"
        ).fetchone()
    whole = bytearray(path.read_bytes())
    whole[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    path.write_bytes(whole)
    storage = ResilientStore(path, "/a.py")
    storage.open()
    assert storage.save(batch_with_display("other", "a text"))
    assert schema.list_put_aside(path)
    found = storage.plots().plots
    assert [plot.id for plot in found] == ["old-0", "last-0"]
    images = [storage.plot_image(plot.id) for plot in found]
    assert [one and one.data for one in images] == [PNG + b"old", PNG + b"last"]
    storage.close()


async def plots_of(client: Client):
    return (await client.session.list_plots()).plots


@pytest.mark.asyncio(loop_scope="module")
async def test_a_session_keeps_plots_and_draws_living_figures_again(script: Path) -> None:
    async with client_of(script) as client:
        (first,) = await client.run(DRAW.format([1, 2]))
        (plot,) = await plots_of(client)
        assert (plot.run, plot.cell, plot.alive) == (first.id, "c0", True)
        changed: list[bool] = []
        client.session.plots_listener = lambda: changed.append(True)
        await client.run(DRAW.format([2, 1]))
        assert changed == [True]
        old, new = await plots_of(client)
        assert (old.id, old.alive, new.alive) == (plot.id, True, True)
        stored = await client.session.get_plot(old.id)
        assert pixel_size(stored.mime, base64.b64encode(stored.data).decode()) == (
            old.width,
            old.height,
        )
        large = await client.session.get_plot(old.id, "png", 2.0)
        assert large.redrawn
        size = pixel_size(large.mime, base64.b64encode(large.data).decode())
        assert size is not None
        assert size[0] == pytest.approx(2 * old.width, abs=3)
        drawing = await client.session.get_plot(old.id, "svg")
        assert (drawing.mime, b"<svg" in drawing.data) == ("image/svg+xml", True)
        document = await client.session.get_plot(old.id, "pdf")
        assert document.data.startswith(b"%PDF")
        await client.session.clear_outputs([*client.session.runs], everything=True)
        assert await plots_of(client) == []
        with pytest.raises(SessionError, match="no longer in the history"):
            await client.session.get_plot(old.id)


@pytest.mark.asyncio(loop_scope="module")
async def test_figures_that_are_gone_slow_or_busy_are_not_drawn_again(script: Path) -> None:
    async with client_of(script) as client:
        await client.session.clear_outputs([*client.session.runs], everything=True)
        slow = (
            "import time\nimport matplotlib.pyplot as plt\nfrom matplotlib.figure import Figure\n"
            "class Slow(Figure):\n    def draw(self, renderer):\n"
            "        time.sleep(2.1)\n        super().draw(renderer)\n"
            "plt.figure(FigureClass=Slow)\nplt.plot([9, 1])\nplt.show()"
        )
        await client.run(slow)
        (frozen,) = await plots_of(client)
        assert not frozen.alive
        stored = await client.session.get_plot(frozen.id, "svg")
        assert (stored.mime, stored.redrawn) == ("image/png", False)
        assert "The figure was not drawn again" in stored.message
        await client.run("".join(DRAW.format([n]) + "\n" for n in range(11)))
        alive = [plot.alive for plot in await plots_of(client)]
        assert alive == [False, False, *[True] * 10]
        (waiting,) = await client.start("answer = input()")
        await client.watcher.until(lambda: client.session.runs[waiting].waiting is not None)
        last = (await plots_of(client))[-1]
        busy = await client.session.get_plot(last.id, "png", 2.0)
        assert (busy.redrawn, "a cell is running" in busy.message) == (False, True)
        await client.session.answer_input(waiting, "")
        await client.session.wait_for_run(waiting)
        assert (await client.session.get_plot(last.id, "png", 2.0)).redrawn
        await client.run(
            "large = plt.figure(figsize=(300, 300), dpi=5)\nplt.plot([1])\nplt.close(large)\nlarge"
        )
        large = (await plots_of(client))[-1]
        refused = await client.session.get_plot(large.id, "png", 10.0)
        assert (refused.redrawn, "too large" in refused.message) == (False, True)
