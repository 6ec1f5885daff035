"""Classes with shared methods behave like the usual ones."""

from __future__ import annotations

import subprocess
import sys

EXAMPLES = """
from cellbridge.lsp import protocol as p
from lsprotocol import types as t
at = t.Position(1, 2)
area, other = t.Range(at, t.Position(3, 4)), t.Range(at, t.Position(3, 5))
report = t.Diagnostic(area, "a fault", t.DiagnosticSeverity.Error, tags=[t.DiagnosticTag(1)])
same = t.Diagnostic(t.Range(at, t.Position(3, 4)), "a fault", t.DiagnosticSeverity(1), tags=[1])
values = [at, area, other, report, same, t.Location("file:///a", area), t.Hover(t.MarkupContent(
    t.MarkupKind.Markdown, "text")), t.InitializedParams(), t.TextEdit(area, "x"), None, 1,
    p.InputRequest("a"), p.InputRequest("a", False), p.InputRequest("b"), p.PositionResult(at)]
print(len({p.InputRequest("a"), p.InputRequest("a", False), p.InputRequest("b")}))
print([value for value in map(repr, values)])
print([(one == two, one != two) for one in values for two in values])
print([type(value).__hash__ is None for value in values])
print(sorted(values[:1] + [t.Position(0, 5)]), hasattr(at, "__dict__"))
for name, made in sorted([*vars(t).items(), *vars(p).items()], key=lambda item: item[0]):
    if hasattr(made, "__attrs_attrs__"):
        fields = [(field.name, field.eq) for field in made.__attrs_attrs__]
        print(name, made.__hash__ is None, made.__slots__, fields)
"""
FAST = (
    "from cellbridge.lsp.transport.shared_methods import import_with_shared_methods as load; "
    "load('lsprotocol.types', 'cellbridge.lsp.protocol'); "
    "import attrs; assert attrs.define.__module__.startswith('attr.'); "
)
CLASSES = "import lsprotocol.types as t; assert t.Hover.__eq__ is {}t.CodeLens.__eq__\n"


def shown(start: str, shared: str) -> str:
    """Print the examples in a Python of its own, whose methods are shared or not."""
    code = start + CLASSES.format(shared) + EXAMPLES
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_classes_behave_alike() -> None:
    usual = shown("", "not ")
    assert shown(FAST, "") == usual
    assert usual.count("\n") > 500
