"""The house rules that a linter does not know, each as a function from a module to its offences.

Owns the rules; tests/test_house_rules.py says where each of them holds and that it can fail. A rule
reads syntax and comments only; it never imports what it judges.

Comments that a rule asks for stand on the line itself:
`# Boundary: …` why everything may be caught here; `# Wait: …` what is waited for, and why nothing
tells of it; `# Not a document: …` what text this is; `# Size: …` why something is longer.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

FILE_SOFT, FILE_HARD = 300, 500
FUNCTION_SOFT, FUNCTION_HARD = 40, 60
PARAMETERS = 6
"""Five, and ``self``."""


@dataclass(frozen=True)
class Module:
    """One file of Python, read once."""

    name: str
    """Its path within the project."""
    text: str
    tree: ast.Module = field(repr=False)
    lines: list[str] = field(repr=False)

    @classmethod
    def of(cls, name: str, text: str) -> Module:
        """Parse a text under a name."""
        return cls(name, text, ast.parse(text), text.split("\n"))

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree; to find them takes most of the time of a rule."""
        return list(ast.walk(self.tree))

    def line(self, node: ast.AST) -> str:
        """Return the line a node begins on."""
        return self.lines[node.lineno - 1]  # type: ignore[attr-defined]

    def at(self, node: ast.AST, why: str) -> str:
        """Name an offence with its place."""
        return f"{self.name}:{node.lineno}: {why}"  # type: ignore[attr-defined]


