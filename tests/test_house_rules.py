"""The house rules that no linter checks.

The rules are in tests/support/rules.py. Each rule must report a wrong example first, and then
nothing in the project.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import cellbridge
from support import import_graph, plain_english, rules
from support.rules import Module, Rule

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT_LAYERS = ("core", "lsp", "workspace")

BOUNDARIES = {
    "server/cellbridge/analysis/jedi_worker.py": 2,
    "server/cellbridge/analysis/race.py": 1,
    "server/cellbridge/dap/adapter.py": 3,
    "server/cellbridge/kernel/probe/figures.py": 1,
    "server/cellbridge/kernel/probe/output_shapes.py": 1,
    "server/cellbridge/kernel/probe/polars_lazy.py": 1,
    "server/cellbridge/kernel/probe/changed_names.py": 2,
    "server/cellbridge/kernel/probe/debug/breakpoints.py": 1,
    "server/cellbridge/kernel/probe/debug/engine.py": 1,
    "server/cellbridge/kernel/probe/debug/operations.py": 3,
    "server/cellbridge/kernel/probe/debug/run_breakpoints.py": 1,
    "server/cellbridge/kernel/probe/execution_hooks.py": 7,
    "server/cellbridge/kernel/probe/program_exit.py": 1,
    "server/cellbridge/kernel/probe/script_paths.py": 1,
    "server/cellbridge/kernel/probe/variable_store.py": 3,
    "server/cellbridge/kernel/probe/tables/pages.py": 1,
    "server/cellbridge/kernel/probe/run_control.py": 2,
    "server/cellbridge/mcp/toolbox.py": 1,
    "server/cellbridge/notebooks/jupytext_formats.py": 3,
    "server/cellbridge/lsp/background_tasks.py": 1,
    "server/cellbridge/lsp/transport/transport.py": 2,
    "server/cellbridge/notebooks/ipynb.py": 1,
    "server/cellbridge/page/gateway.py": 1,
    "server/cellbridge/page/web_server.py": 1,
    "server/cellbridge/session/host/client_connection.py": 2,
    "server/cellbridge/session/host/crash_guard.py": 1,
    "server/cellbridge/session/host/main.py": 1,
    "server/cellbridge/workspace/supervised_tasks.py": 2,
}
"""The number of places in each file that catch all exceptions. Each new one is a decision."""

TOO_HEAVY = {
    "IPython", "ipykernel", "jedi", "jupyter_client", "nbformat", "parso", "rich", "traitlets",
    "typer", "zmq",
}  # fmt: skip
"""Modules that `cellbridge lsp` must never import: they belong to other processes."""


def under(*folders: str) -> Callable[[str], bool]:
    """Return the test of a file's name for some folders of the project."""
    return lambda name: name.startswith(tuple(f"{folder}/" for folder in folders))


PYTHON, SERVER, TESTS = under("server", "tests"), under("server"), under("tests")
CORE = under("server/cellbridge/core")
DOCUMENTS = under(*(f"server/cellbridge/{layer}" for layer in DOCUMENT_LAYERS))


def inits(name: str) -> bool:
    return name.endswith("/__init__.py")


RULES: list[tuple[Rule, Callable[[str], bool], str]] = [
    (rules.has_docstring, PYTHON, "x = 1"),
    (rules.small_file, PYTHON, "x = 1\n" * 301),
    (rules.small_functions, SERVER, "def f():\n" + "    x = 1\n" * 40),
    (rules.small_functions, SERVER, "def f(a, b, c, d, e, *, f, g): ..."),
    (rules.boundaries_are_named, PYTHON, "try: ...\nexcept (ValueError, Exception): ..."),
    (rules.boundaries_are_named, PYTHON, "try: ...\nexcept: ..."),
    (rules.boundaries_are_named, PYTHON, "with contextlib.suppress(BaseException): ..."),
    (rules.tasks_belong_to_groups, SERVER, "task = asyncio.create_task(f())"),
    (rules.tasks_belong_to_groups, SERVER, "self._loop.create_task(f())"),
    (rules.tasks_belong_to_groups, SERVER, "ensure_future(f())"),
    (rules.no_sleep, PYTHON, "await asyncio.sleep(0.1)"),
    (rules.no_sleep, PYTHON, "time.sleep(1)"),
    (rules.no_splitlines, DOCUMENTS, "lines = text.splitlines(keepends=True)"),
    (rules.is_pure, CORE, "with open(path) as file: ..."),
    (rules.is_pure, CORE, "now = datetime.now()"),
    (rules.exports_only, inits, "from x import y\n__version__ = '1'"),
    (rules.exports_only, inits, "def f(): ..."),
    (rules.no_hidden_tests, TESTS, "@pytest.mark.skip\ndef test_x(): ..."),
]


