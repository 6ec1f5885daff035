"""`cellbridge tour` with the real server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cellbridge.cli.script_argument import read
from cellbridge.cli.tour import tour
from cellbridge.cli.tour.editor_view import Problem, drawing_of
from cellbridge.cli.tour.sample_positions import Scene, scene_of
from support.command import cellbridge, on_terminal


@pytest.fixture(scope="module")
def example() -> str:
    """Return the output of the tour of the bundled example, in a pipe."""
    done = cellbridge("tour")
    assert (done.code, done.err) == (0, "")
    return done.out


def test_cells_are_listed_before_anything_runs(example: str) -> None:
    opened = example[: example.index("Run all cells")]
    assert "5 cells; nothing runs until you ask" in opened
    assert re.search(r"markdown\s+A week on the balcony", opened)
    assert re.search(r"20–24\s+code\s+A typical day", opened)


def test_lenses_stand_above_their_cells(example: str) -> None:
    assert re.search(
        r"\| ▶ Run \| Run above \| Run below \| ✓ 3 · .*\n +20 \| # %% A typical day", example
    )


def test_results_stand_at_the_ends_of_lines(example: str) -> None:
    assert re.search(r"14 \| len\(week\) +→ 6\n", example)
    assert re.search(r"18 \| +print\(day.* +→ 6 lines\n", example)


def test_the_error_stands_under_its_line(example: str) -> None:
    lines = example.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("  27 | "))
    failing = "week[day]"
    assert lines[at].endswith("return week[day] / sum(week.values())")
    column = lines[at].index(failing)
    assert lines[at + 1] == "     | ".ljust(column) + "^" * len(failing)
    assert lines[at + 2] == "     | ".ljust(column) + "KeyError: 'Sun'"


def test_the_whole_output_on_the_marker(example: str) -> None:
    shown = example[example.index("Hover over the marker of “Day by day”") :]
    assert "Mon ████████████████████ 412" in shown
    assert "Sat ███████████████████████ 471" in shown


def test_the_live_object_under_the_pointer(example: str) -> None:
    shown = example[example.index("Hover over average") : example.index("Type week")]
    assert "375.5" in shown
    assert "float" in shown


def test_keys_that_only_the_kernel_knows(example: str) -> None:
    shown = example[example.index('Type week["') : example.index("● Next steps")]
    labels = [line.strip(" ▏") for line in shown.splitlines()[1:] if line.strip()]
    assert labels == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]


def test_what_to_do_next(example: str) -> None:
    advice = example[example.index("Next steps") :]
    assert "cellbridge lsp" in advice
    found = re.search(r"cellbridge run (\S+)", advice)
    assert found is not None
    assert Path(found[1]).samefile(tour.EXAMPLE)


def test_it_fits_a_narrow_terminal_and_needs_no_colour(example: str) -> None:
    assert "\x1b" not in example
    drawn = example[: example.index("Next steps")]
    assert max(map(len, drawn.splitlines())) <= 80


def test_the_advice_can_be_followed() -> None:
    done = cellbridge("run", tour.EXAMPLE)
    assert done.code == 1
    assert done.err.splitlines()[-1] == f"{tour.EXAMPLE}:27: KeyError: 'Sun'"


def test_a_script_of_ones_own_that_asks(tmp_path: Path) -> None:
    (tmp_path / "ask.py").write_text("# %%\nnames = [input('Who? '), input('Who? ')]\nnames\n")
    done = on_terminal(
        "tour", "ask.py", cwd=tmp_path, typed=[("Who? ", "Ada\n"), ("Ada\n", "Grace\n")]
    )
    assert done.code == 0
    assert "→ ['Ada', 'Grace']" in done.out
    assert "Type names." in done.out


def test_a_script_without_python(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text("# %% [markdown]\n# Only words.\n")
    done = cellbridge("tour", "words.py", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "Only words." in done.out


def test_nothing_of_it_stays() -> None:
    assert "No session runs" in cellbridge("sessions").out


@pytest.mark.parametrize(
    ("text", "expect"),
    [
        ("# %%\na = 1\nb = 2\n", Scene("b", 2, 0, "b.")),
        ("# %%\na = 1\n# %%\nprint()\n", Scene("a", 1, 0, "a.")),
        ("# %%\nif True:\n    a = 1\n", None),
        ("# %%\na = (\n", None),
        ("# %%\n'ü'; a = 1\n", Scene("a", 1, 5, "a.")),
    ],
)
def test_the_last_variable_is_chosen(tmp_path: Path, text: str, expect: Scene | None) -> None:
    (tmp_path / "a.py").write_text(text)
    script = read(tmp_path / "a.py")
    assert scene_of(script, range(len(script.cells)), None) == expect


def test_a_long_script_is_drawn_in_parts() -> None:
    lines = ["x = 1"] * 200
    lens = {"range": {"start": {"line": 100}}, "command": {"title": "Run"}}
    hint = {"position": {"line": 150}, "label": [{"value": "→ "}, {"value": "1"}]}
    area = {"start": {"line": 180, "character": 1}, "end": {"line": 182, "character": 0}}
    shown = drawing_of(lines, [lens], [hint], [{"range": area, "message": "wrong"}])
    assert shown.shown == [100, 101, 102, 149, 150, 151, 179, 180, 181]
    assert shown.hints == {150: "→ 1"}
    assert shown.problems == {180: [Problem("wrong", 1, 5)]}
