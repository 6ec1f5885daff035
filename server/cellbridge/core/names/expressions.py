"""The part of an expression that shows what its value is.

Owns the reading of syntax trees into `Expression`. It must not know scopes or places.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from .model import Expression, Operation

ELEMENT_LIMIT = 8
"""Elements of a literal that are read; of a longer one the type of an element is unknown."""
TEXT_LIMIT = 200
"""Characters of a default or an annotation that are shown."""
_LITERALS: tuple[tuple[type[ast.expr], str], ...] = (
    (ast.Dict, "dict"),
    (ast.DictComp, "dict"),
    (ast.JoinedStr, "str"),
    (ast.SetComp, "set"),
    (ast.ListComp, "list"),
)


def expression_of(node: ast.expr | None) -> Expression | None:  # noqa: PLR0911 - one case for each kind
    """Return what shows the value of an expression; None if nothing does."""
    match node:
        case ast.Name(id=name):
            return _name(name)
        case ast.Attribute(value=value, attr=name):
            return _of(Operation.ATTRIBUTE, value, name)
        case ast.Call(func=function):
            return _of(Operation.CALL, function)
        case ast.Subscript(value=value, slice=index):
            return None if isinstance(index, ast.Slice) else _of(Operation.ITEM, value)
        case ast.Await(value=value):
            return _of(Operation.AWAITED, value)
        case ast.NamedExpr(value=value):
            return expression_of(value)
        case ast.IfExp(body=body, orelse=orelse):
            return either(list(map(expression_of, (body, orelse))))
        case ast.BoolOp(values=values):
            return either(list(map(expression_of, values)))
        case ast.Constant(value=value):
            return None if value is ... else literal(type(value).__name__)
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            return literal(type(node).__name__.lower(), elements)
        case _:
            name = next((name for kind, name in _LITERALS if isinstance(node, kind)), "")
            return _literal(name) if name else None


def literal(name: str, elements: list[ast.expr] | None = None) -> Expression | None:
    """Return an object of a builtin type."""
    if elements is None or not 0 < len(elements) <= ELEMENT_LIMIT:
        return _literal(name)
    read = [expression_of(element) for element in elements]
    known = tuple(element for element in read if element is not None)
    return Expression(Operation.LITERAL, name, known) if len(known) == len(read) else _literal(name)


@lru_cache(maxsize=512)
def _literal(name: str) -> Expression:
    return Expression(Operation.LITERAL, name)


@lru_cache(maxsize=4096)
def _name(name: str) -> Expression:
    return Expression(Operation.NAME, name)


def _of(operation: Operation, value: ast.expr, name: str = "") -> Expression | None:
    operand = expression_of(value)
    return None if operand is None else Expression(operation, name, (operand,))


def wrap(operation: Operation, operand: Expression | None) -> Expression | None:
    """Return an operation on an operand."""
    return None if operand is None else Expression(operation, "", (operand,))


def either(read: list[Expression | None]) -> Expression | None:
    """Return one of some values; None if one of them is unknown."""
    known = list(dict.fromkeys(one for one in read if one is not None))
    if len(known) < len(set(read)) or not 0 < len(known) <= ELEMENT_LIMIT:
        return None
    return known[0] if len(known) == 1 else Expression(Operation.EITHER, "", tuple(known))


def element_of(value: Expression | None, index: int | None = None) -> Expression | None:
    """Return an element of a value by iteration, or the one at a place of an unpacked literal."""
    if value is None:
        return None
    if value.operation is Operation.LITERAL and value.name in {"list", "tuple", "set"}:
        if index is not None and index < len(value.operands):
            return value.operands[index]
        return either(list(value.operands)) if value.operands else None
    return Expression(Operation.ELEMENT, "", (value,))


def annotated(node: ast.expr | None) -> Expression | None:  # noqa: PLR0911 - as above
    """Return an object of the type that an annotation denotes."""
    match node:
        case ast.Constant(value=str(text)):
            return annotated(parse_expression(text))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            kinds = [one for one in (left, right) if not _is_none(one)]
            return either([annotated(one) for one in kinds])
        case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional")):
            return annotated(node.slice)
        case ast.Subscript(slice=ast.Tuple()):
            return None
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in _CONTAINERS:
            element = annotated(inner)
            operands = () if element is None else (element,)
            return Expression(Operation.LITERAL, _CONTAINERS[name], operands)
        case ast.Name() | ast.Attribute():
            return wrap(Operation.INSTANCE, expression_of(node))
        case _:
            return None


_CONTAINERS = {
    "list": "list", "List": "list", "set": "set", "Set": "set", "frozenset": "frozenset",
}  # fmt: skip


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def expression_in(text: str) -> Expression | None:
    """Return what shows the value of an expression written as text."""
    try:
        return expression_of(parse_expression(text))
    except RecursionError:
        return None


def parse_expression(text: str) -> ast.expr | None:
    """Return the tree of an expression written as text; None if it is not one."""
    if len(text) > 2000 or "\\" in text:  # odd escapes would be warned about
        return None
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def as_text(node: ast.AST | None) -> str:
    """Return an expression in one line."""
    if node is None:
        return ""
    if isinstance(node, ast.Name):
        return node.id
    text = ast.unparse(node)
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"
