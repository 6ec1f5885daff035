"""The imports between modules of the project, and the first circle among them.

Owns the reading: imports at the top, within functions and for types only count alike. It reads
syntax only, and must not import the modules.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath

from support.rules import Module


def circle(modules: Iterable[Module], root: str) -> list[str]:
    """Return the modules of one import circle, the first again at the end, or nothing."""
    try:
        TopologicalSorter(imports(modules, root)).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def imports(modules: Iterable[Module], root: str) -> dict[str, set[str]]:
    """Return which of some modules each one imports, by their dotted names below a folder."""
    named = {dotted(module, root): module for module in modules}
    return {
        name: {found for found in targets(name, module, named.keys()) if found in named} - {name}
        for name, module in named.items()
    }


def dotted(module: Module, root: str) -> str:
    """Return the name by which a file is imported; a package is its ``__init__``."""
    path = PurePosixPath(module.name).relative_to(root).with_suffix("")
    parts = path.parts[:-1] if path.name == "__init__" else path.parts
    return ".".join(parts)


def targets(name: str, module: Module, known: Container[str]) -> Iterator[str]:
    """Return the dotted names that one module imports from: a module, else the package's own."""
    for node in module.nodes:
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names)
            case ast.ImportFrom(names=names):
                base = origin(name, module, node)
                for one in names:
                    inner = f"{base}.{one.name}"
                    yield inner if inner in known else base
            case _:
                pass


def origin(name: str, module: Module, node: ast.ImportFrom) -> str:
    """Return the dotted name after ``from``, also of a relative import."""
    if not node.level:
        return node.module or ""
    package = name.split(".")
    above = node.level - (1 if module.name.endswith("__init__.py") else 0)
    return ".".join([*package[: len(package) - above], *([node.module] if node.module else [])])
