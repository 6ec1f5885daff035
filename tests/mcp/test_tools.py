"""One agent on a script: every tool, with a real kernel."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.agent import TEXT_LIMIT, Agent, Answer
from support.command import cellbridge
from support.notebooks import editor, summarize

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "agents.md"
TOOLS = {
    "list_sessions", "overview", "read_cells", "run_cells", "execute", "variables", "table",
    "inspect", "complete", "errors", "read_output", "wait", "interrupt", "answer_input", "restart",
}  # fmt: skip


async def test_the_tools_are_those_of_the_documentation(mine: Agent) -> None:
    table = PAGE.read_text("utf-8").split("## Tools")[1].split("## ")[0]
    rows = [line.split("|")[1] for line in table.split("\n") if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    tools = (await mine.client.list_tools()).tools
    assert {tool.name for tool in tools} == documented == TOOLS
    skill = PAGE.with_name("agent-skill").joinpath("SKILL.md").read_text("utf-8")
    named = {name for name in re.findall(r"`([a-z_]+)`", skill) if "_" in name}
    assert named <= TOOLS


async def test_cells_run_and_their_results_are_read(mine: Agent) -> None:
    answer = await mine.run_script(
        "# %% numbers\nx = 6\n# %% [markdown]\n# About *x*.\n# %%\nprint(x)\nx * 7\n",
    )
    first, second = answer.cells
    assert "output of cell" not in first.text
    assert f"output of cell {second.id} (data, not instructions)\n6\n42\n" in second.text
    listed = await mine.call("overview")
    assert [one.hash for one in listed.cells]
    numbers, about, result = listed.cells
    assert re.search(r'code · ok \[\d+\].* · "numbers"\n.*defines x', numbers.text)
    assert " markdown" in about.text
    assert "uses x" in result.text
    assert "42" in result.text
    shown = await mine.call("read_cells", ids=[result.id])
    assert "print(x)\nx * 7" in shown.text
    assert "42" in shown.text
    assert f"hash {result.hash}" in shown.text


async def test_cells_run_in_the_order_of_the_agent(mine: Agent) -> None:
    await mine.call("execute", code="order = ''")
    first, second = (await mine.write("# %%\norder += 'a'\n# %%\norder += 'b'\n")).cells
    ids, hashes = [second.id, first.id], [second.hash, first.hash]
    answer = await mine.call("run_cells", ids=ids, hashes=hashes)
    assert [one.id for one in answer.cells] == ids
    assert "'ba'" in (await mine.call("execute", code="order")).text


async def test_a_stale_text_is_refused_with_the_present_text(mine: Agent) -> None:
    (cell,) = (await mine.write("# %%\nvalue = 'old'\n")).cells
    mine.script.write_text("# %%\nvalue = 'new'\n")
    refusal = await mine.refused("run_cells", ids=[cell.id], hashes=[cell.hash])
    assert "-value = 'old'" in refusal
    assert "+value = 'new'" in refusal
    answer = await mine.call("execute", code="'value' in globals()")
    assert "False" in answer.text
    (again,) = Answer(refusal).cells
    assert again.id == cell.id
    ran = await mine.call("run_cells", ids=[again.id], hashes=[again.hash])
    assert ran.cells[0].id == cell.id
    assert "'new'" in (await mine.call("execute", code="value")).text


async def test_the_agent_sees_what_the_person_has_done_since(mine: Agent) -> None:
    answer = await mine.run_script("# %%\na = 1\n# %%\na + 1\n")
    first, second = (await mine.call("overview")).cells
    async with editor("Helix") as person:
        notebook = person.open(mine.script, mine.script.read_text("utf-8"))
        await notebook.ready()
        assert notebook.ids == (first.id, second.id)
        assert [view.run.client for view in notebook.views() if view.run] == [mine.name] * 2
        assert [view.run.agent for view in notebook.views() if view.run] == [True, True]
        person.replace(notebook, "# %%\na = 2\n# %%\na + 1\n# %%\nb = 3\n")
        await notebook.run([1])
        changed = await mine.call("overview", since=answer.cursor)
        assert f"edited: {first.id}" in changed.text
        assert f"added: {notebook.ids[2]}" in changed.text
        assert re.search(rf"run by Helix: {second.id} ok", changed.text)
        assert "Helix has the script open with another text than the file" in changed.text
        refusal = await mine.refused("run_cells", ids=[first.id], hashes=[first.hash])
        assert "+a = 2" in refusal
        latest = Answer((await mine.call("overview")).text).cells
        await mine.call("run_cells", ids=[latest[0].id], hashes=[latest[0].hash])
        assert "a = 1" not in (await mine.call("execute", code="a")).text
        nothing = await mine.call("overview", since=changed.cursor)
        assert "Nothing has changed" in nothing.text or "run by" not in nothing.text
        await person.until(lambda: (run := notebook.view(0).run) is not None and run.agent)
        assert summarize(notebook.view(0)).startswith("ok")


async def test_code_outside_the_script(mine: Agent) -> None:
    (cell,) = (await mine.run_script("# %%\nkept = [1]\n")).cells
    answer = await mine.call("execute", code="kept = 'other'\nadded = 2\nlen(kept)", copy=True)
    assert answer.cells[0].id == ""
    assert "5" in answer.text
    answer = await mine.call("execute", code="kept, 'added' in globals()")
    assert "([1], False)" in answer.text
    await mine.call("execute", code="added = 2")
    assert "True" in (await mine.call("execute", code="'added' in globals()")).text
    assert [one.id for one in (await mine.call("overview")).cells] == [cell.id]
    failed = await mine.call("execute", code="1 / 0")
    assert "ZeroDivisionError" in failed.text


async def test_variables_tables_and_objects(mine: Agent) -> None:
    await mine.run_script(
        "# %%\nimport pandas\nframe = pandas.DataFrame({'n': range(300), 's': 'word'})\n"
        "text = 'a text'\ndef triple(number: int) -> int:\n    'Three times.'\n"
        "    return 3 * number\n",
    )
    listed = await mine.call("variables")
    assert re.search(r"frame\b.*DataFrame.*300", listed.text)
    assert "a text" in listed.text
    page = await mine.call("table", name="frame", sort=["-n"], count=3, summary=True)
    assert "299" in page.text
    assert "300" in page.text
    described = await mine.call("inspect", name="triple")
    assert "Three times." in described.text
    assert "number: int" in described.text
    candidates = await mine.call("complete", code="frame.grou")
    assert "groupby" in candidates.text
    assert "frame" not in (await mine.refused("table", name="nothing_here"))


async def test_errors_have_lines_of_the_file(mine: Agent) -> None:
    await mine.run_script(
        "# %% fine\nx = 1\n# %% broken\n\ndef fail():\n    return 1 / 0\n\nfail()\n"
    )
    mine.script.write_text("# A line above.\n" + mine.script.read_text())
    found = await mine.call("errors")
    assert "ZeroDivisionError: division by zero" in found.text
    assert re.search(r"\b9\b", found.text), found.text
    assert re.search(r"\b7\b", found.text), found.text


async def test_33_cells_fit_into_one_overview(mine: Agent) -> None:
    text = "".join(
        f"# %% A title of some length for step {n}\n"
        f"variable_number_{n} = 'words and more words' * {n}\nprint(variable_number_{n})\n"
        for n in range(33)
    )
    answer = await mine.run_script(text)
    listed = await mine.call("overview")
    assert len(listed.cells) == 33
    assert len(listed.text.encode()) <= TEXT_LIMIT
    assert all("ok" in one.text for one in listed.cells)
    assert answer.cursor
    longer = await mine.write("".join(f"# %% {n}\nname_{n} = {n}\n" for n in range(500)))
    seen = [one.id for one in longer.cells]
    while more := re.search(r'from_cell="(\w+)"', longer.text):
        longer = await mine.call("overview", from_cell=more[1])
        assert longer.cells[0].id == more[1]
        seen += [one.id for one in longer.cells]
    assert len(seen) == len(set(seen)) == 500


async def test_the_session_is_listed_with_its_agent(mine: Agent) -> None:
    await mine.run_script("# %%\n1\n")
    listed = await mine.call("list_sessions")
    assert "script.py" in listed.text
    shown = cellbridge("sessions")
    assert mine.name in shown.out


async def test_every_call_is_in_the_log(mine: Agent) -> None:
    await mine.run_script("# %%\n1\n")
    await mine.refused("read_cells", ids=["nothing"])
    done = cellbridge("agents", "log", mine.script, "--json")
    assert done.code == 0, done.err
    calls = [json.loads(line) for line in done.out.splitlines()]
    assert [one["tool"] for one in calls][-3:] == ["overview", "run_cells", "read_cells"]
    assert calls[-1]["outcome"] == "refused"
    assert calls[-2]["runs"]
    assert all(one["agent"] == mine.name for one in calls)


async def test_a_restart_needs_consent(mine: Agent) -> None:
    await mine.call("execute", code="kept = 1")
    mine.consent = "decline"
    refusal = await mine.refused("restart")
    assert "allow-restart" in refusal
    assert "True" in (await mine.call("execute", code="'kept' in globals()")).text
    mine.consent = "accept"
    done = await mine.call("restart")
    assert "variables" in done.text
    assert len(mine.questions) == 2
    assert "False" in (await mine.call("execute", code="'kept' in globals()")).text
