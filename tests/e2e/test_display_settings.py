"""The display of results, running cells and warnings, for different settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp

from cellbridge.lsp.push.elapsed_time import QUIET_TIME, pause
from support.editor import Editor, fresh_uri, start_editor
from support.page import Page
from support.ticking import has_ticked

SCRIPT = "# %% one\nx = 20\nx + 22\n\n# %% two\n'z' * 300\n"


async def opened(directory: Path, editor: str = "visual-studio-code", **settings: Any) -> Page:
    client = await start_editor(editor, initialization_options=settings)
    assert isinstance(client, Editor)
    return Page(client, client.open(fresh_uri(directory), ""))


async def finish(page: Page) -> None:
    await page.run("shutdown")
    await page.editor.shutdown_session()


async def test_results_can_stand_behind_the_marker_and_be_longer(tmp_path: Path) -> None:
    page = await opened(tmp_path, hints={"place": "marker", "maxLength": 200})
    await page.write(SCRIPT)
    await page.run("runAll")
    one, two = await page.hints()
    assert one == (0, "→ 42")
    assert (two[0], len(two[1])) == (4, 200)
    await finish(page)


async def test_an_invalid_place_is_reported(tmp_path: Path) -> None:
    page = await opened(tmp_path, hints={"place": "nowhere"})
    await page.write("1\n")
    await page.editor.until(lambda: bool(page.editor.messages))
    said = page.editor.messages[0].message
    assert 'cellbridge.hints.place must be "code" or "marker", not "nowhere"' in said
    await finish(page)


async def test_the_time_of_a_running_cell_ticks(tmp_path: Path) -> None:
    page = await opened(tmp_path, editor="neovim@0.11")
    await page.write("# %% wait\ninput('go? ')\nimport threading\nthreading.Event().wait()\n# %%\n")
    running = page.editor.protocol.send_request(
        lsp.WORKSPACE_EXECUTE_COMMAND,
        lsp.ExecuteCommandParams(
            "cellbridge.runCell", [{"uri": page.uri, "position": {"line": 0, "character": 0}}]
        ),
    )
    await page.editor.eventually(
        page.hints, lambda hints: hints == [(3, "… waits for input: go?")], "the question"
    )
    await page.run("answerInput", text="")
    await page.editor.eventually(
        page.hints,
        lambda hints: bool(hints) and has_ticked(hints[0][1]),
        "two seconds",
    )
    lenses = await page.lenses(0)
    assert any(title.startswith("… running ") and title.endswith(" s") for title in lenses)
    await page.run("interrupt")
    await page.editor.until(running.done, "the end")
    await finish(page)


def test_the_time_is_not_updated_while_the_user_types() -> None:
    assert [pause(elapsed, 100) for elapsed in (0, 59, 61, 4000)] == [1, 1, 5, 60]
    assert pause(0, since_edit=0) == QUIET_TIME
    assert pause(0, since_edit=QUIET_TIME - 0.5) == 1
    assert pause(4000, since_edit=0) == 60


async def test_warnings_are_reported_on_their_lines_where_they_are_wanted(tmp_path: Path) -> None:
    script = (
        "# %% one\nimport warnings\nprint('a')\n"
        "warnings.warn('beware of this')\n"
        "def f():\n    warnings.warn('old', DeprecationWarning, stacklevel=2)\nf()\n"
    )
    page = await opened(tmp_path, diagnostics={"warnings": True})
    await page.write(script)
    await page.run_at(0)
    await page.editor.until(lambda: len(page.diagnostics) == 2, "the warnings")
    assert page.diagnostic_messages() == [
        (3, "UserWarning: beware of this"),
        (6, "DeprecationWarning: old"),
    ]
    assert {each.severity for each in page.diagnostics} == {lsp.DiagnosticSeverity.Warning}
    page.editor.edit(page.uri, (0, 0), (0, 0), "# above\n")
    await page.editor.until(
        lambda: [line for line, _ in page.diagnostic_messages()] == [4, 7], "the lines"
    )
    page.editor.edit(page.uri, (4, 0), (4, 0), "  ")
    await page.editor.until(
        lambda: [line for line, _ in page.diagnostic_messages()] == [7], "the other one"
    )
    await finish(page)


async def test_warnings_are_not_reported_unasked(tmp_path: Path) -> None:
    page = await opened(tmp_path)
    await page.write("import warnings\nwarnings.warn('beware')\n1 / 0\n")
    await page.run_at(0)
    await page.editor.until(lambda: page.diagnostics != [], "the error")
    assert [message.split("\n")[0] for _, message in page.diagnostic_messages()] == [
        "ZeroDivisionError: division by zero"
    ]
    await finish(page)


@pytest.mark.parametrize("state", ["error", "stale", "many"])
async def test_hints_say_what_there_is(tmp_path: Path, state: str) -> None:
    scripts = {
        "error": ("int('x')\n", "✗ ValueError: invalid literal for int() with base 10: 'x'"),
        "stale": ("x = 1\nx\n", "→ 1 (stale)"),
        "many": ("print('a\\nb')\nprint('c')\n", "→ 3 lines"),
    }
    script, expected = scripts[state]
    page = await opened(tmp_path)
    await page.write(script)
    await page.run_at(0)
    if state == "stale":
        page.editor.edit(page.uri, (0, 0), (0, 0), "y = 2\n")
    assert [text for _, text in await page.hints()] == [expected]
    await finish(page)


async def test_values_stand_at_their_lines_where_they_are_wanted(tmp_path: Path) -> None:
    script = (
        "# %% one\nimport math\nx = 20\na, b = x + 1, 'two'\nx += 1\n"
        "class Loud:\n    def __repr__(self):\n        open('ran', 'w')\n        return 'loud'\n"
        "noise = Loud()\nx + 22\n# %% two\nb = [1, 2]\n"
    )
    page = await opened(tmp_path, hints={"values": True})
    await page.write(script)
    await page.run_at(0)
    hints = await page.editor.eventually(page.hints, lambda hints: len(hints) == 4, "the values")
    assert [hint for hint in hints if hint[0] != 9] == [
        (3, "a = 21, b = 'two'"),
        (4, "= 21"),
        (10, "→ 43"),
    ]
    assert "loud" not in dict(hints)[9]
    assert not (tmp_path / "ran").exists()
    await page.run_at(11)
    hints = await page.editor.eventually(
        page.hints, lambda hints: (12, "= [1, 2]") in hints, "the list"
    )
    page.editor.edit(page.uri, (0, 0), (0, 0), "# above\n")
    assert (5, "= 21") in await page.hints()
    page.editor.edit(page.uri, (4, 0), (4, 0), "# within\n")
    assert (6, "= 21") in await page.hints()
    page.editor.edit(page.uri, (4, 0), (4, 0), "y = 0\n")
    assert [text for _, text in await page.hints() if "= 21" in text] == []
    await finish(page)


async def test_lines_are_those_of_the_text_that_ran(tmp_path: Path) -> None:
    static = {"navigation": False}  # The live function has to report its definition.
    page = await opened(tmp_path, diagnostics={"warnings": True}, static=static)
    area = (
        "# %% area\nimport warnings\ndef area(w, h):\n    warnings.warn('flat')\n    return w * h\n"
    )
    call = "# %% call\narea('x', 'y')\n"
    await page.write(area + call)
    await page.run_at(0)
    page.editor.edit(
        page.uri, (0, 0), (0, 0), "# %% table\ntable = {\n    'a': 1,\n    'b': 2,\n}\n"
    )
    await page.run_at(1)
    # The lines of `area` are now those of another cell that ran later.
    await page.run_at(10)
    await page.editor.until(lambda: len(page.diagnostics) == 2, "the warning and the error")
    warning, error = page.diagnostics
    assert (warning.range.start.line, error.range.start.line) == (8, 11)
    others = error.related_information or ()
    assert [other.location.range.start.line for other in others] == [9]
    page.editor.edit(page.uri, (7, 0), (7, 0), "# above\n")
    place = lsp.DefinitionParams(lsp.TextDocumentIdentifier(page.uri), lsp.Position(12, 0))
    found = await page.editor.text_document_definition_async(place)
    assert isinstance(found, list)
    assert [one.range.start.line for one in found if isinstance(one, lsp.Location)] == [8]
    await page.editor.until(
        lambda: [line for line, _ in page.diagnostic_messages()] == [9, 12], "the lines"
    )
    page.editor.edit(page.uri, (9, 4), (9, 4), "print(); ")
    await page.editor.until(
        lambda: [line for line, _ in page.diagnostic_messages()] == [12], "the error alone"
    )
    await finish(page)
