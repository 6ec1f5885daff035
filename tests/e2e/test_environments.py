"""Real environments, first without ipykernel and then with it: messages and running cells."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pygls.exceptions import JsonRpcException

from cellbridge.lsp import protocol as p
from support import kernel_programs
from support.editor import Editor, start_editor
from support.environments import borrow, pretend, pretend_conda, pyenv_version, venv
from support.page import Page, page_in_project

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
WHERE = "# %%\nimport os, sys\nprint(sys.prefix)\n"
UV = kernel_programs.cache() / "bin" / "uv"
NO_UV = "" if UV.exists() else "uv can be installed by `python tests/support/kernel_programs.py`."
LIBRARY = "python{}.{}".format(*sys.version_info)
OWN_PACKAGES = Path(sys.base_prefix) / "lib" / LIBRARY / "site-packages"
needs_uv = pytest.mark.skipif(bool(NO_UV) and not os.environ.get("CI"), reason=NO_UV)
needs_plain_python = pytest.mark.skipif(
    not OWN_PACKAGES.is_dir() and not os.environ.get("CI"),
    reason="This Python is laid out in another way than those that pyenv builds.",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """An editor in whose surroundings uv is found, and pyenv."""
    tools = tmp_path_factory.mktemp("tools")
    pyenv_version(tools / "pyenv")
    (tools / "uv").symlink_to(UV)
    before = dict(os.environ)
    os.environ["PATH"] = f"{tools}{os.pathsep}{before['PATH']}"
    os.environ["PYENV_ROOT"] = str(tools / "pyenv")
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        os.environ.pop(name, None)
    try:
        started = await start_editor()
    finally:
        os.environ.clear()
        os.environ.update(before)
    yield started
    await started.shutdown_session()


@pytest_asyncio.fixture(loop_scope="module")
async def page(editor: Editor, tmp_path: Path) -> AsyncIterator[Page]:
    async with page_in_project(editor, tmp_path) as opened:
        yield opened


async def current(page: Page) -> p.KernelChoice:
    found = await page.editor.protocol.send_request_async("cellbridge/kernels", {"uri": page.uri})
    (one,) = [one for one in found.choices if one.current]
    return one


def make_with_uv(prefix: Path) -> None:
    subprocess.run([UV, "venv", "--quiet", prefix], check=True)


async def check_installs_and_runs(page: Page, prefix: Path) -> None:
    """Run a cell in an environment that lacks ipykernel, and have that installed when asked."""
    lacking = await current(page)
    assert not lacking.runnable
    assert lacking.problem == f"ipykernel is not installed in {lacking.title}; install it there."
    page.editor.choice = "Install ipykernel"
    ran = await page.run_at(0)
    (question,) = page.editor.questions
    assert question.message == (
        f"ipykernel is not installed in {lacking.title} ({lacking.id}), so cells cannot run there."
    )
    assert ran["text"].strip() == str(prefix)
    assert (await current(page)).runnable


@needs_uv
async def test_an_environment_of_uvs(page: Page) -> None:
    await page.write(WHERE)
    make_with_uv(page.folder / ".venv")
    await check_installs_and_runs(page, page.folder / ".venv")


async def test_a_virtual_environment_with_pip(page: Page) -> None:
    await page.write(WHERE)
    venv(page.folder / ".venv")
    await check_installs_and_runs(page, page.folder / ".venv")


async def test_nothing_is_installed_unasked(page: Page) -> None:
    await page.write(WHERE)
    python = venv(page.folder / ".venv", "--without-pip")
    for choice in ("", "Not Now"):
        page.editor.choice = choice
        with pytest.raises(JsonRpcException) as caught:
            await page.run_at(0)
        assert caught.value.message == (
            "The kernel .venv could not start: ipykernel is not installed in its environment. "
            "Install it there (python -m pip install ipykernel) and try again."
        )
    assert not (await current(page)).runnable
    assert (await current(page)).id == str(python)


@needs_uv
async def test_a_python_of_the_systems_gets_a_neighbour(page: Page, tmp_path: Path) -> None:
    await page.write(WHERE)
    system = pretend(tmp_path / "usr")
    (tmp_path / "usr" / "pyvenv.cfg").unlink()
    (tmp_path / "usr" / "lib" / "python3.12" / "EXTERNALLY-MANAGED").touch()
    with pytest.raises(JsonRpcException, match="forbids installing into it"):
        await page.run("installKernelPackage", id=str(system))
    (question,) = page.editor.questions
    assert question.message == (
        f"{system} belongs to the operating system, which forbids installing into it (PEP 668). "
        "Make a virtual environment for the script and install there. "
        f"Create .venv in {page.folder}?"
    )
    page.editor.choice = "Create .venv and Install"
    await page.run("installKernelPackage", id=str(system))
    assert (await page.run_at(0))["text"].strip() == str(page.folder / ".venv")


async def test_a_conda_environment(page: Page) -> None:
    await page.write("# %%\nimport os\nprint(os.environ['CONDA_PREFIX'])\n")
    prefix = page.folder / ".conda"
    version = platform.python_version()
    python = pretend_conda(prefix, version=version)
    lacking = await current(page)
    assert (lacking.id, lacking.title) == (str(python), f"Python {version} (.conda)")
    assert not lacking.runnable
    borrow(python)
    assert (await current(page)).runnable
    assert (await page.run_at(0))["text"].strip() == str(prefix)


@needs_plain_python
async def test_a_version_of_pyenvs(page: Page) -> None:
    await page.write(WHERE)
    version = platform.python_version()
    (page.folder / ".python-version").write_text(version)
    lacking = await current(page)
    python = Path(lacking.id)
    assert python.parts[-4:] == ("versions", version, "bin", "python")
    assert lacking.title == f"Python {version} (pyenv {version})"
    assert lacking.problem == f"ipykernel is not installed in {lacking.title}; install it there."
    page.editor.choice = "Not Now"
    with pytest.raises(JsonRpcException) as caught:
        await page.run_at(0)
    assert caught.value.message == (
        f"The kernel pyenv {version} could not start: ipykernel is not installed in its "
        "environment. Install it there (python -m pip install ipykernel) and try again."
    )
    borrow(python)
    assert (await current(page)).runnable
    assert (await page.run_at(0))["text"].strip() == str(python.parent.parent)
