"""The display of a script's cells, with the capabilities that real editors announce."""

from __future__ import annotations

import asyncio

import pytest
from inline_snapshot import snapshot
from lsprotocol import types as lsp

from support.page import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """\
import math
# %% one
x = 1
x + 41

# %% [markdown]
# Some text
# %% two
print("a")
print("b")
# a remark
"""


async def test_lenses_offer_what_can_be_done_to_each_cell(page: Page) -> None:
    await page.write(SCRIPT)
    assert await page.editor.lenses(page.uri) == snapshot(
        [
            (0, "▶ Run", "cellbridge.runCell"),
            (0, "Run below", "cellbridge.runBelow"),
            (1, "▶ Run", "cellbridge.runCell"),
            (1, "Run above", "cellbridge.runAbove"),
            (1, "Run below", "cellbridge.runBelow"),
            (5, "Run above", "cellbridge.runAbove"),
            (5, "Run below", "cellbridge.runBelow"),
            (7, "▶ Run", "cellbridge.runCell"),
            (7, "Run above", "cellbridge.runAbove"),
        ]
    )


async def test_lenses_tell_how_the_last_run_went(page: Page) -> None:
    await page.write(SCRIPT + "# %% three\n1 / 0\n")
    await page.run("runAll")
    states = [await page.lenses(line) for line in (0, 1, 7, 11)]
    assert [titles[-1].partition(" · ")[0].rstrip("0123456789") for titles in states] == snapshot(
        ["✓ ", "✓ ", "✓ ", "✗ ZeroDivisionError"]
    )


async def test_a_lens_says_that_its_cell_was_edited_since(page: Page) -> None:
    await page.write("x = 1\nx\n")
    await page.run_at(0)
    page.editor.edit(page.uri, (0, 4), (0, 5), "22")
    assert (await page.lenses())[-1].endswith(" · stale")
    assert await page.hints() == snapshot([(1, "→ 1 (stale)")])
    page.editor.edit(page.uri, (0, 4), (0, 6), "1")
    assert not (await page.lenses())[-1].endswith(" · stale")
    assert await page.hints() == snapshot([(1, "→ 1")])


async def test_hints_show_results_at_the_end_of_the_last_line_of_code(page: Page) -> None:
    await page.write(SCRIPT)
    assert await page.hints() == []
    await page.run("runAll")
    assert await page.hints() == snapshot([(0, "✓"), (3, "→ 42"), (9, "→ 2 lines")])
    assert [hint.position.line for hint in await page.editor.hints(page.uri, 2, 5)] == [3]


async def test_actions_offer_what_lenses_do(page: Page) -> None:
    await page.write(SCRIPT)
    await page.run_at(0)  # With a kernel there is more to do.
    actions = await page.editor.actions(page.uri, 2, only=["cellbridge"])
    assert [(action.title, action.command.command) for action in actions] == snapshot(
        [
            ("Run cell", "cellbridge.runCell"),
            ("Run by line", "cellbridge.runByLine"),
            ("Run cells above", "cellbridge.runAbove"),
            ("Run cell and all below", "cellbridge.runBelow"),
            ("Run all cells", "cellbridge.runAll"),
            ("Interrupt kernel", "cellbridge.interrupt"),
            ("Clear all outputs", "cellbridge.clearOutputs"),
            ("Restart kernel", "cellbridge.restart"),
            ("Restart kernel and run all cells", "cellbridge.restartAndRunAll"),
            ("Shut down kernel", "cellbridge.shutdown"),
            ("Show kernel details", "cellbridge.showKernelDetails"),
            ("Set breakpoint", "cellbridge.toggleBreakpoint"),
            ("Show variables", "cellbridge.showVariables"),
            ("Save variables", "cellbridge.saveVariables"),
            ("Open in browser", "cellbridge.openPage"),
        ]
    )
    run = actions[0].command
    assert run.arguments
    answer = await page.editor.workspace_execute_command_async(
        lsp.ExecuteCommandParams(run.command, run.arguments)
    )
    # Some editors stand still until they are answered, so this one comes at once.
    assert answer["cells"][0]["state"] == "queued"
    await page.editor.eventually(page.hints, lambda hints: (3, "→ 42") in hints, "the result")


async def test_whatever_a_lens_offers_is_an_action_and_a_command(page: Page) -> None:
    await page.write(SCRIPT.replace("# a remark", "input('Who? ')"))

    async def check() -> set[str]:
        lenses = [one for one in await page.editor.lenses(page.uri) if one[2]]
        for line, title, command in lenses:
            actions = await page.editor.actions(page.uri, line)
            assert command in [action.command.command for action in actions if action.command], (
                f"{title} in line {line}"
            )
        return {command for _, _, command in lenses}

    before = await check()
    await page.run("runAll", wait=False)
    await page.editor.eventually(
        lambda: page.lenses(7), lambda titles: "Interrupt" in titles, "the cell to run"
    )
    during = await check()
    assert during - before == {"cellbridge.interrupt"}
    provider = page.editor.announced.execute_command_provider
    assert provider is not None
    assert during <= {*provider.commands}
    await page.run("interrupt")
    await page.editor.eventually(
        lambda: page.lenses(7), lambda titles: "Interrupt" not in titles, "the cell to end"
    )


async def test_actions_come_for_a_selection_and_for_the_kinds_asked_for(page: Page) -> None:
    await page.write(SCRIPT)
    selected = await page.editor.actions(page.uri, 2, end=3)
    assert "Run selection" in [action.title for action in selected]
    assert await page.editor.actions(page.uri, 2, only=["cellbridge"]) != []
    assert await page.editor.actions(page.uri, 2, only=["quickfix"]) == []
    automatic = lsp.CodeActionTriggerKind.Automatic
    assert await page.editor.actions(page.uri, 2, trigger_kind=automatic) == []


