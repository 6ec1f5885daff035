"""Cell identity: ids through every kind of change, named case by case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

import pytest

from cellbridge.core.document import identity
from cellbridge.core.document.cells import Cell, Cells, parse
from cellbridge.core.document.identity import Roster, carry, recognise
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.matching import match_cells, similarity
from cellbridge.core.document.text import Change, Position, Range, Text, line_edit


def cells_of(content: str) -> Cells:
    return parse(Text.of(content), PYTHON)


def id_counter() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"new{next(numbers)}"


class Typist:
    """A document under edit, with the ids of its cells."""

    def __init__(self, content: str, ids: str) -> None:
        self.text = Text.of(content)
        self.id_counter = id_counter()
        self.roster = Roster(parse(self.text, PYTHON), tuple(ids.split()))

    def replace(self, old: str, new: str, nth: int = 0) -> Typist:
        """Replace the nth ``old`` by ``new``, as one change of the editor."""
        content = self.text.content
        at = -1
        for _ in range(nth + 1):
            at = content.index(old, at + 1)
        start = Text.of(content[:at]).end
        end = Text.of(content[: at + len(old)]).end
        return self.change(Change(Range(start, end), new))

    def change(self, *changes: Change) -> Typist:
        """Make changes that come in one notification."""
        cells = self.roster.cells
        for change in changes:
            after = self.text.apply(change)
            lines = line_edit(self.text, change, after)
            cells = cells.apply_edit(after, lines.first, lines.removed, lines.inserted)
            self.text = after
        self.roster = self.roster.after(cells, self.id_counter)
        return self

    def become(self, content: str) -> Typist:
        """Replace the whole text, as a client without ranges sends it."""
        return self.change(Change(None, content))

    @property
    def ids(self) -> str:
        return " ".join(self.roster.ids)


TOP = Range(Position(0, 0), Position(0, 0))
THREE = """# %% one
first = compute(1)

# %% two
second = compute(2)

# %% three
third = compute(3)
"""


def test_typing_keeps_the_id_whatever_becomes_of_the_text() -> None:
    typist = Typist(THREE, "a b c")
    for old, new in [
        ("second = compute(2)", ""),
        ("# %% two\n", "# %% two\nx"),
        ("# %% two", "# %%"),
        ("# %%\n", "# %% [markdown]\n"),
        ("\nx", "\n# something else entirely, and quite a lot of it"),
    ]:
        assert typist.replace(old, new).ids == "a b c"


def test_the_first_cell_keeps_its_id_when_it_gets_a_marker() -> None:
    typist = Typist("x = 1\n# %%\ny\n", "a b")
    assert typist.replace("x = 1", "# %%\nx = 1").ids == "a b"
    assert typist.replace("# %%\nx", "import os\n\n# %%\nx").ids == "new1 a b"


def test_a_new_cell_gets_a_new_id() -> None:
    assert Typist(THREE, "a b c").replace("# %% two", "# %%\n\n# %% two").ids == "a new1 b c"
    assert Typist(THREE, "a b c").replace("compute(3)\n", "compute(3)\n\n# %%\n").ids == (
        "a b c new1"
    )


def test_a_moved_cell_takes_its_id_along() -> None:
    two = "# %% two\nsecond = compute(2)\n\n"
    moved = THREE.replace(two, "") + "\n" + two
    assert Typist(THREE, "a b c").become(moved).ids == "a c b"
    assert Typist(THREE, "a b c").become(two + THREE.replace(two, "")).ids == "b a c"


def test_cut_and_paste_in_two_steps() -> None:
    two = "# %% two\nsecond = compute(2)\n\n"
    typist = Typist(THREE, "a b c").replace(two, "")
    assert typist.ids == "a c"
    assert typist.replace("# %% one", two + "# %% one").ids == "b a c"


def test_a_split_cell_keeps_its_id_in_the_larger_part() -> None:
    body = "# %%\nfirst = load('a file')\nsecond = clean(first)\nthird = 3\n"
    typist = Typist(body, "a").replace("third", "# %%\nthird")
    assert typist.ids == "a new1"
    assert Typist(body, "a").replace("first", "# %%\nfirst").ids == "new1 a"


def test_merged_cells_keep_the_id_of_the_larger_part_and_undo_gives_both_back() -> None:
    content = "# %%\nfirst = load('a file')\nsecond = clean(first)\n# %%\nthird = 3\n"
    typist = Typist(content, "a b").replace("# %%\nthird", "third")
    assert typist.ids == "a"
    assert typist.replace("third", "# %%\nthird").ids == "a b"


def test_undo_of_a_deletion_gives_the_id_back() -> None:
    typist = Typist(THREE, "a b c").become("")
    assert typist.become(THREE).ids == "a b c"


def test_a_docstring_being_typed_loses_no_id() -> None:
    typist = Typist(THREE, "a b c")
    assert typist.replace("first =", '"""').ids == "a b c"
    assert typist.replace('"""', '"""Doc."""').ids == "a b c"


