"""An engine seen from the server: its answers, its faults, and real engines."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from cellbridge.analysis import worker_protocol as jobs
from cellbridge.analysis.engine import engine as engine_module
from cellbridge.analysis.engine.command import KNOWN, EngineCommand
from cellbridge.analysis.engine.engine import FAILURES_ALLOWED, Engine
from cellbridge.analysis.engine.source import EngineSource
from cellbridge.analysis.hover import hover as merged_hover
from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.core.code_info import (
    NO_COMPLETIONS,
    NO_INSPECTION,
    Completions,
    Inspection,
    Signatures,
)
from support import scripted_engine
from support.fixture import question
from support.patience import PATIENCE

BIN = Path(sys.executable).parent
INSTALLED = [name for name in ("zuban", "ty") if (BIN / name).exists()]


class News:
    """A listener that stores what it receives."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.arrived = asyncio.Event()

    def diagnostics_changed(self) -> None:
        self.arrived.set()

    def engine_failed(self, sentence: str) -> None:
        self.sentences.append(sentence)
        self.arrived.set()


class NoJedi(StaticPython):
    """jedi, without a worker."""

    async def complete(self, content: str, line: int, column: int, path: str | None) -> Completions:
        return NO_COMPLETIONS

    async def hover(self, content: str, line: int, column: int, path: str | None) -> Inspection:
        return NO_INSPECTION


def scripted(mode: str, directory: Path) -> EngineCommand:
    words = (sys.executable, "-P", str(Path(scripted_engine.__file__)), mode)
    return EngineCommand("scripted", words, tuple(os.environ.items()), str(directory), "/a/python")


@asynccontextmanager
async def running(
    command: EngineCommand, news: News | None = None, deadline: float = PATIENCE
) -> AsyncGenerator[Engine]:
    news = news or News()
    engine = Engine(command, news, deadline=deadline)
    async with asyncio.timeout(3 * PATIENCE):
        task = asyncio.create_task(engine.run())
        try:
            await ready(engine, news)
            yield engine
        finally:
            engine.stop()
            await task


async def ready(engine: Engine, news: News, after: int | None = None) -> None:
    """Wait until the engine answers, in another process than ``after``, or is given up."""
    while engine.pid in {None, after} and not engine.failed:
        news.arrived.clear()
        await news.arrived.wait()


async def hover(engine: Engine, text: str, path: str = "/a/script.py") -> str | None:
    found = await EngineSource(engine, NoJedi()).hover(text, 0, 1, path)
    return found.data["text/markdown"] if found.answered else None


async def test_the_engine_has_the_masked_text_after_each_edit(tmp_path: Path) -> None:
    async with running(scripted("", tmp_path)) as engine:
        for text, masked in (
            ("x = 1\r\n%ls\r\n", "x = 1\n0  \n"),
            ("x = 1\r\n%ls\r\ny𠮷", "x = 1\n0  \ny𠮷"),
            ("y𠮷z", "y𠮷z"),
            ("half \ud800", "half ?"),
        ):
            assert await hover(engine, text) == f"```text\n{masked}\n```"


async def test_diagnostics_of_a_text_that_has_changed_are_given_up(tmp_path: Path) -> None:
    async with running(scripted("late", tmp_path)) as engine:
        # This server publishes nothing, and the hover, which begins second, brings another text.
        diagnosed = engine.diagnose("wrong", "/a/script.py")
        answers = await asyncio.gather(diagnosed, hover(engine, "other"))
        assert answers == [None, "```text\nother\n```"]


@pytest.mark.parametrize("mode", ["pull", "push"])
async def test_diagnostics_are_those_of_the_present_text(tmp_path: Path, mode: str) -> None:
    async with running(scripted(mode, tmp_path)) as engine:
        for text, places in (("a\n𠮷 wrong\n", [(1, 2, 7)]), ("a", []), ("wrong", [(0, 0, 5)])):
            answer = await engine.diagnose(text, "/a/script.py")
            assert answer is not None
            assert [(one.line, one.column, one.end_column) for one in answer[0]] == places
        assert await hover(engine, "wrong") is not None


async def test_a_servers_questions_are_answered(tmp_path: Path) -> None:
    async with running(scripted("", tmp_path)) as engine:
        said = await hover(engine, "ask ")
        python = {"pythonPath": "/a/python", "defaultInterpreterPath": "/a/python"}
        assert json.loads(said or "") == {
            "workspace/configuration": [python, None],
            "client/registerCapability": None,
            "window/workDoneProgress/create": None,
            "workspace/applyEdit": {"applied": False},
            "workspace/semanticTokens/refresh": None,
            "made/up": -32601,
        }


