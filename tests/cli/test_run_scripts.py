"""``cellbridge run`` with cells inside blocks and in strings."""

from __future__ import annotations

from pathlib import Path

from support.command import cellbridge

BLOCK = """\
import sys

if __name__ == "__main__":
    # %% one
    print("one")

    # %% two
    print("two", len(sys.argv) > 0)
# %% a script in a string
TEMPLATE = '''
# %% [markdown]
# Title

# %%
import os

# %% [markdown]
# More

# %%
print(1)
'''

# %% the loop
print(TEMPLATE.count("%%"))
for k in (1, 0):
    # %%% in it
    1 / k
"""


def test_cells_inside_blocks_and_strings_run_as_python_runs_them(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(BLOCK)
    done = cellbridge("run", "script.py", cwd=tmp_path)
    assert done.out == "one\ntwo True\n4\n"
    line = BLOCK[: BLOCK.index("    1 / k")].count("\n") + 1
    assert f"script.py:{line}: ZeroDivisionError" in done.err
