"""The expressions of a piece: names that are read, attributes, calls, and scopes inside them.

Owns the binding of targets, too. It must not know statements.
"""

from __future__ import annotations

import ast
from collections.abc import Callable as Function
from collections.abc import Sequence
from typing import Any, ClassVar

from . import expressions as ex
from .callables import parameters_of
from .lost_words import words_of
from .model import (
    Access,
    AttributeUse,
    Binding,
    BindingKind,
    Expression,
    Operation,
    Scope,
    ScopeKind,
)
from .piece_builder import PieceBuilder
from .piece_text import Parsed
from .places import Places

OPAQUE = frozenset({"exec", "execfile", "globals", "get_ipython", "__dict__", "run_line_magic"})
"""Names after which the text alone does not show which names are bound."""
_ComprehensionNode = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class ExpressionReader:
    """Reads the nodes of one tree. ``handlers`` has the method for each kind of node."""

    handlers: ClassVar[dict[type[ast.AST], Function[[Any, Any], None]]] = {}

    def __init__(self, parsed: Parsed, written: Sequence[str]) -> None:
        self.builder = PieceBuilder(len(parsed.lines) - 1)
        self.places = Places(parsed.lines)
        self.type_parameters = parsed.type_parameters
        self.lost = parsed.lost
        self.written = written
        self.extent = 0
        self.block_end = -1
        self.holds: tuple[int, int] | None = None
        """The place from which the present statement's bindings hold, if not their own."""
        self.lines = (0, 0)
        """The first and the last line of the statement, or of its header."""

    def visit(self, node: ast.AST) -> None:
        """Read a node and all below it."""
        handler = self.handlers.get(type(node))
        if handler is not None:
            handler(self, node)
        else:
            self.children(node)

    def children(self, node: ast.AST) -> None:
        """Read what is below a node."""
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                self.visit(value)
            elif isinstance(value, list):
                for item in value:  # pyright: ignore[reportUnknownVariableType]  # a node's field
                    if isinstance(item, ast.AST):
                        self.visit(item)

    def lambda_(self, node: ast.Lambda) -> None:
        """``lambda a: b``."""
        self.header(node.args)
        self.builder.enter(ScopeKind.LAMBDA)
        self.parameters(node.args, node, "")
        self.visit(node.body)
        self._leave_expression(ScopeKind.LAMBDA, self.places.start(node), node)

    def comprehension(self, node: _ComprehensionNode) -> None:
        """``[a for a in b]`` and its like."""
        self.visit(node.generators[0].iter)
        self.builder.enter(ScopeKind.COMPREHENSION)
        for number, generator in enumerate(node.generators):
            if number:
                self.visit(generator.iter)
            self.bind(generator.target, ex.element_of(ex.expression_of(generator.iter)))
            for condition in generator.ifs:
                self.visit(condition)
        for name in ("key", "value", "elt"):
            if part := getattr(node, name, None):
                self.visit(part)
        self._leave_expression(ScopeKind.COMPREHENSION, self.places.start(node), node)

    def _leave_expression(self, kind: ScopeKind, start: tuple[int, int], node: ast.expr) -> None:
        end = self.places.end(node)
        parent = self.builder.open[self.builder.scope].parent
        self.builder.leave(Scope(kind, parent, *start, *end, end[0]))

    def name(self, node: ast.Name) -> None:
        """A name that is read."""
        self.builder.use(node.id, self.places.name(node, node.id), Access.READ)
        if node.id in OPAQUE:
            self.builder.opaque = True

    def attribute(self, node: ast.Attribute, access: Access = Access.READ) -> None:
        """``a.b``."""
        self.visit(node.value)
        receiver = ex.expression_of(node.value)
        place = self.places.attribute(node)
        self.builder.attributes.append(
            AttributeUse(node.attr, *place, self.builder.scope, receiver, access)
        )

    def call(self, node: ast.Call) -> None:
        """``f(a, b=c)``."""
        self.visit(node.func)
        called = ex.expression_of(node.func)
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            if keyword.arg:
                place = self.places.name(keyword, keyword.arg)
                scope = self.builder.scope
                self.builder.attributes.append(
                    AttributeUse(keyword.arg, *place, scope, called, Access.READ, argument=True)
                )
            self.visit(keyword.value)

    def walrus(self, node: ast.NamedExpr) -> None:
        """``(a := b)``."""
        self.visit(node.value)
        place = self.places.name(node.target, node.target.id)
        value = ex.expression_of(node.value)
        self.bind_name(node.target.id, place, value, scope=self.builder.target_scope())

    def formatted(self, node: ast.JoinedStr) -> None:
        """An f-string."""
        self.places.enter_string(node)
        self.children(node)
        self.places.leave_string()

    def pattern(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        """A pattern that binds a name."""
        self.children(node)
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            line = (node.end_lineno or node.lineno) - 1
            end = self.places.column(line, node.end_col_offset or 0)
            column = self.places.lines[line].rfind(name, 0, end)
            self.bind_name(name, (line, max(column, 0)))

    def words(self, first: int) -> None:
        """Read the words of a statement that is not Python."""
        end = self.lost[first]
        for word in words_of(self.written[first:end]):
            place = (first + word.line, word.column)
            if word.bound:
                self.bind_name(word.name, place, block_end=place[0])
            elif word.dotted:
                scope = self.builder.scope
                self.builder.attributes.append(
                    AttributeUse(word.name, *place, scope, word.receiver)
                )
            else:
                self.builder.use(word.name, place, Access.READ)

    def header(self, arguments: ast.arguments) -> None:
        """Read what a header evaluates outside the function: defaults and annotations."""
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        for argument in arguments_of(arguments):
            if argument.annotation:
                self.visit(argument.annotation)

    def parameters(self, arguments: ast.arguments, node: ast.AST, receiver: str) -> None:
        """Bind parameters; ``receiver`` is the first one of a method."""
        for parameter, argument in zip(
            parameters_of(arguments), arguments_of(arguments), strict=True
        ):
            value = parameter.type
            if argument.arg == receiver:
                class_method = "classmethod" in map(ex.as_text, getattr(node, "decorator_list", []))
                value = Expression(Operation.RECEIVER, "class" if class_method else "")
                receiver = ""
            place = self.places.name(argument, argument.arg)
            more = {"kind": BindingKind.PARAMETER, "annotation": parameter.annotation}
            self.bind_name(argument.arg, place, value, **more)

    def bind(
        self,
        target: ast.expr,
        value: Expression | None,
        annotation: str = "",
        *,
        deleted: bool = False,
    ) -> None:
        """Bind what a target names."""
        match target:
            case ast.Name(id=name):
                place = self.places.name(target, name)
                more = {"annotation": annotation, "deleted": deleted}
                self.bind_name(name, place, value, **more)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                starred = False
                for number, element in enumerate(elements):
                    starred = starred or isinstance(element, ast.Starred)
                    part = ex.element_of(value, None if starred else number)
                    self.bind(element, part, deleted=deleted)
            case ast.Starred(value=inner):
                self.bind(inner, ex.literal("list"))
            case ast.Attribute(value=ast.Name(id=receiver)) if not deleted:
                self.attribute(target, Access.WRITE)
                scope = self.builder.class_of_receiver(receiver)
                if scope is not None:
                    place = self.places.attribute(target)
                    more = {"scope": scope, "annotation": annotation, "on_self": True}
                    self.bind_name(target.attr, place, value, **more)
            case ast.Attribute():
                self.attribute(target, Access.WRITE)
            case _:
                self.visit(target)

    def bind_name(
        self, name: str, place: tuple[int, int], value: Expression | None = None, **more: Any
    ) -> int:
        """Bind a name; its kind is that of a variable or an attribute unless it is given."""
        scope = more.pop("scope", self.builder.scope)
        in_class = self.builder.open[int(scope)].kind is ScopeKind.CLASS
        kind = BindingKind.ATTRIBUTE if in_class else BindingKind.VARIABLE
        imported = more.pop("imported", False)
        facts: dict[str, Any] = {
            "kind": kind,
            "block_end": self.block_end,
            "value": value,
            "first_line": min(self.lines[0], place[0]),
            "last_line": max(self.lines[1], place[0]),
        }
        facts["from_line"], facts["from_column"] = self.holds or place
        facts.update(more)
        binding = Binding(name=name, scope=scope, line=place[0], column=place[1], **facts)
        return self.builder.bind(binding, imported=imported)


def arguments_of(arguments: ast.arguments) -> list[ast.arg]:
    """Return all parameters, in the order of the text."""
    found = [*arguments.posonlyargs, *arguments.args]
    found += [arguments.vararg] if arguments.vararg else []
    found += arguments.kwonlyargs
    return found + ([arguments.kwarg] if arguments.kwarg else [])
