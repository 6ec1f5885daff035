"""``cellbridge run`` of files in jupytext's formats: cell by cell, with the lines of the file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbformat
import pytest

from cellbridge.cli.errors import CommandError
from cellbridge.cli.run import executed_notebook
from cellbridge.cli.run.notebook_source import read
from cellbridge.cli.run.run_plan import Plan, RunOptions, plan_of
from support.command import cellbridge


def header(form: str, extension: str = ".py", comment: str = "# ") -> str:
    lines = ["---", "jupyter:", "  jupytext:", "    text_representation:"]
    lines += [f"      extension: {extension}", f"      format_name: {form}", "---", ""]
    return "".join(f"{comment}{line}".rstrip() + "\n" for line in lines[:-1]) + "\n"


LIGHT = """\
# # x = 1
#
# x = 1

x = 1

# + tags=["parameters"]
rate = 2

more = 3
# -

# + active="ipynb"
# x = 1
# -

# %time x = 1
y = 2

print(x, rate)
"""
SPHINX = '"""\nx = 1\n=====\n"""\n\nx = 1\n\n####################\n# x = 1\n\nprint(x)\n'
MARKDOWN = """\
---
jupytext:
  cell_metadata_filter: -all
---

```text
x = 1
```

```python tags=["raises-exception"]
x = 1
```

```bash
echo hi
```

~~~text
x = 1
~~~