@pytest.mark.parametrize("nth", [0, 1, 2])
def test_duplicates_do_not_swap(nth: int) -> None:
    content = "# %%\nplot()\n\n" * 3
    ids = ["a", "b", "c"]
    assert Typist(content, "a b c").replace("plot()", "plot(1)", nth).ids == "a b c"
    kept = " ".join(name for k, name in enumerate(ids) if k != nth)
    assert Typist(content, "a b c").replace("# %%\nplot()\n\n", "", nth).ids == kept
    above = [*ids[:nth], "new1", *ids[nth:]]
    typed = Typist(content, "a b c").replace("# %%\n", "# %%\nplot()\n\n# %%\n", nth)
    assert typed.ids in {" ".join(above), " ".join([*ids[: nth + 1], "new1", *ids[nth + 1 :]])}


def test_a_copy_is_the_new_one() -> None:
    copy = "# %% two\nsecond = compute(2)\n\n"
    below = Typist(THREE, "a b c").replace("compute(2)\n\n", "compute(2)\n\n" + copy)
    assert below.ids == "a b new1 c"
    above = Typist(THREE, "a b c").replace("# %% two", copy + "# %% two")
    assert above.ids == "a new1 b c"


def test_copies_put_on_top_of_each_other() -> None:
    typist = Typist("# %%\n", "a")
    assert typist.change(Change(TOP, "# %%\n")).ids == "new1 a"
    assert typist.change(Change(TOP, "# %%\n")).ids == "new2 new1 a"


def test_a_replaced_document_steals_no_ids() -> None:
    other = "# %% x\nimport nothing_alike\n\n# %% y\nwhile True: pass\n\n# %% z\n[]\n"
    assert Typist(THREE, "a b c").become(other).ids == "new1 new2 new3"


def test_carry_without_memory() -> None:
    before, after = cells_of(THREE), cells_of(THREE.replace("# %% two", "# %% zwei"))
    assert carry(before, ["a", "b", "c"], after, id_counter()) == ("a", "b", "c")


# --- Reopening ------------------------------------------------------------------------------------


def check_recognised(content: str, expected: str, before: str = THREE, ids: str = "a b c") -> None:
    slices = [cell.slice for cell in cells_of(before)]
    stored = list(zip(ids.split(), slices, strict=True))
    assert " ".join(recognise(stored, cells_of(content), id_counter())) == expected


def test_reopening_the_same_text() -> None:
    check_recognised(THREE, "a b c")
    check_recognised(THREE.replace("\n", "\r\n"), "a b c")
    check_recognised(THREE + "\n\n", "a b c")


def test_reopening_after_edits_made_elsewhere() -> None:
    check_recognised("import os\n" + THREE, "new1 a b c")
    check_recognised(THREE.replace("compute(2)", "compute(22)"), "a b c")
    check_recognised(THREE.replace("second = compute(2)", "entirely.different()"), "a b c")
    check_recognised(THREE.replace("two", "zwei"), "a b c")
    check_recognised(THREE.replace("# %% two\nsecond = compute(2)\n\n", ""), "a c")


def test_reopening_another_branch_steals_nothing() -> None:
    other = THREE.replace("# %% two\nsecond = compute(2)", "# %% new\nimport unrelated_thing")
    check_recognised(other, "a new1 c")


def test_reopening_with_cells_in_another_order() -> None:
    one, two, three = (cell.slice for cell in cells_of(THREE + "\n"))
    check_recognised(three + one + two, "c a b", before=THREE)


def test_an_id_stored_twice_is_given_once() -> None:
    check_recognised(THREE, "a new1 c", ids="a a c")


def test_only_cells_that_differ_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []

    def match(old: Sequence[Cell], new: Sequence[Cell]) -> dict[int, int]:
        compared.append((len(old), len(new)))
        return match_cells(old, new)

    monkeypatch.setattr(identity, "match_cells", match)
    content = "".join(f"# %%\nvalue_{number}\n\n" for number in range(1000))
    stored = [(f"id {at}", cell.slice) for at, cell in enumerate(cells_of(content))]
    assert recognise(stored, cells_of(content), id_counter()) == tuple(name for name, _ in stored)
    recognise(stored, cells_of(content.replace("value_7\n", "other\n")), id_counter())
    assert compared == [(0, 0), (1, 1)]


def test_a_large_document_is_recognised_after_a_change_to_every_third_cell() -> None:
    cells = [f"# %%\nvalue_{k} = compute({k})\nprint(value_{k})\n\n" for k in range(5000)]
    before = cells_of("".join(cells))
    cells[::3] = [cell.replace("compute", "calculate") for cell in cells[::3]]
    after = cells_of("".join(cells))
    stored = [(f"id{k}", cell.slice) for k, cell in enumerate(before)]
    assert recognise(stored, after, id_counter()) == tuple(name for name, _ in stored)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("", "", 1.0), ("abc", "abc", 1.0), ("abc", "", 0.0), ("a b", "b a", 1.0), ("x", "y", 0.0)],
)
def test_similarity(one: str, other: str, expected: float) -> None:
    assert similarity(one, other) == expected


def test_ids_are_given_to_the_most_similar() -> None:
    before = "# %%\nalpha = beta + gamma\n# %%\nalpha = beta + gamma + delta\n"
    after = "# %%\nalpha = beta + gamma + delta + 1\n"
    check_recognised(after, "b", before, "a b")
