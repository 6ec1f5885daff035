"""The time that each source is waited for."""

from __future__ import annotations

import asyncio

import pytest

from cellbridge.analysis.completion import complete
from cellbridge.analysis.hover import hover, name_at
from cellbridge.analysis.race import HEAD_START
from cellbridge.core.code_info import (
    NO_COMPLETIONS,
    NO_INSPECTION,
    Candidate,
    Completions,
    Inspection,
    Source,
)
from support.fixture import question

QUESTION = question("# %%\nimport numpy as np\n# %%\n1\nnp.me$0")


class Known:
    """A source of what it was made with, that answers once it is let go."""

    def __init__(self, completions: Completions, inspection: Inspection = NO_INSPECTION) -> None:
        self.completions = completions
        self.inspection = inspection
        self.go = asyncio.Event()
        self.asked = self.waiting = False

    async def complete(self, *question: object) -> Completions:
        await self._wait()
        return self.completions

    async def inspect(self, *question: object) -> Inspection:
        await self._wait()
        return self.inspection

    hover = inspect

    async def _wait(self) -> None:
        self.asked = self.waiting = True
        try:
            await self.go.wait()
        finally:
            self.waiting = False

    def ready(self) -> Known:
        self.go.set()
        return self


class Broken:
    """A source with a fault."""

    async def complete(self, *question: object) -> Completions:
        raise RuntimeError("a fault")

    async def inspect(self, *question: object) -> Inspection:
        raise RuntimeError("a fault")

    hover = inspect


def kernel() -> Known:
    return Known(
        Completions([Candidate("np.mean", 2, 7)]),
        Inspection({"text/plain": "Type: int\nString form: 5"}),
    )


def text() -> Known:
    return Known(
        Completions([Candidate("median", 3, 5)]),
        Inspection({"text/markdown": "```python\nx: int\n```"}),
    )


async def test_both_sources_make_one_list() -> None:
    items, incomplete, *_ = await complete(QUESTION, kernel().ready(), text().ready())
    assert [(item.text, item.start, item.end, item.source) for item in items] == [
        ("mean", 3, 5, Source.LIVE),
        ("median", 3, 5, Source.STATIC),
    ]
    assert not incomplete


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('os.environ["H', ["HOME"]),
        ('open("H', ["HOME", "Home/"]),
        ('f(d["a"], ["H', ["HOME", "Home/"]),
    ],
)
async def test_files_are_no_keys(line: str, expected: list[str]) -> None:
    at = len(line)
    found = [Candidate("HOME", at - 1, at, "statement"), Candidate("Home/", at - 1, at, "path")]
    items, *_ = await complete(question(f"{line}$0"), None, Known(Completions(found)).ready())
    assert [item.text for item in items] == expected


async def test_the_slower_source_is_left_behind_and_the_editor_asks_again() -> None:
    slow = text()
    items, incomplete, *_ = await complete(QUESTION, kernel().ready(), slow, budget=0.01)
    assert [item.text for item in items] == ["mean"]
    assert incomplete
    assert not slow.waiting


async def test_a_slower_source_within_the_budget_is_waited_for() -> None:
    slow = text()
    async with asyncio.TaskGroup() as tasks:
        answer = tasks.create_task(complete(QUESTION, kernel().ready(), slow, budget=10))
        tasks.create_task(_let_go(slow))
    assert [item.text for item in answer.result().items] == ["mean", "median"]
    assert not answer.result().incomplete


async def _let_go(source: Known) -> None:
    source.go.set()


async def test_a_source_that_could_not_answer_does_not_start_the_budget() -> None:
    busy, slow = Known(NO_COMPLETIONS).ready(), text()
    async with asyncio.TaskGroup() as tasks:
        answer = tasks.create_task(complete(QUESTION, busy, slow, budget=0, patience=10))
        tasks.create_task(_let_go(slow))
    assert [item.text for item in answer.result().items] == ["median"]
    assert answer.result().incomplete


async def test_nobody_is_waited_for_without_end() -> None:
    slow, slower = kernel(), text()
    items, incomplete, *_ = await complete(QUESTION, slow, slower, patience=0.01)
    assert (items, incomplete) == ([], True)
    assert not slow.waiting
    assert not slower.waiting


