"""Files next to a script take no part in its kernel's start; its cells can import them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from cellbridge.kernel.find.spec import Spec
from support.kernels import running
from support.second_user import needs_second_user, run_as_other, shared_folder

PLANT = """
import json, pathlib, sys
folder, names = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
for name in names:
    code = f"open({str(folder / 'marks')!r}, 'a').write({name!r} + ' ')"
    (folder / f"{name}.py").write_text(code)
    if name in {"zmq", "IPython"}:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(code)
(folder / "marks").touch()
(folder / "marks").chmod(0o666)
"""
LOADED = """
import sys
print(*{name.partition(".")[0] for name in sys.modules} | sys.stdlib_module_names)
"""
CHILDREN = """
import multiprocessing, subprocess, sys
import helper
with multiprocessing.get_context("spawn").Pool(1) as pool:
    print(pool.map(helper.double, [21]))
done = subprocess.run([sys.executable, "-c", "import helper; print(helper.double(4))"],
    capture_output=True, text=True)
print(done.stdout, done.stderr)
"""
NAMED = frozenset({"__main__", "__mp_main__", "sys", "builtins"})
"""Modules that are loaded before any file is searched for."""


@needs_second_user
async def test_what_another_user_puts_beside_a_script_is_not_executed(python: Spec) -> None:
    async with running(python) as bench:
        names = {*(await bench.run(LOADED)).text.split()}
    names |= {"ipykernel_launcher", "storemagic", "sitecustomize", "usercustomize", "debugpy"}
    with shared_folder() as folder:
        run_as_other(PLANT, folder, json.dumps(sorted(names - NAMED)))
        marks = folder / "marks"
        # Positive control: this is how kernels are started elsewhere.
        module = (sys.executable, "-m", "ipykernel_launcher", "--version")
        shell = await asyncio.create_subprocess_exec(*module, cwd=folder, stderr=subprocess.DEVNULL)
        await shell.wait()
        assert marks.read_text()
        marks.write_text("")
        async with running(python, folder) as bench:
            assert marks.read_text() == ""
            assert (await bench.run("print('on')")).text == "on\n"
            await bench.kernel.complete("'a'.", 4, 5)
            await bench.run("1 / 0")
            await bench.kernel.restart()
            assert marks.read_text() == ""
            # What a cell imports is its own affair: found where notebooks find it.
            await bench.run("import storemagic")
            assert marks.read_text() == "storemagic "


async def test_cells_and_their_children_import_from_the_scripts_folder(
    python: Spec, tmp_path: Path
) -> None:
    (tmp_path / "helper.py").write_text("def double(x):\n    return 2 * x\n")
    (tmp_path / "random.py").write_text("raise SystemExit('planted')\n")
    async with running(python, tmp_path) as bench:
        assert (await bench.run(CHILDREN)).text == "[42]\n8\n \n"
        assert (await bench.run("%store\nimport sys; print(sys.argv[0][-21:])")).text.endswith(
            "ipykernel_launcher.py\n"
        )