@pytest.mark.parametrize("fault", ["die", "nonsense", "deep", "long", "hang"])
async def test_after_a_fault_the_engine_is_started_again(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_PAUSE", 0.0)
    news = News()
    deadline = 1.0 if fault == "hang" else PATIENCE
    async with running(scripted("", tmp_path), news, deadline) as engine:
        before = psutil.Process(engine.pid)
        assert await hover(engine, f"{fault} ") is None
        await ready(engine, news, before.pid)
        assert not before.is_running()
        # Within a short deadline, a busy machine may need more than one attempt.
        while (said := await hover(engine, "alive")) is None and fault == "hang":
            await ready(engine, news)
        assert said == "```text\nalive\n```"
        assert news.sentences == []


@pytest.mark.parametrize("how", ["stopped", "cancelled", "stuck"])
async def test_a_server_behind_a_script_ends_with_it(tmp_path: Path, how: str) -> None:
    news = News()
    engine = Engine(
        scripted("behind", tmp_path), news, deadline=0.5 if how == "stuck" else PATIENCE
    )
    async with asyncio.timeout(PATIENCE):
        task = asyncio.create_task(engine.run())
        await ready(engine, news)
        behind = psutil.Process(engine.pid).children()
        if how == "stuck":
            assert await hover(engine, "hang ") is None
        if how == "cancelled":
            task.cancel()
        engine.stop()
        await asyncio.wait([task])
    assert len(behind) == 1
    _, alive = await asyncio.to_thread(psutil.wait_procs, behind, PATIENCE)
    assert alive == []


@pytest.mark.parametrize("fault", ["error", "shape"])
async def test_an_answer_that_is_none_costs_only_itself(tmp_path: Path, fault: str) -> None:
    async with running(scripted("", tmp_path)) as engine:
        before = engine.pid
        assert await hover(engine, f"{fault} ") is None
        assert await hover(engine, "alive") == "```text\nalive\n```"
        assert engine.pid == before


async def test_a_caller_that_leaves_does_not_hide_a_stuck_engine(tmp_path: Path) -> None:
    news = News()
    async with running(scripted("", tmp_path), news, deadline=0.5) as engine:
        before = engine.pid
        asked = asyncio.create_task(hover(engine, "hang "))
        await asyncio.wait([asked], timeout=0.05)
        asked.cancel()
        await ready(engine, news, before)
        assert not engine.failed


async def test_an_engine_that_never_works_is_given_up_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_PAUSE", 0.0)
    missing = EngineCommand("gone", (str(tmp_path / "gone"),), (), str(tmp_path), "")
    for command, reason in (
        (scripted("end", tmp_path), "it has ended"),
        (scripted("mute", tmp_path), "it did not start in time"),
        (missing, "it cannot be started (No such file or directory)"),
    ):
        news = News()
        if "mute" in command.arguments:
            monkeypatch.setattr(engine_module, "START_DEADLINE", 0.2)
        async with running(command, news) as engine:
            assert engine.failed
            assert await hover(engine, "x") is None
            (said,) = news.sentences
            assert reason in said
            assert said.endswith("check that the command works.")
    assert FAILURES_ALLOWED > 1


class LiveFunction:
    """A kernel that knows the value of a name, and not its documentation."""

    async def complete(self, code: str, offset: int) -> Completions:
        return NO_COMPLETIONS

    async def inspect(self, code: str, offset: int) -> Inspection:
        return Inspection({"text/plain": "<function f>"})

    async def signature(self, code: str, offset: int) -> Signatures:
        return Signatures([])


@pytest.mark.parametrize(
    ("described", "added"),
    [("```python\ndef f()\n```\n---\nDoc.", True), ("```python\nf: int\n```", False)],
)
async def test_documentation_of_an_engine_is_below_the_live_value(
    described: str, *, added: bool
) -> None:
    class Documented(NoJedi):
        async def hover(self, content: str, line: int, column: int, path: str | None) -> Inspection:
            return Inspection({"text/markdown": described})

    found = await merged_hover(question("f$0"), LiveFunction(), Documented())
    live = "```text\n<function f>\n```"
    expected = f"{live}\n\n---\n\n{described}" if added else live
    assert found.data["text/markdown"] == expected


SCRIPT = """\
# %% one
import math
%matplotlib inline
def own(first: int, second: str = "é𠮷") -> float:
    '''Compute it.'''
    return math.floor(first)
# %% two
files = !ls
"""


@pytest.mark.parametrize("name", INSTALLED)
async def test_a_real_engine_answers(tmp_path: Path, name: str) -> None:
    program, *arguments = KNOWN[name]
    variables = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    words = (str(BIN / program), *arguments)
    command = EngineCommand(name, words, tuple(variables.items()), str(tmp_path), sys.executable)
    path, line = str(tmp_path / "script.py"), SCRIPT.count("\n")
    async with running(command) as engine:
        source = EngineSource(engine, NoJedi())
        # Another name above in the same line counts two units in UTF-16.
        found = await source.complete(SCRIPT + 'x = "𠮷", math.flo', line, 17, path)
        (floor,) = (one for one in found.items if one.text == "floor")
        assert (floor.start, floor.end) == (14, 17)
        found = await source.complete(SCRIPT + "math.", line, 5, path)
        assert {"floor", "ceil"} <= {one.text for one in found.items}
        found = await source.complete(SCRIPT + "import statis", line, 13, path)
        assert "statistics" in {one.text for one in found.items}
        said = await source.hover(SCRIPT + "own(1)", line, 3, path)
        assert "Compute it." in said.data["text/markdown"]
        ways = await source.signatures(SCRIPT + "own(1,)", line, 6, path)
        assert [one.active for one in ways.items] == [1]
        (place,) = await source.locations(jobs.DefinitionJob, (SCRIPT + "own(1)", line, 1), path)
        assert (place.path, place.line, place.column, place.name) == (None, 3, 4, "own")
        (place, *_) = await source.locations(
            jobs.DefinitionJob, (SCRIPT + "math.floor", line, 6), path
        )
        assert ("math" in str(place.path), place.name) == (True, "floor")
        answer = await engine.diagnose(SCRIPT + 'own("a")\nfiles.nothing', path)
        assert answer is not None
        faults = [(one.line, one.severity) for one in answer[0] if one.severity < 4]
        assert faults == [(line, 1), (line + 1, 1)]
        engine.close(path)
