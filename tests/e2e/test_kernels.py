"""The choice of a kernel in an editor, and the list of sessions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from cellbridge.lsp import protocol as p
from support.editor import Editor, start_editor
from support.environments import borrow, pretend, venv
from support.page import Page, page_in_project

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHICH = "# %%\nimport sys\nprint(sys.prefix)\n"


@pytest_asyncio.fixture(loop_scope="module")
async def page(drawing_editor: Editor, tmp_path: Path):
    async with page_in_project(drawing_editor, tmp_path) as opened:
        yield opened


async def kernels(page: Page, **more: object) -> p.KernelsResult:
    ask = page.editor.protocol.send_request_async
    return await ask("cellbridge/kernels", {"uri": page.uri, **more})


async def sessions(editor: Editor) -> list[p.Session]:
    found = await editor.protocol.send_request_async("cellbridge/sessions", {})
    return found.sessions


async def test_the_projects_environment_is_the_first_choice(page: Page) -> None:
    await page.write(WHICH)
    alone = await kernels(page)
    assert [one.id for one in alone.choices if one.current] == [sys.executable]
    assert alone.reason.startswith("No environment was found near the script")

    python = pretend(page.folder / ".venv", ipykernel="7.4.0")
    found = await kernels(page)
    (current,) = [one for one in found.choices if one.current]
    assert current == p.KernelChoice(
        str(python), "Python 3.12.1 (.venv)", str(python), "environment", "python",
        current=True, runnable=True,
    )  # fmt: skip
    assert found.choices[0] == current
    assert found.reason == f"This Python was chosen because .venv is in {page.folder}."
    assert python.with_name("started").exists() is False


async def test_the_kernel_that_runs_is_marked_whatever_its_name(page: Page) -> None:
    await page.write(WHICH)
    (page.folder / ".venv").symlink_to(sys.prefix)
    await page.run_at(0)
    for chosen in ("", str(page.folder / ".venv" / "bin" / "python3")):
        if chosen:
            await page.run("selectKernel", id=chosen)
        (current,) = [one for one in (await kernels(page)).choices if one.current]
        assert Path(current.id).parent.resolve() == Path(sys.executable).parent.resolve()


async def test_a_picked_environment_runs_and_is_remembered(page: Page, tmp_path: Path) -> None:
    await page.write(WHICH)
    borrow(python := venv(tmp_path / "other", "--without-pip"))
    await page.run("selectKernel", id=str(python))
    assert (await page.run_at(0))["text"].strip() == str(tmp_path / "other")
    found = await kernels(page)
    assert found.reason == "It was picked for this file."
    assert next(one.title for one in found.choices if one.current).endswith("(other)")

    await page.run("selectKernel", id=sys.executable)
    assert (await page.run_at(0))["text"].strip() == sys.prefix


async def test_sessions_are_listed_and_stopped(page: Page) -> None:
    await page.write("# %%\n1\n")
    await page.run_at(0)
    (mine,) = [one for one in await sessions(page.editor) if one.uri == page.uri]
    assert (mine.state, mine.kernel, mine.clients) == ("idle", "python3", ["visual-studio-code"])
    assert mine.memory > 1_000_000
    assert mine.started_at <= mine.last_used
    await page.run("stopSession")
    assert not [one for one in await sessions(page.editor) if one.uri == page.uri]


async def quickfixes(page: Page, line: int = 0) -> list[tuple[str, dict[str, str]]]:
    """Return the titles of the quick fixes, with the arguments of their commands."""
    actions = await page.editor.actions(page.uri, line, only=["quickfix"])
    return [
        (action.title, action.command.arguments[0])
        for action in actions
        if action.command is not None
    ]


async def test_a_missing_module_is_installed_or_found_elsewhere(page: Page) -> None:
    await page.write("# %%\nimport no_such_module\nimport sklearn.no_such\n")
    assert (await page.run_at(0))["state"] == "error"
    await page.editor.until(lambda: bool(page.editor.diagnostics.get(page.uri)), "the error")
    (report,) = page.editor.diagnostics[page.uri]
    assert report.data == {"module": "no_such_module", "distribution": "no-such-module"}
    (install,) = await quickfixes(page)
    assert install[0].startswith("Install no-such-module in Python 3.")
    assert install[1] == {"uri": page.uri, "package": "no-such-module"}

    python = pretend(page.folder / ".venv", ipykernel="7.4.0")
    (python.parent.parent / "lib" / "python3.12" / "site-packages" / "no_such_module.py").touch()
    fixes = await quickfixes(page)
    assert fixes[1] == (
        "Switch to Python 3.12.1 (.venv), which has no_such_module",
        {"uri": page.uri, "id": str(python)},
    )


async def test_a_module_of_another_name_and_one_of_pythons_own(page: Page) -> None:
    await page.write("# %%\nraise ModuleNotFoundError(\"No module named 'cv2'\")\n")
    await page.run_at(0)
    assert (await quickfixes(page))[0][1]["package"] == "opencv-python"
    # A part of Python that the distribution has left out comes from no package.
    await page.write("# %%\nraise ModuleNotFoundError(\"No module named 'msilib'\")\n")
    await page.run_at(0)
    assert await quickfixes(page) == []
    await page.write("# %%\nraise ModuleNotFoundError(\"No module named 'zmq'\")\n")
    await page.run_at(0)
    (again,) = await quickfixes(page)
    assert again[0] == "Restart kernel: zmq is now installed"


async def test_an_environment_without_ipykernel_has_a_problem(page: Page, tmp_path: Path) -> None:
    await page.write(WHICH)
    bare = venv(page.folder / ".venv", "--without-pip")
    (current,) = [one for one in (await kernels(page)).choices if one.current]
    assert (current.id, current.runnable) == (str(bare), False)
    assert current.problem.startswith("ipykernel is not installed in Python 3.")

    with pytest.raises(Exception, match="ipykernel is not installed in its environment"):
        await page.run_at(0)
    (question,) = page.editor.questions
    assert question.message.endswith(f"(.venv) ({bare}), so cells cannot run there.")
    page.editor.choice = "Use Cellbridge's Python"
    assert (await page.run_at(0))["text"].strip() == sys.prefix
    assert (await kernels(page)).reason == "It was picked for this file."


async def configure(page: Page, settings: dict[str, object], why: str, python: str = "") -> None:
    """Change the settings, and wait until they show in why the kernel is chosen."""
    page.editor.set_configuration(
        {"cellbridge": settings, "python": {"defaultInterpreterPath": python}}
    )
    page.editor.workspace_did_change_configuration(lsp.DidChangeConfigurationParams({}))
    await page.editor.eventually(
        lambda: kernels(page), lambda answer: answer.reason.startswith(why), "the settings"
    )


async def test_the_header_tells_on_hover_what_it_means(page: Page) -> None:
    header = "# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n\n"
    await page.write(header + WHICH)
    pretend(page.folder / ".venv", ipykernel="7.4.0")
    assert await page.hover(2) == (
        f"Will run in Python 3.12.1 (.venv): {page.folder}/.venv/bin/python\n\n"
        f"This Python was chosen because .venv is in {page.folder}. "
        "The header's python3 stands for any Python."
    )
    await page.write(header.replace("python3", "ir") + WHICH)
    assert await page.hover(2) == ("Will run in ir.\n\nThe script's header names the kernel ir.")
    assert "header" not in await page.hover(8)


async def test_a_script_without_a_header_tells_its_kernel_by_an_action(page: Page) -> None:
    await page.write(WHICH)
    python = pretend(page.folder / ".venv", ipykernel="7.4.0")
    (action,) = [
        one for one in await page.editor.actions(page.uri, 1) if one.title == "Show kernel details"
    ]
    assert action.command is not None
    assert action.command.command == "cellbridge.showKernelDetails"
    answer = await page.run("showKernelDetails")
    assert answer["text"] == (
        f"Will run in Python 3.12.1 (.venv): {python} "
        f"This Python was chosen because .venv is in {page.folder}."
    )
    assert answer["text"] in [shown.message for shown in page.editor.messages]


async def test_settings_say_how_a_kernel_starts(page: Page) -> None:
    (page.folder / ".env").write_text("FROM_FILE=file\nTWICE=file\n")
    (page.folder / "work").mkdir()
    settings = {
        "name": sys.executable,
        "directory": "work",
        "env": {"TWICE": "setting"},
        "startup": "import math as from_startup",
    }
    await configure(page, {"kernel": settings}, "cellbridge.kernel.name is")
    await page.write(
        "# %%\nimport os\nprint(os.environ['FROM_FILE'], os.environ['TWICE'])\n"
        "print(os.path.basename(os.getcwd()), from_startup.__name__)\n"
    )
    try:
        assert (await page.run_at(0))["text"].split() == ["file", "setting", "work", "math"]
    finally:
        await configure(page, {}, "No environment was found")


async def test_prewarming_holds_for_scripts_that_are_open_already(tmp_path: Path) -> None:
    editor = await start_editor(draws=True)
    async with page_in_project(editor, tmp_path) as page:
        await configure(page, {"kernel": {"prewarm": True}}, "No environment was found")
        await editor.until(
            lambda: any(one.kernel.state == "idle" for one in editor.kernel_news),
            "the kernel to be there before anything was run",
        )
    await editor.shutdown_session()


async def test_the_interpreter_that_other_tools_use_is_ours_too(page: Page, tmp_path: Path) -> None:
    python = pretend(tmp_path / "theirs", ipykernel="7.4.0")
    why = "This Python was chosen because python.defaultInterpreterPath names it."
    await configure(page, {}, why, python=str(python))
    assert [one.id for one in (await kernels(page)).choices if one.current] == [str(python)]
    await configure(page, {}, "No environment was found")


async def test_a_search_finds_what_no_project_names(page: Page) -> None:
    python = pretend(page.folder.parent / "elsewhere", ipykernel="7.2.0")
    home = Path.home() / ".virtualenvs"
    home.mkdir(exist_ok=True)
    (home / "searched").symlink_to(python.parent.parent)
    assert "Python 3.12.1 (searched)" not in [o.title for o in (await kernels(page)).choices]
    found = await page.editor.eventually(
        lambda: kernels(page, search=True), lambda answer: not answer.searching, "the search's end"
    )
    (one,) = [one for one in found.choices if one.title == "Python 3.12.1 (searched)"]
    assert one.problem == "ipykernel 7.2.0 loses requests now and then; update it."
    assert (one.runnable, one.current) == (True, False)
