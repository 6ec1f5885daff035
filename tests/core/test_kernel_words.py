"""Texts of kernels and users: missing modules, .env files, payloads."""

from __future__ import annotations

import pytest

from cellbridge.core.document.cells import parse
from cellbridge.core.document.languages import PYTHON, language_of
from cellbridge.core.document.text import Text
from cellbridge.core.edits.next_input import next_input_edit
from cellbridge.core.output.payloads import next_input, pages
from cellbridge.core.python.distributions import distribution_of, missing_module
from cellbridge.core.runs.runs import NextInput
from cellbridge.core.runs.start_options import read_variables


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("numpy", "numpy"),
        ("sklearn.linear_model", "scikit-learn"),
        ("cv2", "opencv-python"),
        ("yaml", "pyyaml"),
        ("my_package", "my-package"),
        ("google.cloud.storage", "google-cloud-storage"),
    ],
)
def test_the_distribution_of_a_module(module: str, distribution: str) -> None:
    assert distribution_of(module) == distribution


def test_only_a_missing_module_is_one() -> None:
    assert missing_module("ModuleNotFoundError", "No module named 'a.b'") == "a.b"
    assert missing_module("ImportError", "No module named zmq") == "zmq"
    assert missing_module("ImportError", "cannot import name 'x' from 'y'") == ""
    assert missing_module("ValueError", "No module named 'a'") == ""
    assert missing_module("ModuleNotFoundError", "No module named '../../x'") == ""


def test_variables_of_an_env_file() -> None:
    text = (
        "# a comment\nPLAIN=one two  # and a comment\nexport EXPORTED = yes\n"
        'SINGLE=\'$not filled # in\'\nDOUBLE="a\\nb \\"c\\""\r\nEMPTY=\nnot a line\n'
        'LONG="first\nsecond"\nURL=http://x/#fragment\n'
    )
    assert read_variables(text) == {
        "PLAIN": "one two",
        "EXPORTED": "yes",
        "SINGLE": "$not filled # in",
        "DOUBLE": 'a\nb "c"',
        "EMPTY": "",
        "LONG": "first\nsecond",
        "URL": "http://x/#fragment",
    }


def test_payloads_of_any_shape() -> None:
    page = {"source": "page", "data": {"text/plain": "help"}, "start": 0}
    reply = {"payload": [page, 3, {"source": "page"}, {"source": "set_next_input", "text": "x"}]}
    assert list(pages(reply)) == [{"text/plain": "help"}]
    assert next_input(reply) == NextInput("x", replace=False)
    for broken in ({}, {"payload": None}, {"payload": "x"}, {"payload": [{"text": 1}]}):
        assert list(pages(broken)) == []
        assert next_input(broken) is None


def check_edit(script: str, left: NextInput, expect: str, name: str = "a.py") -> None:
    language = language_of(name) if name else PYTHON
    text = Text.of(script)
    for change in next_input_edit(parse(text, language), 0, left).changes:
        text = text.apply(change)
    assert text.content == expect


def test_what_a_cell_has_left_takes_its_place_or_a_cell_of_its_own() -> None:
    script = "# %% a\n%load x.py\n\n\n# %% b\n1\n"
    loaded = NextInput("# %load x.py\nx = 1\ny = 2\n", replace=True)
    check_edit(script, loaded, "# %% a\nx = 1\ny = 2\n\n\n# %% b\n1\n")
    check_edit(script, NextInput("z"), "# %% a\n%load x.py\n\n# %%\nz\n\n\n# %% b\n1\n")
    check_edit("%load x.py", loaded, "x = 1\ny = 2")
    check_edit("# %%\r\n1\r\n", NextInput("a\nb"), "# %%\r\n1\r\n\r\n# %%\r\na\r\nb\r\n")
    check_edit("// %%\n1\n", NextInput("2"), "// %%\n1\n\n// %%\n2\n", "a.ts")