class Project:
    """The offences in the project. Each file is parsed once, and its syntax tree is not kept."""

    def __init__(self) -> None:
        self.checked: Counter[Rule] = Counter()
        self.offences: dict[Rule, list[str]] = {rule: [] for rule, *_ in RULES}
        self.boundaries: dict[str, int] = {}
        held = {rule: holds for rule, holds, _ in RULES}
        for module in rules.modules(ROOT, "server", "tests"):
            for rule, holds in held.items():
                if holds(module.name):
                    self.checked[rule] += 1
                    self.offences[rule] += rule(module)
            count = len(list(rules.catches_everything(module)))
            if SERVER(module.name) and count:
                self.boundaries[module.name] = count


@pytest.fixture(scope="module")
def project() -> Project:
    return Project()


@pytest.mark.parametrize(("rule", "wrong"), [(rule, wrong) for rule, _, wrong in RULES])
def test_rule(rule: Rule, wrong: str, project: Project) -> None:
    assert list(rule(Module.of("wrong.py", wrong))), "the rule does not report the wrong example"
    assert project.checked[rule], "the rule checks no file"
    assert not project.offences[rule], "\n" + "\n".join(project.offences[rule])


def test_boundaries_are_counted(project: Project) -> None:
    assert project.boundaries == BOUNDARIES


@pytest.mark.parametrize(
    "wrong",
    [
        {"a": "from cellbridge import b", "b": "import cellbridge.a"},
        {"a": "from cellbridge.b import x", "b": "def f():\n    from cellbridge.a import y"},
        {"a": "if TYPE_CHECKING:\n    from cellbridge.b import X", "b": "from . import a"},
        {"a": "from .p.b import x", "p/b": "from ..a import y"},
        {"p/__init__": "from .b import x", "p/b": "from cellbridge.p import x"},
        {"a": "import cellbridge.b", "b": "import cellbridge.c", "c": "import cellbridge.a"},
    ],
)
def test_an_import_circle_is_seen(wrong: dict[str, str]) -> None:
    modules = [Module.of(f"server/cellbridge/{name}.py", text) for name, text in wrong.items()]
    assert set(import_graph.circle(modules, "server")) == {
        import_graph.dotted(module, "server") for module in modules
    }


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    modules = rules.modules(ROOT, "server/cellbridge")
    assert " -> ".join(import_graph.circle(modules, "server")) == ""


WRONG_PROSE = [
    ("x.md", "The kernel tells\nthe server."),
    ("docs/x.md", "- It lies beside the script."),
    ("editor-extension/x/package.json", '{"title": "What the kernel has"}'),
    ("server/x.py", '"""Whether it runs."""'),
    ("server/x.py", 'print(f"{name} is no number")'),
    ("server/x.py", 'option("--all", help="Which of them")'),
    ("tests/x.py", "x = 1  # it is started anew"),
    ("editor-extension/x.ts", "/** How a person sees it. */"),
    ("editor-extension/x.lua", 'notify("Nobody is there")'),
]


@pytest.mark.parametrize(("name", "wrong"), WRONG_PROSE)
def test_plain_english_sees_a_banned_phrase(name: str, wrong: str) -> None:
    assert list(plain_english.offences(name, wrong))
    assert list(rules.plain_english({}, {name: 1}))


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("docs/x.md", "Run `tell()` again:\n\n```sh\nsay beside\n```\n"),
        ("tests/x.py", 'x = "what the kernel says is a text of a test"'),
        ("server/x.py", 'x = "Which kernel should run the script?"'),
        ("docs/x.md", "There is no kernel. Is there one? It is no longer used."),
    ],
)
def test_plain_english_lets_other_text_pass(name: str, right: str) -> None:
    assert list(plain_english.offences(name, right)) == []


def test_banned_phrases_do_not_rise() -> None:
    allowed, counts = plain_english.stored(), plain_english.count()
    for kind in ("shown", "comments"):
        offences = list(rules.plain_english(allowed[kind], counts[kind]))
        assert not offences, "\n" + "\n".join(offences)


def test_version_is_the_newest_in_the_changelog() -> None:
    changelog = (ROOT / "docs" / "changelog.md").read_text("utf-8")
    newest = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] == cellbridge.__version__


def test_generated_files_are_up_to_date() -> None:
    tool = ROOT / "server" / "tools" / "codegen.py"
    done = subprocess.run(
        [sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "too_heavy"),
    [
        ("cellbridge.lsp.main", TOO_HEAVY | {"argparse", "asyncio", "msgspec"}),
        ("cellbridge.lsp.server_process", TOO_HEAVY | {"attrs", "cattrs", "lsprotocol", "pygls"}),
        ("cellbridge.lsp.server", TOO_HEAVY),
        ("cellbridge.lsp.handlers", TOO_HEAVY),
    ],
)
def test_language_server_starts_light(module: str, too_heavy: set[str]) -> None:
    """An editor waits for the import of the first module, and the user for all of them."""
    code = f"import {module}, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert not imported & too_heavy
