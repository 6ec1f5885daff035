"""The texts that ran in a debugged kernel, and the runs to which they belong."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from cellbridge.core.runs.runs import Origin, Run
from cellbridge.kernel.kernel import Kernel
from cellbridge.kernel.queries.debugging import ExecutedText
from cellbridge.kernel.queries.debugging import ExecutedTexts as Page
from cellbridge.session.host.debug.executed_texts import ExecutedTexts

TRANSLATED = "y = 1\nget_ipython().run_line_magic('time', 'q = 5')\n"


@pytest.mark.parametrize("source", ["y = 1\n%time q = 5", "y = 1\n%time q = 5\n"])
async def test_a_translated_magic_is_found_by_the_source_of_its_run(source: str) -> None:
    run = Run(
        id="r", cell_id="c", source=source, cell_source=source, origin=Origin("/a.py", 5),
        message="m",
    )  # fmt: skip
    pages = iter([Page([ExecutedText("/run/a.py", "/a.py", 5, "c", TRANSLATED, "m")], 1)])

    async def executed_texts(_: int) -> Page | None:
        return next(pages, None)

    kernel = SimpleNamespace(debugging=SimpleNamespace(executed_texts=executed_texts))
    texts = ExecutedTexts()
    ((found, its_run),) = await texts.refresh(cast("Kernel", kernel), lambda: [run])
    assert its_run is run
    assert found.origin_lines[:2] == ("y = 1", "%time q = 5")
