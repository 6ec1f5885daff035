"""The tree of variables in the Neovim plugin: nodes that are folded while an answer is awaited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lupa.lua51

MODULE = (
    Path(__file__).resolve().parents[2] / "editor-extension/nvim/lua/cellbridge/variable_tree.lua"
)
LIST_EXTEND = (
    "vim = { list_extend = function(a, b) for _, v in ipairs(b) do a[#a + 1] = v end return a end }"
)


class LoadedTree:
    """A tree whose requests are answered when the test decides."""

    def __init__(self) -> None:
        self.lua: Any = lupa.lua51.LuaRuntime(unpack_returned_tuples=True)
        self.lua.execute(LIST_EXTEND)
        self.requests: list[tuple[list[str], Any]] = []
        module = self.lua.execute(MODULE.read_text("utf-8"))
        self.tree: Any = module.new(self._note, lambda: None)

    def _note(self, params: Any, on_result: Any) -> None:
        self.requests.append((list(params.path.values()), on_result))

    def answer(self, *names: str, total: int = 0) -> None:
        """Answer the oldest request with variables that have children."""
        _, on_result = self.requests.pop(0)
        variables = [{"key": name, "name": name, "children": True} for name in names]
        on_result(self.lua.table_from({"variables": variables, "total": total}, recursive=True))

    @property
    def rows(self) -> list[str]:
        """The last part of each visible row's path."""
        found = [list(row.node.path.values()) for row in self.tree.rows(self.tree).values()]
        return [path[-1] for path in found]

    def node(self, at: int) -> Any:
        """Return the node of a row."""
        return self.tree.rows(self.tree)[at + 1].node


def unfolded() -> LoadedTree:
    """Return a tree with one unfolded node."""
    loaded = LoadedTree()
    loaded.tree.refresh(loaded.tree)
    loaded.answer("nested", "other")
    loaded.tree.unfold(loaded.tree, loaded.node(0))
    loaded.answer("first", total=2)
    assert loaded.rows == ["nested", "first", "nested", "other"]
    return loaded


def test_a_node_that_is_folded_while_it_is_reloaded_stays_folded() -> None:
    loaded = unfolded()
    loaded.tree.refresh(loaded.tree)
    loaded.answer("nested", "other")
    loaded.tree.fold(loaded.tree, loaded.node(0))
    loaded.answer("first")
    assert loaded.rows == ["nested", "other"]


def test_a_node_that_is_folded_before_the_reload_stays_folded() -> None:
    loaded = unfolded()
    loaded.tree.refresh(loaded.tree)
    loaded.tree.fold(loaded.tree, loaded.node(0))
    loaded.answer("nested", "other")
    assert (loaded.rows, loaded.requests) == (["nested", "other"], [])


def test_a_node_that_is_folded_while_its_next_page_loads_stays_folded() -> None:
    loaded = unfolded()
    loaded.tree.unfold(loaded.tree, loaded.node(0))
    loaded.tree.fold(loaded.tree, loaded.node(0))
    loaded.answer("second", total=2)
    assert loaded.rows == ["nested", "other"]


def test_a_reload_keeps_what_is_unfolded() -> None:
    loaded = unfolded()
    loaded.tree.refresh(loaded.tree)
    loaded.answer("nested", "other")
    loaded.answer("first")
    assert loaded.rows == ["nested", "first", "other"]
