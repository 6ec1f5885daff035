"""The views of cells after any edits, and how few of them are created again."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cellbridge.core.document.cells import parse
from cellbridge.core.document.identity import Roster
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Change, Position, Range, Text, line_edit
from cellbridge.core.output.outputs import Output, Stream
from cellbridge.core.runs.runs import Origin, Run, RunState
from cellbridge.workspace.run_index import RunIndex

SCRIPT = "".join(f"# %%\nx{at} = x{at - 1} + 1\n\n" for at in range(8))


class Document:
    """A script some of whose cells have run, in an order of their own."""

    def __init__(self, order: list[int]) -> None:
        self.text = Text.of(SCRIPT)
        cells = parse(self.text, PYTHON)
        self._numbers = count()
        self.roster = Roster(cells, tuple(self._mint() for _ in cells))
        self._runs = [self._run(at, time) for time, at in enumerate(order, 1)]
        self._outputs: dict[str, list[Output]] = {
            run.id: [Stream("stdout", run.id, 4, 0)] for run in self._runs
        }

    def index(self) -> RunIndex:
        return RunIndex(self._runs, self._outputs)

    def following(self, index: RunIndex, at: int, *, again: bool) -> RunIndex:
        """Have a cell print, or run again; return the index that takes the place of the last."""
        at %= len(self.roster.ids)
        run = next((one for one in self._runs if one.cell_id == self.roster.ids[at]), None)
        if run is None or again:
            run = self._run(at, 100 + next(self._numbers))
            self._runs.append(run)
        said = self._outputs.get(run.id, [])
        self._outputs[run.id] = [*said, Stream("stdout", "more", 4, 0)]
        return index.with_changes(self._runs, self._outputs, frozenset({run.cell_id}))

    def edit(self, line: int, text: str) -> None:
        at = Position(min(line, len(self.text.lines) - 1), 0)
        change = Change(Range(at, at), text)
        after = self.text.apply(change)
        lines = line_edit(self.text, change, after)
        cells = self.roster.cells.apply_edit(after, lines.first, lines.removed, lines.inserted)
        self.roster, self.text = self.roster.after(cells, self._mint), after

    def _mint(self) -> str:
        return f"cell{next(self._numbers)}"

    def _run(self, at: int, time: int) -> Run:
        source = self.roster.cells[at].source
        return Run(
            id=f"run{time}",
            cell_id=self.roster.ids[at],
            source=source,
            cell_source=source,
            origin=Origin("script.py", 0),
            state=RunState.OK,
            started_at=float(time),
        )


@given(
    st.lists(st.integers(0, 7), max_size=8),
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(["y", "\n", "# %%\n", "x3 = 1\n"])),
        max_size=6,
    ),
)
def test_views_given_again_are_as_if_made_anew(
    order: list[int], edits: list[tuple[int, str]]
) -> None:
    document = Document(order)
    index = document.index()
    for edit in [(0, ""), *edits]:
        document.edit(*edit)
        cells, ids = document.roster.cells, document.roster.ids
        assert index.views(cells, ids) == document.index().views(cells, ids)


def test_a_key_makes_one_view_anew() -> None:
    document = Document(list(range(8)))
    index = document.index()
    before = index.views(document.roster.cells, document.roster.ids)
    document.edit(4, "y")
    after = index.views(document.roster.cells, document.roster.ids)
    assert [new is old for new, old in zip(after, before, strict=True)].count(False) == 1
    assert index.views(document.roster.cells, document.roster.ids) is after


@given(
    st.lists(st.integers(0, 7), max_size=8),
    st.lists(
        st.tuples(st.integers(0, 7), st.booleans(), st.sampled_from(["", "", "y", "# %%\n"])),
        max_size=6,
    ),
)
def test_views_after_news_are_as_if_made_anew(
    order: list[int], news: list[tuple[int, bool, str]]
) -> None:
    document = Document(order)
    index = document.index()
    for at, again, edit in news:
        index = document.following(index, at, again=again)
        if edit:
            document.edit(at, edit)
        cells, ids = document.roster.cells, document.roster.ids
        if at % 2:  # Not everyone looks after each change.
            assert index.views(cells, ids) == document.index().views(cells, ids)
    cells, ids = document.roster.cells, document.roster.ids
    assert index.views(cells, ids) == document.index().views(cells, ids)


def test_a_printing_cell_makes_one_view_anew() -> None:
    document = Document(list(range(8)))
    index = document.index()
    cells, ids = document.roster.cells, document.roster.ids
    before = index.views(cells, ids)
    after = document.following(index, 4, again=False).views(cells, ids)
    assert [new is old for new, old in zip(after, before, strict=True)].count(False) == 1


@given(
    st.lists(st.integers(0, 7), max_size=8),
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(["y", "\n", "# %%\n", "x3 = 1\n"])),
        max_size=6,
    ),
)
def test_views_with_runs_are_those_of_all_views(
    order: list[int], edits: list[tuple[int, str]]
) -> None:
    document = Document(order)
    index = document.index()
    for edit in [(0, ""), *edits]:
        document.edit(*edit)
        cells, ids = document.roster.cells, document.roster.ids
        views = tuple(view for view in index.views(cells, ids) if view.run is not None)
        assert index.views_with_runs(cells, ids) == views


def test_runs_outside_the_script_are_no_outputs_of_removed_cells() -> None:
    document = Document([0, 1])
    index = document.index()
    before = index.lost(document.roster.ids)
    shown = index.shown_run(document.roster.ids[0])
    assert shown is not None
    runs = [shown, replace(shown, id="outside", cell_id="")]
    assert RunIndex(runs, {}).lost(document.roster.ids) == before == []
    assert "" not in RunIndex(runs, {}).cells