@pytest.mark.parametrize("missing", ["live", "static"])
async def test_a_source_that_is_not_there_is_not_missed(missing: str) -> None:
    live = None if missing == "live" else kernel().ready()
    static = None if missing == "static" else text().ready()
    items, incomplete, *_ = await complete(QUESTION, live, static)
    assert len(items) == 1
    assert not incomplete


async def test_a_fault_of_one_source_costs_only_its_own_answer() -> None:
    items, incomplete, *_ = await complete(QUESTION, Broken(), text().ready())
    assert [item.text for item in items] == ["median"]
    assert incomplete
    described = await hover(QUESTION, kernel().ready(), Broken())
    assert "5" in described.data["text/markdown"]


async def test_cancelling_the_question_cancels_both() -> None:
    live, static = kernel(), text()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(HEAD_START * 3):
            await complete(QUESTION, live, static)
    assert not live.waiting
    assert not static.waiting


async def test_a_question_given_up_early_asks_only_the_kernel() -> None:
    live, static = kernel(), text()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(HEAD_START / 5):
            await complete(QUESTION, live, static)
    assert not live.waiting
    assert not static.asked


async def test_an_object_that_was_looked_at_needs_no_text() -> None:
    exact = Known(Completions([Candidate("median", 5, 7)], exact=True, receiver="np")).ready()
    items, incomplete, receiver, _ = await complete(QUESTION, exact, text())
    assert ([item.text for item in items], incomplete, receiver) == (["median"], False, "np")


async def test_a_magic_that_is_a_comment_in_the_document_keeps_its_columns() -> None:
    asked = question("# %time np.me$0")
    live = Known(Completions([Candidate("mean", 9, 11)])).ready()
    [item], *_ = await complete(asked, live, None)
    assert asked.line_text[item.start : item.end] == "me"


async def test_a_candidate_that_replaces_other_lines_is_not_offered() -> None:
    live = Known(Completions([Candidate("1\nnp.mean", 0, 7)])).ready()
    assert (await complete(QUESTION, live, None)).items == []


async def test_the_living_object_stands_above_the_documentation() -> None:
    documented = "```python\ndef f(x)\n```\n\n```text\nDo.\n```"
    static = Known(NO_COMPLETIONS, Inspection({"text/markdown": documented}))
    described = await hover(QUESTION, kernel().ready(), static.ready())
    assert described.data["text/markdown"] == f"```text\n5\n```\n\n*int*\n\n---\n\n{documented}"


async def test_a_guessed_type_is_not_shown_below_a_value() -> None:
    described = await hover(QUESTION, kernel().ready(), text().ready())
    assert described.data["text/markdown"] == "```text\n5\n```\n\n*int*"


async def test_without_a_kernel_the_guessed_type_is_shown() -> None:
    described = await hover(QUESTION, None, text().ready())
    assert described.data["text/markdown"] == "```python\nx: int\n```"


async def test_a_live_description_with_documentation_stands_alone() -> None:
    live = Known(NO_COMPLETIONS, Inspection({"text/plain": "Signature: f(x)\nDocstring: Do."}))
    described = await hover(QUESTION, live.ready(), text().ready())
    assert described.data["text/markdown"] == "```python\nf(x)\n```\n\n```text\nDo.\n```"


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("aver$0age = 5", "average"),
        ("$0average = 5", "average"),
        ("np.mean(x$0)", "x"),
        ("n$0p.mean(x)", "np"),
        ("np.me$0an(x)", "np.mean"),
        ("%ti$0me 1", None),
        ("f(1).re$0al", None),
        ("a[0].re$0al", None),
        ("x$$0y", None),
        ("base::me$0an", None),
        ("1 $0+ 1", None),
        ("$0", None),
    ],
)
def test_the_kernel_is_asked_for_the_name_alone(code: str, asked: str | None) -> None:
    before, _, after = code.partition("$0")
    expected = (before + after, len(before)) if asked is None else (asked, len(asked))
    assert name_at(before + after, len(before)) == expected


async def test_without_any_answer_a_hover_says_so() -> None:
    assert await hover(QUESTION, None, None) == NO_INSPECTION
    assert await hover(QUESTION, kernel(), text(), patience=0.01) == NO_INSPECTION
    nothing = await hover(QUESTION, Known(NO_COMPLETIONS, Inspection({})).ready(), None)
    assert (nothing.data, nothing.answered) == ({}, True)
