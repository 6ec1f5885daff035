"""The table of faults in docs/SECURITY.md and the tests of this folder name the same cases."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NAMES = {
    ("locked", "store"): "test_locked_store",
    ("full", "disk"): "test_full_disk",
    ("read only", "directory"): "test_read_only_directory",
    ("corrupt", "store"): "test_corrupt_store",
    ("unreadable", "row"): "test_unreadable_row",
    ("newer", "schema"): "test_newer_schema",
    ("no", "runtime directory"): "test_no_runtime_directory",
}


def test_the_table_names_what_is_tried() -> None:
    text = (ROOT / "docs" / "SECURITY.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z ]+) \| ([a-z ]+) \| 6 \|", text, re.MULTILINE)
    named = {
        NAMES.get((fault, process))
        or ("test_no_descriptors" if fault == "no descriptors" else f"test_{fault}_{process}")
        for fault, process in rows
    }
    tried = {
        node.name
        for file in HERE.glob("test_*.py")
        if file.name != Path(__file__).name
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_")
    }
    assert named == tried
    assert len(rows) == len(set(rows)) == len(tried) + 2
