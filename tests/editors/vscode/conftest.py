"""One VS Code for all tests of the extension, because its start takes ten seconds.

Each test opens its own script in the same window, which has no open editors at its start.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from support import sessions
from support.vscode.instance import SHOTS, VSCode
from support.vscode.server import missing, pack
from support.vscode.window import Window


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Set the time limit of these tests, and skip them without VS Code."""
    here = [item for item in items if Path(item.path).is_relative_to(Path(__file__).parent)]
    lacking = missing() if here else ""
    for item in here:
        item.add_marker(pytest.mark.timeout(300))
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        passed_over = bool(lacking) and not os.environ.get("CI")
        item.add_marker(pytest.mark.skipif(passed_over, reason=lacking))


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension, packed once for all."""
    if lacking := missing():
        pytest.fail(lacking)
    return pack(tmp_path_factory.mktemp("package"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vscode(package: Path) -> AsyncIterator[VSCode]:
    async with VSCode(package) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared(vscode: VSCode) -> AsyncIterator[Window]:
    made, context = await vscode.window()
    yield made
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def window(
    shared: Window, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Window]:
    """The window without editors. After the test, the sessions of its scripts are stopped."""
    yield shared
    report = getattr(request.node, "report", None)
    if report is None or report.failed:
        await shared.page.screenshot(path=str(SHOTS / f"{request.node.name}.png"))
        shared.is_unknown = True
    await shared.close_editors()
    for path in shared.opened:
        await asyncio.wait_for(sessions.stop(path), 60)
        # The explorer of the next test shows only its own files.
        path.unlink(missing_ok=True)
        path.with_suffix(".ipynb").unlink(missing_ok=True)
    shared.opened.clear()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    if call.when == "call":
        item.report = report  # type: ignore[attr-defined]
    return report