async def test_an_error_is_reported_on_its_line_and_follows_it(page: Page) -> None:
    await page.write(
        "# %% make\ndef f(a):\n    return 1 / a\n# %% use\nprint('x')\nf(0)\n# %% last\n1\n"
    )
    await page.run("runAll")
    await page.editor.until(lambda: page.diagnostics != [], "the diagnostic")
    ((line, message),) = page.diagnostic_messages()
    assert (line, message.splitlines()[0]) == (5, "ZeroDivisionError: division by zero")
    (report,) = page.diagnostics
    if page.editor.capabilities.text_document.publish_diagnostics.related_information:
        related = [
            (info.location.uri == page.uri, info.location.range.start.line, info.message)
            for info in report.related_information or ()
        ]
        assert related == [(True, 2, "in f: return 1 / a")]
    else:
        assert report.message.splitlines()[1:] == ["line 3, in f: return 1 / a"]
    assert (report.severity, report.source, report.code) == snapshot(
        (lsp.DiagnosticSeverity.Error, "cellbridge", "ZeroDivisionError")
    )

    page.editor.edit(page.uri, (0, 0), (0, 0), "import os\n\n")
    await page.editor.until(
        lambda: page.diagnostic_messages()[0][0] == 7, "the report two lines below"
    )
    page.editor.edit(page.uri, (7, 0), (7, 4), "f(1)")
    await page.editor.until(lambda: page.diagnostics == [], "the report to go with its line")


async def test_an_error_goes_when_the_cell_is_run_again(page: Page) -> None:
    await page.write("# %%\ny = 0 if 'seen' in globals() else 1 / 0\n# %%\nseen = 1\n")
    await page.run_at(0)
    await page.editor.until(
        lambda: page.diagnostic_messages() == [(1, "ZeroDivisionError: division by zero")]
    )
    await page.run_at(2)
    await page.run_at(0)
    await page.editor.until(lambda: page.diagnostics == [], "the report to go")
    await page.run_at(2)
    await page.run("runSelection", range=span((1, 0), (1, 2)))


async def test_a_syntax_error_is_reported_on_its_line(page: Page) -> None:
    await page.write("# %%\nx = 1\ny = (2\nz = 3\n")
    await page.run_at(0)
    await page.editor.until(lambda: page.diagnostics != [], "the diagnostic")
    ((line, message),) = page.diagnostic_messages()
    assert (line, message.partition(" (")[0]) == (2, "SyntaxError: '(' was never closed")


async def test_hover_shows_the_whole_output_over_marker_and_hint(page: Page) -> None:
    await page.write('# %% out\nfor i in range(300): print("line", i)\nx = 1\n')
    assert await page.hover(0) == ""
    await page.run_at(0)
    over_marker, over_hint = await page.hover(0), await page.hover(2, 5)
    assert over_marker == over_hint
    assert "line 0\nline 1\n" in over_marker
    assert "line 299" in over_marker


async def test_hover_explains_a_name_by_its_living_object(page: Page) -> None:
    await page.write("# %%\nvalues = {'a': [1, 2, 3]}\nvalues\n")
    await page.run_at(0)
    assert "{'a': [1, 2, 3]}" in await page.hover(1, 3)
    for sign in "={[,]}":
        assert await page.hover(1, "values = {'a': [1, 2, 3]}".index(sign)) == ""


async def test_completion_offers_what_is_in_the_kernel(page: Page) -> None:
    await page.write("# %%\nglobals()['from_nowhere'] = 1\n# %%\nfrom_no\n")
    await page.run_at(0)
    found = await page.editor.text_document_completion_async(
        lsp.CompletionParams(lsp.TextDocumentIdentifier(page.uri), lsp.Position(3, 7))
    )
    item = next(item for item in found.items if item.label == "from_nowhere")
    typed = lsp.Range(lsp.Position(3, 0), lsp.Position(3, 7))
    assert (item.text_edit.range if item.text_edit else found.item_defaults.edit_range) == typed


async def test_completion_keeps_quiet_in_text(page: Page) -> None:
    await page.write("# %% [markdown]\n# impor\n")
    assert not await page.editor.text_document_completion_async(
        lsp.CompletionParams(lsp.TextDocumentIdentifier(page.uri), lsp.Position(1, 7))
    )


async def test_cancelling_the_progress_interrupts_the_cell(page: Page) -> None:
    await page.write(
        "# %% wait\nimport threading\nprint('waits')\nthreading.Event().wait()\n# %% after\n1\n"
    )
    before = set(page.editor.progress_reports)
    running = asyncio.create_task(page.run("runAll"))
    await page.editor.until(
        lambda: any(page.editor.progress_reports[token] for token in tokens(page) - before),
        "progress to begin",
    )
    await page.editor.eventually(page.hints, lambda hints: (3, "… waits") in hints, "the run")
    (token,) = tokens(page) - before
    begun = page.editor.progress_reports[token][0]
    assert (begun.kind, begun.cancellable) == ("begin", True)
    page.editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams(token))
    answer = await running
    assert [cell["state"] for cell in answer["cells"]] == ["error", "cancelled"]
    await page.editor.until(
        lambda: page.editor.progress_reports[token][-1].kind == "end", "progress to end"
    )


def tokens(page: Page) -> set[lsp.ProgressToken]:
    return set(page.editor.progress_reports)


def span(start: tuple[int, int], end: tuple[int, int]) -> dict[str, dict[str, int]]:
    return {
        "start": {"line": start[0], "character": start[1]},
        "end": {"line": end[0], "character": end[1]},
    }
