"""The variables of R and bash kernels, read while they are idle and without a trace."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.variables import DeleteVariable, ListVariables, Variable, VariablesPage
from cellbridge.kernel.find.specs import find
from cellbridge.kernel.queries.non_python import LANGUAGES, complete_output, variables_page
from cellbridge.kernel.variable_queries import WHILE_IDLE, query_variables
from support import kernel_programs
from support.kernels import PATIENCE, Bench, running
from support.tables import list_variables, refusal

R_SETUP = """
numbers <- 1:10; frame <- data.frame(a = 1:3, b = letters[1:3]); add <- function(u, v = 2) u + v
text <- "h\\u00f6\\nx"; items <- list(p = 1, q = "z"); grid <- matrix(0, 3, 4); `od d` <- 3
kinds <- factor(c("u", "v", "u")); where <- new.env(); .private <- 1
makeActiveBinding("act", function() stop("ran"), globalenv())
length.foo <- function(x) stop("ran"); print.foo <- function(x) stop("ran")
format.foo <- as.character.foo <- `[.foo` <- length.foo; own <- structure(list(1, 2), class = "foo")
class <- function(x) stop("ran"); paste <- get <- class
"""
BASH_SETUP = """
number=5; text='a b "c"'; declare -a list=(1 2 3); declare -A map=([k]=v); export EXPORTED=1
lines=$(printf 'one\\ntwo'); declare -i count=7; empty=
"""


# bash's own kernelspec holds a field that jupyter_client's class does not know.
pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")


def needs(name: str) -> pytest.MarkDecorator:
    """Skip a test on a machine without such a kernel; CI must have it."""
    missing = kernel_programs.missing(name)
    return pytest.mark.skipif(bool(missing) and not os.environ.get("CI"), reason=missing)


@asynccontextmanager
async def kernel(name: str, language: str, setup: str) -> AsyncIterator[Bench]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(kernel_programs.jupyter_path()))
        spec = find(name, language)
    async with running(spec) as bench:
        assert (await bench.run(setup)).reply["status"] == "ok"
        yield bench


async def check_leaves_no_trace(bench: Bench, ask: str, count: int) -> None:
    """Query twice; no message shows it, and the next run has the next number."""
    heard = len(bench.follower.messages)
    assert (await list_variables(bench)).total
    assert (await list_variables(bench, hidden=True)).total
    assert len(bench.follower.messages) == heard
    assert (await bench.run(ask)).reply["execution_count"] == count
    for question in (ListVariables(["number"]), DeleteVariable("number")):
        assert "Only the names" in await refusal(bench, question)


@needs("ir")
async def test_r() -> None:
    async with kernel("ir", "r", R_SETUP) as bench:
        found = {one.name: one for one in (await list_variables(bench)).variables}
        assert {
            name: (one.type, one.shape, one.length, one.value) for name, one in found.items()
        } == {
            "act": ("active binding", "", None, ""),
            "frame": ("data.frame", "3 × 2", 2, "a, b"),
            "grid": ("matrix", "3 × 4", 12, ", ".join("0" * 10)),
            "items": ("list", "", 2, "p, q"),
            "kinds": ("factor", "", 3, "u, v, u"),
            "numbers": ("integer", "", 10, ", ".join(map(str, range(1, 11)))),
            "od d": ("numeric", "", 1, "3"),
            "own": ("foo", "", 2, ""),
            "text": ("character", "", 1, "hö x"),
            "where": ("environment", "", None, ""),
        }
        assert found["od d"].expression == "`od d`"
        assert (found["numbers"].size or 0) > 40
        everything = {one.name for one in (await list_variables(bench, hidden=True)).variables}
        assert everything - set(found) >= {"add", ".private", "class"}
        await check_leaves_no_trace(bench, "numbers[2]", 2)


@needs("bash")
async def test_bash() -> None:
    async with kernel("bash", "bash", BASH_SETUP) as bench:
        found = (await list_variables(bench)).variables
        assert [(one.name, one.type, one.value) for one in found] == [
            ("count", "integer", "7"),
            ("empty", "string", ""),
            ("lines", "string", "one\\ntwo"),
            ("list", "array", '([0]="1" [1]="2" [2]="3")'),
            ("map", "map", '([k]="v" )'),
            ("number", "string", "5"),
            ("text", "string", 'a b \\"c\\"'),
        ]
        assert [one.expression for one in found][3:6] == ["${list[@]}", "${map[@]}", "$number"]
        everything = {one.name for one in (await list_variables(bench, hidden=True)).variables}
        assert everything >= {"EXPORTED", "BASH_VERSION", "PATH"}
        await check_leaves_no_trace(bench, "echo $number", 2)


@needs("bash")
async def test_a_busy_kernel_is_not_asked() -> None:
    async with kernel("bash", "bash", "x=1") as bench:
        run = bench.send("echo there; sleep 600")
        await bench.follower.until(lambda follower: "there" in follower.text(run))
        async with asyncio.timeout(PATIENCE):
            assert "only while it is idle" in await refusal(bench, ListVariables())
        await bench.kernel.interrupt()
        await bench.follower.until(lambda follower: follower.ended(run))
        # bash itself may need a while until it has got over it.
        async with asyncio.timeout(PATIENCE):
            while not isinstance(
                found := await query_variables(bench.kernel, ListVariables()), VariablesPage
            ):
                assert found == WHILE_IDLE
                await asyncio.sleep(0.05)  # Wait: for a program that does not report
        assert [one.name for one in found.variables] == ["x"]


@pytest.mark.parametrize("environment", [{}, {"SHELL": "/bin/sh", "TERM": "xterm"}, None])
def test_what_bash_makes_itself_is_not_the_users(environment: dict[str, str] | None) -> None:
    bash = shutil.which("bash")
    assert bash
    said = subprocess.run(
        [bash, "--norc", "-i", "-c", "select_me=1; mapfile < /dev/null; declare -p"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    asked = ListVariables(count=1000)
    assert [one.name for one in variables_page(LANGUAGES["bash"], said, asked).variables] == [
        "select_me"
    ]


async def test_a_language_that_is_not_known_is_said(fake: object) -> None:
    assert callable(fake)
    async with running(fake()) as bench:
        answer = await query_variables(bench.kernel, ListVariables())
        assert "cannot be read safely" in getattr(answer, "message", "")


@given(st.text())
def test_whatever_a_kernel_writes_is_read(said: str) -> None:
    for language in LANGUAGES.values():
        assert all(isinstance(one, Variable) for one in language.read(said))


@given(st.lists(st.from_regex(r"[a-z]{1,6}", fullmatch=True), unique=True), st.integers(-5, 9))
def test_pages_hold_each_name_once(names: list[str], start: int) -> None:
    said = "\n".join(f'declare -- {name}="1"' for name in names)
    asked = ListVariables(start=start, count=3)
    found = variables_page(LANGUAGES["bash"], said, asked)
    assert [one.name for one in found.variables] == sorted(names)[max(0, start) :][:3]
    assert found.total == len(names)


def test_a_kernel_that_still_writes_has_told_nothing() -> None:
    said = 'declare -- x="1"\n'
    assert [complete_output(f"{said}\x1d"[:end]) for end in range(len(said) + 1)] == [None] * (
        len(said) + 1
    )
    assert complete_output(f"{said}\x1d") == said