Rule = Callable[[Module], Iterator[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(root: Path, *folders: str) -> Iterator[Module]:
    """Read all Python files under some folders of the project, one after the other.

    Their syntax trees together are millions of objects, which slow every test that comes later.
    """
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield Module.of(str(path.relative_to(root)), path.read_text("utf-8"))


def has_docstring(module: Module) -> Iterator[str]:
    """Every module says what it owns and what it must not do."""
    if not ast.get_docstring(module.tree):
        yield f"{module.name}:1: no module docstring"


def small_file(module: Module) -> Iterator[str]:
    """A file has at most 300 lines, or 500 with a reason among its first 40."""
    size = len(module.text.splitlines())
    reason = any(line.startswith("# Size: ") for line in module.lines[:40])
    if size > FILE_HARD or (size > FILE_SOFT and not reason):
        yield f"{module.name}:1: {size} lines; {FILE_SOFT} is the measure"


def small_functions(module: Module) -> Iterator[str]:
    """A function has at most 40 lines, or 60 with a reason inside; and at most five parameters.

    Those of a typer command are its options, as many as a person needs.
    """
    for node in module.nodes:
        if not isinstance(node, Function):
            continue
        size = (node.end_lineno or node.lineno) - node.lineno + 1
        body = module.lines[node.lineno - 1 : node.end_lineno]
        reason = any("# Size: " in line for line in body)
        if size > FUNCTION_HARD or (size > FUNCTION_SOFT and not reason):
            yield module.at(node, f"{node.name} has {size} lines; {FUNCTION_SOFT} is the measure")
        given = node.args
        count = len(given.posonlyargs) + len(given.args) + len(given.kwonlyargs)
        if count > PARAMETERS and not any("typer.Exit(" in line for line in body):
            yield module.at(node, f"{node.name} has {count} parameters; five are the measure")


def catches_everything(module: Module) -> Iterator[ast.AST]:
    """Find the places that catch every exception and do not raise it again."""
    wide = {"Exception", "BaseException"}
    for node in module.nodes:
        match node:
            case ast.ExceptHandler(body=[*_, ast.Raise(exc=None)]):
                continue  # it cleans up and lets the exception go on
            case ast.ExceptHandler(type=None):
                yield node
            case ast.ExceptHandler(type=kind) if kind and wide & names_in(kind):
                yield node
            case ast.Call(func=func, args=args) if "suppress" in names_in(func):
                if any(wide & names_in(arg) for arg in args):
                    yield node
            case _:
                pass


def boundaries_are_named(module: Module) -> Iterator[str]:
    """Everything is caught only where a comment says which boundary this is."""
    for node in catches_everything(module):
        if "# Boundary: " not in module.line(node):
            yield module.at(node, "catches everything without a `# Boundary: …`")


def tasks_belong_to_groups(module: Module) -> Iterator[str]:
    """A task is made by a TaskGroup, so that it cannot be forgotten or fail unseen."""
    for node in calls(module):
        match node.func:
            case ast.Name(id="create_task" | "ensure_future"):
                yield module.at(node, "a task without a TaskGroup")
            case ast.Attribute(attr="ensure_future" | "run_coroutine_threadsafe"):
                yield module.at(node, "a task without a TaskGroup")
            case ast.Attribute(attr="create_task", value=owner) if is_loop(owner):
                yield module.at(node, "a task without a TaskGroup")
            case _:
                pass


def no_sleep(module: Module) -> Iterator[str]:
    """Nothing sleeps in the hope that something has happened meanwhile."""
    for node in calls(module):
        match node.func:
            case ast.Attribute(attr="sleep") | ast.Name(id="sleep"):
                gives_way = [ast.unparse(arg) for arg in node.args] == ["0"]
                if not gives_way and "# Wait: " not in module.line(node):
                    yield module.at(node, "a sleep without a `# Wait: …`")
            case _:
                pass


def no_splitlines(module: Module) -> Iterator[str]:
    """Documents end their lines as LSP says, which `str.splitlines` does not."""
    for node in calls(module):
        match node.func:
            case ast.Attribute(attr="splitlines"):
                if "# Not a document: " not in module.line(node):
                    yield module.at(node, "splitlines() knows more line ends than LSP does")
            case _:
                pass


def is_pure(module: Module) -> Iterator[str]:
    """No file, terminal or clock by way of what needs no import that import-linter forbids."""
    for node in calls(module):
        match node.func:
            case ast.Name(id="open" | "input" | "print" | "exec" | "eval" | "__import__" as name):
                yield module.at(node, f"{name}() has no place in the core")
            case ast.Attribute(attr="now" | "today" | "utcnow" as name):
                yield module.at(node, f"{name}() reads a clock")
            case _:
                pass


def exports_only(module: Module) -> Iterator[str]:
    """An ``__init__`` holds a docstring and exports; the project's own has the version too."""
    allowed = {"__all__"} | ({"__version__"} if module.name.count("/") == 2 else set())
    for node in module.tree.body:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom() | ast.Import():
                pass
            case ast.Assign(targets=[ast.Name(id=name)]) if name in allowed:
                pass
            case _:
                yield module.at(node, "code in a package's __init__; move it to a module")


def no_hidden_tests(module: Module) -> Iterator[str]:
    """A test runs or is deleted; only a platform may be a reason to pass one over (`skipif`)."""
    for node in module.nodes:
        match node:
            case ast.Attribute(attr="skip" | "xfail" | "importorskip" as name, value=owner):
                if "pytest" in names_in(owner):
                    yield module.at(node, f"pytest's {name} hides a part that is missing")
            case _:
                pass


def plain_english(allowed: Mapping[str, int], counts: Mapping[str, int]) -> Iterator[str]:
    """A file has no more banned phrases than before (tests/support/plain_english.py)."""
    for name, number in counts.items():
        if number > allowed.get(name, 0):
            yield (
                f"{name}: {number} banned phrases, {allowed.get(name, 0)} allowed; run "
                f"`python tests/support/plain_english.py {name}`, and after a rename with --write"
            )


def calls(module: Module) -> Iterator[ast.Call]:
    """All calls in a module."""
    return (node for node in module.nodes if isinstance(node, ast.Call))


def names_in(node: ast.AST) -> set[str]:
    """All names and attribute names within an expression."""
    found = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return found | {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


def is_loop(node: ast.AST) -> bool:
    """Whether an expression is asyncio itself or an event loop, by its names."""
    return bool({"asyncio", "loop", "_loop", "get_running_loop", "get_event_loop"} & names_in(node))
