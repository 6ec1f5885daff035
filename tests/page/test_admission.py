"""Codes, cookies and tables, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellbridge.page import admission, gateway, peers
from cellbridge.page.admission import Admission, Target
from cellbridge.page.assets import Assets, read_assets
from cellbridge.session.errors import SessionError

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = Target("/a.py", "cell")


def test_a_code_works_once_and_becomes_a_cookie() -> None:
    book = Admission()
    code = book.issue_code(TARGET, 0.0)
    found = book.redeem(code, 1.0)
    assert found is not None
    cookie, target = found
    assert target == TARGET
    browser = book.browser(cookie)
    assert browser is not None
    assert browser.target == TARGET
    assert book.redeem(code, 1.0) is None
    assert book.browser(code) is None
    assert len({code, cookie}) == 2


def test_a_code_ends_after_two_minutes() -> None:
    book = Admission()
    code = book.issue_code(TARGET, 100.0)
    assert book.redeem(code, 100.0 + admission.CODE_SECONDS) is None
    late = book.issue_code(TARGET, 100.0)
    assert book.redeem(late, 99.9 + admission.CODE_SECONDS) is not None


def test_wrong_codes_and_cookies_admit_nothing() -> None:
    book = Admission()
    code = book.issue_code(TARGET, 0.0)
    for wrong in ("", code[:-1], code + "A", code.swapcase(), "\ud800", "é" * 1000):
        assert book.redeem(wrong, 0.0) is None
        assert book.browser(wrong) is None
    assert book.redeem(code, 0.0) is not None


def test_a_browser_that_is_admitted_keeps_its_cookie() -> None:
    book = Admission()
    found = book.redeem(book.issue_code(Target(), 0.0), 0.0)
    assert found is not None
    cookie, _ = found
    assert book.redeem(book.issue_code(TARGET, 0.0), 0.0, cookie=cookie) == (cookie, TARGET)
    assert book.redeem(book.issue_code(TARGET, 0.0), 0.0, cookie="other") != (cookie, TARGET)


def test_codes_and_browsers_have_a_limit() -> None:
    book = Admission()
    codes = [book.issue_code(TARGET, 0.0) for _ in range(admission.CODE_LIMIT + 1)]
    assert book.redeem(codes[0], 0.0) is None
    assert book.redeem(codes[1], 0.0) is not None
    cookies = []
    for _ in range(admission.BROWSER_LIMIT + 1):
        found = book.redeem(book.issue_code(TARGET, 0.0), 0.0)
        assert found is not None
        cookies.append(found[0])
        assert book.browser(cookies[0]) is not None  # The one that is used stays.
    assert book.browser(cookies[1]) is None


def test_codes_have_128_bits() -> None:
    codes = {Admission().issue_code(TARGET, 0.0) for _ in range(100)}
    assert len(codes) == 100
    assert all(len(code) == 22 for code in codes)


def write_files(folder: Path) -> None:
    (folder / "chunks").mkdir()
    (folder / "page.js").write_text("1")
    (folder / "chunks/a-1.js").write_text("2")
    (folder / "notes.md").write_text("3")
    (folder / "policy.json").write_text('{"scriptSources": ["x"]}')


def test_the_table_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLBRIDGE_PAGE_ASSETS", str(tmp_path))
    with pytest.raises(SessionError, match="not built; run"):
        read_assets()
    write_files(tmp_path)
    found: Assets = read_assets()
    assert [*found.files] == ["chunks/a-1.js", "page.js"]
    assert found.script_sources == ("x",)
    assert [one.hashed for one in found.files.values()] == [True, False]


def test_an_unknown_connection_has_no_owner() -> None:
    assert peers.is_own(("127.0.0.1", 1), ("127.0.0.1", 2)) is None


def test_the_page_may_send_what_its_messages_name() -> None:
    text = (ROOT / "editor-extension/panel/src/messages.ts").read_text("utf-8")

    def names(list_name: str) -> set[str]:
        (_, _, after) = text.partition(f"export const {list_name} = [")
        return {line.strip(' ",') for line in after.partition("]")[0].strip().split("\n")}

    one_line = text.partition("export const PAGE_REQUESTS = [")[2].partition("]")[0]
    assert names("REQUESTS") | {one_line.strip('" ')} == gateway.REQUESTS
    assert names("COMMANDS") == gateway.COMMANDS
