"""Static knowledge from the real jedi in its real process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from inline_snapshot import snapshot

from cellbridge.analysis.static_analysis import StaticPython
from cellbridge.analysis.worker import Worker
from cellbridge.analysis.worker_process import COMMAND
from cellbridge.core.code_info import Candidate, Source
from support.patience import PATIENCE


@pytest.fixture
async def static() -> AsyncIterator[StaticPython]:
    async with StaticPython() as source:
        yield source


def cursor(script: str) -> tuple[str, int, int]:
    """The script without its ``$0``, and the line and column where that stood."""
    before, _, after = script.partition("$0")
    return before + after, before.count("\n"), len(before) - before.rfind("\n") - 1


async def check_complete(
    static: StaticPython, script: str, expect: list[str], *, path: str | None = None
) -> None:
    content, line, column = cursor(script)
    completions = await static.complete(content, line, column, path)
    assert completions.answered
    shown = [f"{i.text} {i.kind} {i.start}-{i.end}".replace("  ", " ") for i in completions.items]
    assert shown == expect


async def check_hover(static: StaticPython, script: str, expect: str) -> None:
    content, line, column = cursor(script)
    inspection = await static.hover(content, line, column, None)
    assert inspection.answered
    assert inspection.data.get("text/markdown", "") == expect


def cut_files(directory: Path) -> int:
    """Cut the stored trees as a process leaves them that is killed while it writes."""
    files = [*directory.rglob("*.pkl")]
    for file in files:
        os.truncate(file, file.stat().st_size // 2)
    return len(files)


async def test_damaged_files_of_the_cache_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for _ in range(2):
        async with StaticPython() as static, asyncio.timeout(PATIENCE):
            while not (await static.complete("acc", 0, 3, None)).answered:
                continue
        assert cut_files(tmp_path)


ACCOUNT = '''\
# %% the bank
class Account:
    """An account."""

    def pay(self, amount: float = 1) -> float:
        """Pay it."""
        return amount

# %%
acc = Account()
'''


async def test_own_attribute_across_cells(static: StaticPython) -> None:
    await check_complete(static, ACCOUNT + "acc.pa$0", snapshot(["pay function 4-6"]))


async def test_parameter_of_the_call_at_hand(static: StaticPython) -> None:
    await check_complete(static, ACCOUNT + "acc.pay(am$0", snapshot(["amount= param 8-10"]))


async def test_key_of_a_dictionary(static: StaticPython) -> None:
    await check_complete(static, 'd = {"alpha": 1}\nd["$0', snapshot(['"alpha" key 2-3']))


async def test_magics_do_not_disturb(static: StaticPython) -> None:
    script = "%matplotlib inline\n!ls\n" + ACCOUNT + "%time acc\nacc.pa$0"
    await check_complete(static, script, snapshot(["pay function 4-6"]))


async def test_a_cell_in_another_language_hides_itself_alone(static: StaticPython) -> None:
    script = ACCOUNT + "# %%\n%%bash\nfor x in (\n# %%\nacc.pa$0"
    await check_complete(static, script, snapshot(["pay function 4-6"]))


async def test_broken_code_does_not_disturb(static: StaticPython) -> None:
    await check_complete(static, ACCOUNT + "def (:\nacc.pa$0", snapshot(["pay function 4-6"]))


async def test_columns_are_code_points(static: StaticPython) -> None:
    script = ACCOUNT + 'print("😀ü", acc.pa$0'
    await check_complete(static, script, snapshot(["pay function 16-18"]))


async def test_the_names_of_a_large_package_come_without_inferring_each(
    static: StaticPython,
) -> None:
    content, line, column = cursor("import numpy as np\nfrom numpy import mean\nnp.$0")
    completions = await static.complete(content, line, column, None)
    assert len(completions.items) > 400
    assert Candidate("mean", 3, 3, "", "", Source.STATIC) in completions.items


async def test_a_module_of_the_same_folder(static: StaticPython, tmp_path: Path) -> None:
    (tmp_path / "bank.py").write_text("def withdraw(): ...\n")
    path = str(tmp_path / "main.py")
    script = "import bank\nbank.with$0"
    await check_complete(static, script, snapshot(["withdraw function 5-9"]), path=path)


async def test_each_edit_of_a_file_is_seen(static: StaticPython, tmp_path: Path) -> None:
    path = str(tmp_path / "main.py")
    for name in ("first", "second", "third"):
        script = ACCOUNT + f"{name}_value = 1\n{name}_v$0"
        await check_complete(
            static, script, [f"{name}_value statement 0-{len(name) + 2}"], path=path
        )


async def test_hover_over_a_function(static: StaticPython) -> None:
    await check_hover(
        static,
        ACCOUNT + "acc.p$0ay",
        snapshot("""\
