# Size: one walk over a syntax tree, with the rule of each statement that binds names.
"""The walk over the syntax tree of one piece, which finds its scopes, bindings and uses.

Owns the meaning of each kind of node. It must not know other pieces, nor repair anything.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from . import expressions as ex
from .callables import class_facts, function_facts, is_property, receiver_of
from .expression_reader import ExpressionReader, arguments_of
from .model import (
    Access,
    BindingKind,
    Import,
    Operation,
    PieceNames,
    Scope,
    ScopeKind,
)
from .piece_text import Parsed

_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def read_tree(parsed: Parsed, written: Sequence[str]) -> PieceNames:
    """Return the names of a tree; ``written`` are the piece's lines before they were repaired."""
    reader = _Reader(parsed, written)
    reader.block(parsed.tree.body, len(parsed.lines) - 1)
    return reader.builder.finish()


class _Reader(ExpressionReader):
    # --- statements -------------------------------------------------------------------------------

    def block(self, statements: Sequence[ast.stmt], extent: int) -> None:
        """Read statements; the last one extends to line ``extent``."""
        for number, statement in enumerate(statements):
            below = statements[number + 1] if number + 1 < len(statements) else None
            self.extent = _first_line(below) - 1 if below else extent
            last = statement.lineno if hasattr(statement, "body") else statement.end_lineno
            self.lines = (statement.lineno - 1, (last or statement.lineno) - 1)
            if self.lost and self.lines[0] in self.lost:
                self.words(self.lines[0])
            self.visit(statement)

    def compound(self, node: Any) -> None:
        """Read a statement with blocks, such as ``if``."""
        extent = self.extent
        parts: list[Any] = []
        for field in node._fields:
            value: Any = getattr(node, field)
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                parts.append(value)
            elif field not in {"target", "iter"}:
                parts += value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownArgumentType]  # a node's field
        bodies: list[Any] = [getattr(part, "body", part) for part in parts]
        blocks: list[Any] = [body for body in bodies if isinstance(body, list)]
        certain = isinstance(node, (ast.With, ast.AsyncWith))
        around = self.block_end
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self.visit(node.iter)
            self.block_end = _end(node.body, blocks, extent)
            self.holds = self.places.end(node.iter)
            self.bind(node.target, ex.element_of(ex.expression_of(node.iter)))
            self.holds = None
        for part in parts:
            if isinstance(part, list):
                end = _end(part, blocks, extent)  # pyright: ignore[reportUnknownArgumentType]  # as above
                self.block_end = around if certain else end
                self.block(part, end)  # pyright: ignore[reportUnknownArgumentType]  # as above
            else:
                self._part(part, extent, blocks)
        self.block_end = around
        self.extent = extent

    def _part(self, part: Any, extent: int, blocks: list[Any]) -> None:
        """Read the header of a compound statement, a handler or a case."""
        if isinstance(part, (ast.ExceptHandler, ast.match_case)):
            header = part if isinstance(part, ast.ExceptHandler) else part.pattern
            self.lines = (header.lineno - 1, header.lineno - 1)
            self.block_end = _end(part.body, blocks, extent)
        if isinstance(part, ast.ExceptHandler):
            if part.type:
                self.visit(part.type)
            if part.name:
                start = self.places.end(part.type) if part.type else (part.lineno - 1, 0)
                value = ex.wrap(Operation.INSTANCE, ex.expression_of(part.type))
                self.bind_name(part.name, self.places.find(part.name, *start), value)
            self.block(part.body, _end(part.body, blocks, extent))
        elif isinstance(part, ast.match_case):
            self.visit(part.pattern)
            if part.guard:
                self.visit(part.guard)
            self.block(part.body, _end(part.body, blocks, extent))
        elif isinstance(part, ast.withitem):
            self.visit(part.context_expr)
            if part.optional_vars:
                entered = ex.wrap(Operation.ENTERED, ex.expression_of(part.context_expr))
                self.bind(part.optional_vars, entered)
        elif isinstance(part, ast.AST):
            self.visit(part)

    def assign(self, node: ast.Assign) -> None:
        """``a = b = value``."""
        self.visit(node.value)
        value = ex.expression_of(node.value)
        self.holds = self.places.end(node)
        for target in node.targets:
            self.bind(target, value)
            if isinstance(target, ast.Name) and target.id == "__slots__":
                self._slots(node.value)
        self.holds = None

    def _slots(self, value: ast.expr) -> None:
        if self.builder.open[self.builder.scope].kind is not ScopeKind.CLASS:
            return
        for item in getattr(value, "elts", []):
            if isinstance(item, ast.Constant) and isinstance(item.value, str):
                place = self.places.find(item.value, *self.places.start(item))
                self.bind_name(item.value, place, on_self=True)

    def annotated_assign(self, node: ast.AnnAssign) -> None:
        """``a: b = value``."""
        self.visit(node.annotation)
        if node.value:
            self.visit(node.value)
        value = ex.annotated(node.annotation) or ex.expression_of(node.value)
        self.holds = self.places.end(node)
        self.bind(node.target, value, ex.as_text(node.annotation))
        self.holds = None

    def augmented_assign(self, node: ast.AugAssign) -> None:
        """``a += value``."""
        self.visit(node.value)
        value = None
        if isinstance(node.target, ast.Name) and not isinstance(node.op, ast.Div):
            value = ex.either([ex.expression_of(node.target), ex.expression_of(node.value)])
        self.holds = self.places.end(node)
        self.bind(node.target, value)
        self.holds = None

    def delete(self, node: ast.Delete) -> None:
        """``del a``."""
        for target in node.targets:
            self.bind(target, None, deleted=True)

    def returns(self, node: ast.Return) -> None:
        """``return value``."""
        if node.value:
            self.visit(node.value)
            self.builder.open[self.builder.scope].returns.append(ex.expression_of(node.value))

    def yields(self, node: ast.Yield | ast.YieldFrom) -> None:
        """``yield value``."""
        self.builder.open[self.builder.scope].yields = True
        self.children(node)

    def globals(self, node: ast.Global | ast.Nonlocal) -> None:
        """``global a`` and ``nonlocal a``."""
        opened = self.builder.open[self.builder.scope]
        names = opened.global_names if isinstance(node, ast.Global) else opened.nonlocal_names
        names.update(node.names)
        place = self.places.start(node)
        for name in node.names:
            place = self.places.find(name, *place)
            self.builder.use(name, place, Access.READ)

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        """``import a.b as c`` and ``from a import b as c``."""
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
        else:
            module = None
        for alias in node.names:
            start = self.places.start(alias)
            if alias.name == "*":
                self.builder.stars.append(module or "")
                continue
            first = alias.name.partition(".")[0]
            bound = alias.asname or first
            if alias.asname:
                start = self.places.find(alias.asname, start[0], start[1] + len(alias.name))
            if module is None:
                facts = Import(alias.name if alias.asname else first, "", bool(alias.asname))
            else:
                facts = Import(module, alias.name, bool(alias.asname))
            kind = BindingKind.MODULE if module is None else BindingKind.IMPORT
            self.bind_name(bound, start, kind=kind, facts=facts, imported=not alias.asname)

    # --- definitions ------------------------------------------------------------------------------

    def function(self, node: _FunctionNode) -> None:
        """``def`` and ``async def``."""
        extent, around = self.extent, self.builder.scope
        in_class = self.builder.open[around].kind is ScopeKind.CLASS
        for decorator in node.decorator_list:
            self.visit(decorator)
        place = self.places.find(node.name, *self.places.start(node))
        index = self._bind_definition(node, place)
        inside = self._enter_type_parameters(node)
        self.header(node.args)
        if node.returns:
            self.visit(node.returns)
        scope = self.builder.enter(ScopeKind.FUNCTION)
        opened = self.builder.open[scope]
        opened.receiver = receiver_of(node) if in_class else ""
        around_block, self.block_end = self.block_end, -1
        self.parameters(node.args, node, opened.receiver)
        self.block(node.body, extent)
        self.block_end = around_block
        self._leave(node, scope, index, extent)
        self._leave_type_parameters(inside)
        kind = BindingKind.FUNCTION
        if in_class:
            kind = BindingKind.PROPERTY if is_property(node) else BindingKind.METHOD
        returns = [None] if opened.yields else opened.returns
        facts = function_facts(node, returns, scope, around)
        self.builder.describe(index, kind, facts)
        self.extent = extent

    def class_(self, node: ast.ClassDef) -> None:
        """``class``."""
        extent = self.extent
        for decorator in node.decorator_list:
            self.visit(decorator)
        place = self.places.find(node.name, *self.places.start(node))
        index = self._bind_definition(node, place)
        inside = self._enter_type_parameters(node)
        for base in (*node.bases, *node.keywords):
            self.visit(base)
        scope = self.builder.enter(ScopeKind.CLASS)
        around_block, self.block_end = self.block_end, -1
        self.block(node.body, extent)
        self.block_end = around_block
        self._leave(node, scope, index, extent)
        self._leave_type_parameters(inside)
        self.builder.describe(index, BindingKind.CLASS, class_facts(node, scope))
        self.extent = extent

    def _bind_definition(self, node: _FunctionNode | ast.ClassDef, place: tuple[int, int]) -> int:
        first, last = _first_line(node), (node.end_lineno or node.lineno) - 1
        return self.bind_name(node.name, place, first_line=first, last_line=last)

    def _leave(
        self, node: _FunctionNode | ast.ClassDef, scope: int, owner: int, extent: int
    ) -> None:
        line, column = self._header_end(node)
        last = self.places.end(node)
        parent, kind = self.builder.open[scope].parent, self.builder.open[scope].kind
        indent = self.places.start(node)[1]
        self.builder.leave(Scope(kind, parent, line, column, *last, extent, indent, owner))

    def _header_end(self, node: _FunctionNode | ast.ClassDef) -> tuple[int, int]:
        ends = [self.places.find(node.name, *self.places.start(node))]
        if isinstance(node, ast.ClassDef):
            ends += [self.places.end(base) for base in node.bases]
            ends += [self.places.end(keyword.value) for keyword in node.keywords]
        else:
            ends += [self.places.end(argument) for argument in arguments_of(node.args)]  # type: ignore[arg-type]
            ends += [self.places.end(one) for one in (*node.args.defaults, node.returns) if one]
            ends += [self.places.end(one) for one in node.args.kw_defaults if one]
        line, column = max(ends)
        body = self.places.start(node.body[0])
        return (line, column + 1) if body[0] != line else body

    def _enter_type_parameters(self, node: _FunctionNode | ast.ClassDef) -> bool:
        found = self.type_parameters.get(node.lineno - 1)
        if not found:
            return False
        self.builder.enter(ScopeKind.TYPE_PARAMETERS)
        for name, column in found:
            place = (node.lineno - 1, column)
            self.bind_name(name, place, kind=BindingKind.TYPE_PARAMETER)
        return True

    def _leave_type_parameters(self, inside: bool) -> None:  # noqa: FBT001 - the other one's result
        if inside:
            scope = self.builder.scope
            inner = self.builder.scopes[-1]
            self.builder.leave(
                Scope(
                    ScopeKind.TYPE_PARAMETERS, self.builder.open[scope].parent, inner.line,
                    inner.column, inner.last_line, inner.last_column, inner.extent, inner.indent,
                )
            )  # fmt: skip


