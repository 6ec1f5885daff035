"""The names of one piece while it is read: the scopes that are open, and what is recorded.

Owns Python's rules about which scope a name belongs to. It must not know syntax trees.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from .model import (
    Access,
    AttributeUse,
    Binding,
    BindingKind,
    Callable,
    Class,
    Expression,
    PieceNames,
    Scope,
    ScopeKind,
    Use,
)


@dataclass(slots=True)
class OpenScope:
    """A scope while its piece is read."""

    kind: ScopeKind
    parent: int
    names: set[str] = field(default_factory=set[str])
    global_names: set[str] = field(default_factory=set[str])
    nonlocal_names: set[str] = field(default_factory=set[str])
    receiver: str = ""
    """The first parameter of a method."""
    returns: list[Expression | None] = field(default_factory=list["Expression | None"])
    yields: bool = False


class PieceBuilder:
    """Records scopes, bindings and uses. `scope` is the one that is read."""

    def __init__(self, last_line: int) -> None:
        self.open = [OpenScope(ScopeKind.MODULE, 0)]
        self.scopes = [Scope(ScopeKind.MODULE, 0, last_line=last_line, extent=last_line)]
        self.bindings: list[Binding] = []
        self.attributes: list[AttributeUse] = []
        self.stars: list[str] = []
        self.opaque = False
        self.scope = 0
        self._uses: list[tuple[str, int, int, int, Access, bool]] = []
        self._owners: dict[tuple[str, int], int] = {}

    def enter(self, kind: ScopeKind) -> int:
        """Open a scope inside the present one; return its index."""
        self.open.append(OpenScope(kind, self.scope))
        self.scopes.append(Scope(kind, self.scope))
        self.scope = len(self.open) - 1
        return self.scope

    def leave(self, scope: Scope) -> None:
        """Close the present scope, whose places are known now."""
        self.scopes[self.scope] = scope
        self.scope = scope.parent

    def use(
        self, name: str, place: tuple[int, int], access: Access, *, imported: bool = False
    ) -> None:
        """Record a place of a name."""
        scope = self.scope
        while self.open[scope].kind is ScopeKind.CLASS and name not in self.open[scope].names:
            # A class's body runs line by line: before it binds the name, it is one of outside.
            scope = self.open[scope].parent
        self._uses.append((name, *place, scope, access, imported))

    def bind(self, binding: Binding, *, imported: bool = False) -> int:
        """Record a binding in its scope, and its place; return its index."""
        if not binding.on_self:
            self.open[binding.scope].names.add(binding.name)
            at = (binding.name, binding.line, binding.column, binding.scope)
            self._uses.append((*at, Access.WRITE, imported))
        self.bindings.append(binding)
        return len(self.bindings) - 1

    def describe(self, index: int, kind: BindingKind, facts: Callable | Class) -> None:
        """Add the kind and the facts of a definition that was read."""
        self.bindings[index] = msgspec.structs.replace(self.bindings[index], kind=kind, facts=facts)

    def target_scope(self) -> int:
        """Return the scope in which an assignment expression binds."""
        scope = self.scope
        while self.open[scope].kind is ScopeKind.COMPREHENSION:
            scope = self.open[scope].parent
        return scope

    def class_of_receiver(self, name: str) -> int | None:
        """Return the class's scope if ``name`` is the first parameter of a method around."""
        scope = self.scope
        while scope:
            opened = self.open[scope]
            if opened.receiver == name:
                return self.class_around(scope)
            if name in opened.names and opened.kind is not ScopeKind.CLASS:
                return None
            scope = opened.parent
        return None

    def class_around(self, scope: int) -> int | None:
        """Return the class's scope directly around a function's scope."""
        parent = self.open[scope].parent
        if self.open[parent].kind is ScopeKind.TYPE_PARAMETERS:
            parent = self.open[parent].parent
        return parent if self.open[parent].kind is ScopeKind.CLASS else None

    def finish(self) -> PieceNames:
        """Return all that was recorded, each name with the scope it belongs to."""
        uses = [
            Use(name, line, column, self.owner(name, scope), access, imported)
            for name, line, column, scope, access, imported in sorted(
                self._uses, key=lambda use: use[1:3]
            )
        ]
        bindings = tuple(map(self._owned, self.bindings))
        attributes = sorted(self.attributes, key=lambda use: (use.line, use.column))
        members = [one.name for one in attributes]
        members += [one.name for one in bindings if self.open[one.scope].kind is ScopeKind.CLASS]
        return PieceNames(
            tuple(self.scopes),
            bindings,
            tuple(uses),
            tuple(attributes),
            tuple(dict.fromkeys(use.name for use in uses if not use.scope)),
            tuple(dict.fromkeys(members)),
            tuple(self.stars),
            self.opaque,
        )

    def _owned(self, binding: Binding) -> Binding:
        scope = self.owner(binding.name, binding.scope) if not binding.on_self else binding.scope
        if scope == binding.scope:
            return binding
        # It runs only when the function is called.
        return msgspec.structs.replace(binding, scope=scope, block_end=binding.line)

    def owner(self, name: str, scope: int) -> int:
        """Return the scope that a name belongs to, where it is used in ``scope``."""
        key = (name, scope)
        if key not in self._owners:
            self._owners[key] = self._find_owner(name, scope)
        return self._owners[key]

    def _find_owner(self, name: str, scope: int) -> int:
        opened = self.open[scope]
        if name in opened.global_names:
            return 0
        if name in opened.names and name not in opened.nonlocal_names:
            return scope
        scope = opened.parent
        while scope:
            opened = self.open[scope]
            if opened.kind is not ScopeKind.CLASS:
                if name in opened.global_names:
                    return 0
                if name in opened.names and name not in opened.nonlocal_names:
                    return scope
            scope = opened.parent
        return 0