```python
# x = 1

x = 1
```
"""
MYST = header("myst", ".md", "") + "```{code-cell}\n:tags: [a]\n\nx = 1\n```\n\n+++\n\nmore\n"
RMD = "---\ntitle: A\n---\n\n```{python a, echo=FALSE}\nx = 1\n```\n\n```{r}\ny <- 2\n```\n"
SPIN = "#' x <- 1\n\nx <- 1\n\n#+ plot, fig.width=5\nplot(x)\n"
# The code of each cell, with the number of its first line after the header.
Cells = list[tuple[str, int]]
FORMS: dict[str, tuple[str, str, Cells]] = {
    "light": (
        "a.py",
        header("light") + LIGHT,
        [
            ("x = 1", 5),
            ("rate = 2\n\nmore = 3", 8),
            ("x = 1", 14),
            ("%time x = 1\ny = 2", 17),
            ("print(x, rate)", 20),
        ],
    ),
    "nomarker": ("a.py", header("nomarker") + "# x = 1\n\nx = 1\n", [("x = 1", 3)]),
    "bare": ("a.py", header("bare") + "# x = 1\n\nx = 1\n", [("x = 1", 3)]),
    "hydrogen": (
        "a.py",
        header("hydrogen") + "# %% [markdown]\n# x = 1\n\n# %%\n%time x = 1\n\n# %%\n!ls\n",
        [("%time x = 1", 5), ("!ls", 8)],
    ),
    "sphinx": (
        "a.py",
        header("sphinx") + SPHINX,
        [("x = 1", 6), ("print(x)", 11)],
    ),
    "markdown": (
        "a.md",
        MARKDOWN,
        [("x = 1", 11), ("%%bash\necho hi", 14), ("# x = 1\n\nx = 1", 23)],
    ),
    "myst": ("a.md", MYST, [("x = 1", 4)]),
    "rmarkdown": ("a.Rmd", RMD, [("x = 1", 6), ("%%R\ny <- 2", 9)]),
    "spin": ("a.R", header("spin", ".R", "#' ") + SPIN, [("x <- 1", 3), ("plot(x)", 6)]),
}


def plan(path: Path, **options: object) -> Plan:
    # A kernel by name, so that each language has one.
    return plan_of(RunOptions([path], kernel=sys.executable, **options), read(path))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("form", FORMS)
def test_each_cell_has_its_line_of_the_file(tmp_path: Path, form: str) -> None:
    name, text, wanted = FORMS[form]
    above = text.index("\n\n") + 2 if text.startswith("#") or form == "myst" else 0
    first = text.count("\n", 0, above)
    path = tmp_path / name
    for ending in ("\n", "\r\n"):
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", ending).encode())
        made = plan(path)
        lines = [first + line for _, line in wanted]
        assert [
            (
                request.source,
                request.origin.line + 1 if request.origin.path == str(path) else None,
            )
            for request in made.requests
        ] == list(zip([source for source, _ in wanted], lines, strict=True))
        assert executed_notebook.own(made.script) is None, "outputs do not fit into a text"


def test_tags_count_where_the_file_filters_them_for_scripts(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(MARKDOWN)
    assert [request.continue_on_error for request in plan(path).requests] == [True, False, False]
    path = tmp_path / "a.py"
    path.write_text(header("light") + LIGHT)
    made = plan(path, parameters=["rate=5"])
    assert made.requests[2].source == "# Parameters\nrate = 5"
    assert made.requests[2].origin.path == f"{path}, injected-parameters"


def test_a_form_feed_ends_no_line_of_the_file(tmp_path: Path) -> None:
    above = header("light")
    (tmp_path / "a.py").write_text(above + "x = 1\n\n# \f text\n\nz = 3\n")
    lines = [
        request.origin.line - above.count("\n") for request in plan(tmp_path / "a.py").requests
    ]
    assert (lines[0], lines[-1]) == (0, 4)


def test_a_cell_that_jupytext_adds_does_not_run(tmp_path: Path) -> None:
    name, text, _ = FORMS["sphinx"]
    (tmp_path / name).write_text(text)
    assert [request.source for request in plan(tmp_path / name).requests] == ["x = 1", "print(x)"]
    (tmp_path / name).write_text(header("sphinx") + "# %matplotlib inline\n\nx = 1\n")
    assert "%matplotlib inline" in plan(tmp_path / name).requests[0].source


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.md", "---\na: b: c\n---\n", "a.md cannot be read as md: its header is not valid YAML"),
        ("a.md", b"\xff", "a.md is not UTF-8: byte 0"),
        ("b.md", None, "b.md does not exist"),
        ("b.py", None, "b.py does not exist"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, name: str, text: str | bytes | None, sentence: str
) -> None:
    if text is not None:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CommandError, match=sentence):
        read(tmp_path / name)


@pytest.mark.parametrize("form", FORMS)
def test_without_jupytext_the_file_is_refused(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jupytext", None)
    name, text, _ = FORMS[form]
    (tmp_path / name).write_text(text)
    with pytest.raises(CommandError, match=r"need.* jupytext; install it: pip install"):
        read(tmp_path / name)


def test_a_light_script_runs_by_cells_and_resumes(tmp_path: Path) -> None:
    script, made = tmp_path / "a.py", tmp_path / "made.ipynb"
    text = header("light") + "# Text\n\nx = 1\nprint('one', __file__)\n\nprint(\n    1 / 0)\n"
    script.write_text(text)
    done = cellbridge("run", "--resume", "-o", "made.ipynb", "a.py", cwd=tmp_path)
    line = text[: text.index("    1 / 0")].count("\n") + 1
    assert (done.code, done.out) == (1, f"one {script}\n")
    said = f"a.py:{line}: ZeroDivisionError: division by zero; fix it and continue from there"
    assert said in done.err
    assert f"a.py:{line}, in <module>" in done.err or f"a.py:{line}" in done.err
    assert script.read_text() == text
    notebook = nbformat.read(made, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert [cell.cell_type for cell in notebook.cells] == ["markdown", "code", "code"]
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2]
    script.write_text(text.replace("1 / 0", "2"))
    done = cellbridge("run", "--resume", "--report", "r.json", "a.py", cwd=tmp_path)
    assert (done.code, done.out) == (0, "2\n"), done.err
    (told,) = json.loads((tmp_path / "r.json").read_text())["files"]
    assert [cell["state"] for cell in told["cells"]] == ["skipped", "ok"]
    assert [cell["line"] for cell in told["cells"]] == [line - 4, line - 1]


def test_documents_run_by_cells(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(MARKDOWN.replace("# x = 1\n\nx = 1", "print(x)\n1 / 0"))
    (tmp_path / "b.md").write_text(MYST.replace("x = 1", "raise SystemExit(3)"))
    done = cellbridge("run", "-j2", "-o", "made", "a.md", "b.md", cwd=tmp_path)
    assert done.code == 1
    assert "a.md:24: ZeroDivisionError: division by zero" in done.err
    assert f"b.md:{header('myst', '.md', '').count(chr(10)) + 4}: " in done.err
    cells = json.loads((tmp_path / "made" / "a.ipynb").read_text())["cells"]
    codes = [cell for cell in cells if cell["cell_type"] == "code"]
    texts = ["".join(one.get("text", "")) for cell in codes for one in cell["outputs"]]
    assert texts == ["hi\n", "1\n", ""]