def _end(block: list[ast.stmt], blocks: list[Any], extent: int) -> int:
    """Return the last line of a block: the one above the next block of its statement."""
    starts = [_first_line(one[0]) for one in blocks]
    below = [start for start in starts if start > _first_line(block[0])]
    return min(below) - 1 if below else extent


def _first_line(node: ast.stmt) -> int:
    """Return the first line of a statement, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)]) - 1


_Reader.handlers = {
    ast.AnnAssign: _Reader.annotated_assign,
    ast.Assign: _Reader.assign,
    ast.AsyncFor: _Reader.compound,
    ast.AsyncWith: _Reader.compound,
    ast.For: _Reader.compound,
    ast.If: _Reader.compound,
    ast.Match: _Reader.compound,
    ast.Try: _Reader.compound,
    ast.TryStar: _Reader.compound,
    ast.While: _Reader.compound,
    ast.With: _Reader.compound,
    ast.AsyncFunctionDef: _Reader.function,
    ast.Attribute: _Reader.attribute,
    ast.AugAssign: _Reader.augmented_assign,
    ast.Call: _Reader.call,
    ast.ClassDef: _Reader.class_,
    ast.Constant: lambda _reader, _node: None,
    ast.Delete: _Reader.delete,
    ast.DictComp: _Reader.comprehension,
    ast.FunctionDef: _Reader.function,
    ast.GeneratorExp: _Reader.comprehension,
    ast.Global: _Reader.globals,
    ast.Import: _Reader.imports,
    ast.ImportFrom: _Reader.imports,
    ast.JoinedStr: _Reader.formatted,
    ast.Lambda: _Reader.lambda_,
    ast.ListComp: _Reader.comprehension,
    ast.MatchAs: _Reader.pattern,
    ast.MatchMapping: _Reader.pattern,
    ast.MatchStar: _Reader.pattern,
    ast.Name: _Reader.name,
    ast.NamedExpr: _Reader.walrus,
    ast.Nonlocal: _Reader.globals,
    ast.Return: _Reader.returns,
    ast.SetComp: _Reader.comprehension,
    ast.Yield: _Reader.yields,
    ast.YieldFrom: _Reader.yields,
}
