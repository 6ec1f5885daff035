"""Lines that a conversion has escaped run as what they were."""

from __future__ import annotations

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON
from cellbridge.core.document.text import Text
from support.percent import to_script


def test_a_kernel_is_sent_escaped_lines_as_they_were() -> None:
    source = "%%writefile a.py\n# %% one\nx = 1\n# \\%% two\n# In[3]:"
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "source": source}
    script = to_script({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    cells = parse(Text.of(script), PYTHON)
    assert [one.source.rstrip("\n") for one in cells if one.has_marker] == [source]
