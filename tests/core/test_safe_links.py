"""Safe targets of untrusted text; the page's list is tested by the same cases."""

from __future__ import annotations

import pytest

from cellbridge.core.output.safe_links import is_path, is_web, safe_markdown


@pytest.mark.parametrize(
    "address",
    ["command:x", "javascript:x", "vscode://x", "data:text/html,x", "java\nscript:x", "//host/x",
     "comm&#97;nd:x", "command\\:x", " command:x"],
)  # fmt: skip
def test_what_leads_elsewhere_is_neither_on_the_web_nor_a_path(address: str) -> None:
    assert not is_web(address)
    assert not is_path(address)


def test_the_web_and_paths() -> None:
    assert is_web("https://example.com/a")
    assert is_web("MAILTO:a@example.com")
    assert not is_web("https://example.com/\x1b]52;c;x\x07")
    assert is_path("docs/page:1.md")
    assert is_path("../a b.md")


@pytest.mark.parametrize(
    "text",
    [
        "![a](https://example.com/a.png)",
        "![a ![b](data:image/png;base64,AA) c](https://example.com/a.png)",
        "![a][b]",
        "[a](command:x)",
        "[a](<command:x>)",
        "[a](\n  command:x)",
        "[a](comm&#97;nd:x)",
        "[a](command\\:x)",
        "[a](file:///etc/passwd)",
        "[a]: vscode://x",
        "<command:x>",
        '<a href="command:x">a</a>',
        "<a href='java&#115;cript:x'>a</a>",
        "<IMG src=https://example.com/a.png>",
        "<svg><image href=x></svg>",
    ],
)
def test_markdown_that_leads_elsewhere_or_loads_is_taken_apart(text: str) -> None:
    safe = safe_markdown(text)
    assert safe != text
    assert safe_markdown(safe) == safe


@pytest.mark.parametrize(
    "text",
    [
        "# A *heading* with `code`",
        "[a](https://example.com/a_(b)) and <https://example.com>",
        "[a](docs/page.md#part:one) [b](#here) [c]: other.md",
        "![a](data:image/png;base64,AA)",
        '<b>bold</b> <a href="https://example.com">a</a>',
        "a < b, x[1]: y, <image-card>",
    ],
)
def test_markdown_that_does_neither_stays_as_it_is(text: str) -> None:
    assert safe_markdown(text) == text
