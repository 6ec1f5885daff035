"""The facts of functions and classes, as far as their headers and returns show them.

Owns parameters, decorators, docstrings and results. It must not know scopes' contents.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .expressions import annotated, as_text, either, expression_of
from .model import Callable, Class, Expression, Parameter

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_PROPERTIES = frozenset({"property", "cached_property", "setter", "getter", "deleter"})


def parameters_of(arguments: ast.arguments) -> list[Parameter]:
    """Return the parameters in the order of the text."""
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = [None] * (len(positional) - len(arguments.defaults))
    defaults = [*missing, *arguments.defaults]
    found = [
        _parameter(argument, default, positional_only=number < len(arguments.posonlyargs))
        for number, (argument, default) in enumerate(zip(positional, defaults, strict=True))
    ]
    if arguments.vararg:
        found.append(_parameter(arguments.vararg, None, prefix="*"))
    found += [
        _parameter(argument, default, keyword_only=True)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        found.append(_parameter(arguments.kwarg, None, prefix="**"))
    return found


def _parameter(
    argument: ast.arg,
    default: ast.expr | None,
    *,
    prefix: str = "",
    positional_only: bool = False,
    keyword_only: bool = False,
) -> Parameter:
    return Parameter(
        argument.arg,
        prefix,
        as_text(argument.annotation),
        as_text(default),
        positional_only,
        keyword_only,
        None if prefix else annotated(argument.annotation),
    )


def receiver_of(node: FunctionNode) -> str:
    """Return the first parameter of a method; empty for a static method."""
    if "staticmethod" in map(as_text, node.decorator_list):
        return ""
    positional = [*node.args.posonlyargs, *node.args.args]
    return positional[0].arg if positional else ""


def is_property(node: FunctionNode) -> bool:
    """Return whether a method is called by naming it."""
    for decorator in node.decorator_list:
        match decorator:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in _PROPERTIES:
                return True
            case _:
                pass
    return False


def function_facts(
    node: FunctionNode, returns: Sequence[Expression | None], scope: int, around: int
) -> Callable:
    """Return the facts of a function; ``returns`` are the values that it returns."""
    result = annotated(node.returns) if node.returns else either(list(returns))
    return Callable(
        tuple(parameters_of(node.args)),
        as_text(node.returns),
        result,
        around if node.returns else scope,
        tuple(map(as_text, node.decorator_list)),
        ast.get_docstring(node) or "",
        isinstance(node, ast.AsyncFunctionDef),
        scope,
    )


def class_facts(node: ast.ClassDef, scope: int) -> Class:
    """Return the facts of a class."""
    return Class(
        tuple(map(as_text, node.bases)),
        tuple(map(expression_of_base, node.bases)),
        tuple(keyword.arg or "" for keyword in node.keywords),
        tuple(map(as_text, node.decorator_list)),
        ast.get_docstring(node) or "",
        scope,
    )


def expression_of_base(node: ast.expr) -> Expression | None:
    """Return a base class; one with type arguments, such as ``Generic[T]``, without them."""
    return expression_of(node.value if isinstance(node, ast.Subscript) else node)