```python
def pay(amount: float=1) -> float
```

```text
Pay it.
```\
"""),
    )


async def test_hover_over_a_variable(static: StaticPython) -> None:
    await check_hover(
        static,
        ACCOUNT + "a$0cc",
        snapshot("""\
```python
acc: Account
```\
"""),
    )


async def test_hover_over_a_class(static: StaticPython) -> None:
    await check_hover(
        static,
        ACCOUNT + "Acc$0ount",
        snapshot("""\
```python
class Account()
```

```text
An account.
```\
"""),
    )


async def test_hover_over_nothing(static: StaticPython) -> None:
    await check_hover(static, ACCOUNT + "\n$0\n", "")


@pytest.mark.parametrize(
    "content", ["", "\0", "\f", "a.\ud800", "%%bash\nls", "(" * 5_000, "x = '''", "\r\r\n"]
)
async def test_no_text_is_too_strange(static: StaticPython, content: str) -> None:
    """Nor does any of it cost the process, and with it the warm caches."""
    await static.complete("", 0, 0, None)
    pid = static.pid
    await static.complete(content, 0, 0, None)
    await static.hover(content, 7, 9, None)
    await check_complete(static, ACCOUNT + "acc.pa$0", ["pay function 4-6"])
    assert static.pid == pid


async def test_a_file_in_the_working_directory_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "imported"
    for name in ("queue", "jedi", "msgspec"):
        (tmp_path / f"{name}.py").write_text(f"open({str(mark)!r}, 'w')\nraise SystemExit\n")
    monkeypatch.chdir(tmp_path)
    async with StaticPython() as static:
        await check_complete(static, ACCOUNT + "acc.pa$0", ["pay function 4-6"])
    assert not mark.exists()


async def test_another_interpreter() -> None:
    base = getattr(sys, "_base_executable", sys.executable)
    async with StaticPython(python=base) as static:
        await check_complete(
            static, "import json\njson.dum$0", snapshot(["dump function 5-8", "dumps function 5-8"])
        )


async def test_killed_worker_is_replaced_and_knows_the_text_again(static: StaticPython) -> None:
    await check_complete(static, ACCOUNT + "acc.pa$0", ["pay function 4-6"])
    assert static.pid is not None
    process = psutil.Process(static.pid)
    os.kill(static.pid, signal.SIGKILL)
    process.wait(30)
    await static.complete("", 0, 0, None)  # may meet the death
    await check_complete(static, ACCOUNT + "acc.pa$0", ["pay function 4-6"])
    assert static.pid != process.pid


async def test_answers_come_while_imports_are_loaded(static: StaticPython) -> None:
    static.warm(
        "import numpy as np\nimport pandas as pd\n%time 1\nfrom os import (\n  path,\n)", None
    )
    await check_complete(static, ACCOUNT + "acc.pa$0", ["pay function 4-6"])


async def test_no_garbage_is_looked_for_within_an_answer(capfd: pytest.CaptureFixture[str]) -> None:
    """Parso switches the collector on again, and a pause of it may take a second."""
    told = "import gc, os; gc.callbacks.append(lambda _, told: told['generation'] < 2 and os.write("
    program, *options, code = COMMAND
    command = (program, *options, f"{told}2, b'collected')); {code}")
    async with StaticPython(worker=Worker(command=command)) as static:
        for name in ("json", "argparse", "typing"):
            text = f"import {name}\n{name}."
            assert (await static.complete(text, 1, len(name) + 1, None)).items
    assert "collected" not in capfd.readouterr().err
