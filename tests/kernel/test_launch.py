"""The start of a kernel's process: its command, environment, files and provisioner."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from cellbridge.kernel.errors import KernelStartError
from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.find.specs import find
from cellbridge.kernel.process import provisioned
from cellbridge.kernel.process.command_line import unshadowed
from cellbridge.kernel.process.launch import LaunchPlan, launch, needs_provisioner, next_stem
from cellbridge.kernel.process.transports import curve_keys, note_loopback
from support.environments import pretend
from support.kernels import running

TELL = """
import json, os, sys
content = open(sys.argv[1]).read()
print(json.dumps([sys.argv, dict(os.environ), json.loads(content), os.getcwd()]))
"""


def plan_of(tmp_path: Path, argv: tuple[str, ...] = (), **fields: Any) -> LaunchPlan:
    """A plan whose kernel only prints its arguments and environment."""
    command = (sys.executable, "-c", TELL, "{connection_file}", *argv)
    spec = replace(find(None, "python"), argv=command, directory="/resources", **fields)
    return LaunchPlan(spec, str(tmp_path), tmp_path / "k", loopback=True)


def told(plan: LaunchPlan) -> tuple[list[str], dict[str, str], dict[str, Any], str]:
    """Start the kernel and return its arguments and environment; no file of it remains."""
    launched = launch(plan)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in plan.directory.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    launched.popen.wait()
    argv, environment, info, cwd = json.loads(launched.output.read_text())
    assert info == {**launched.info, "ip": info["ip"]}
    launched.settle()
    assert json.loads(launched.stem.with_suffix(".json").read_text()) == launched.info
    launched.abandon()
    assert list(plan.directory.iterdir()) == []
    return argv, environment, info, cwd


def test_what_the_kernelspec_leaves_open_is_filled_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONEXECUTABLE", "/elsewhere")
    variables: Mapping[str, str] = {"OWN": "${BASE}/own ${NOT_SET}", "PATH": "/first:${PATH}"}
    plan = plan_of(tmp_path, ("{resource_dir}/x", "{prefix}", "{other}", "~/y"), env=variables)
    argv, environment, info, cwd = told(replace(plan, env={"BASE": "base"}, outlives=True))
    assert argv[2:] == ["/resources/x", sys.prefix, "{other}", str(Path.home() / "y")]
    assert environment["OWN"] == "base/own ${NOT_SET}"
    assert environment["PATH"] == f"/first:{os.environ['PATH']}"
    assert not {"PYTHONEXECUTABLE", "JPY_PARENT_PID"} & environment.keys()
    assert cwd == os.path.realpath(tmp_path)
    ports = [info[name] for name in info if name.endswith("_port")]
    assert (info["transport"], info["ip"], len(set(ports))) == ("tcp", "127.0.0.1", 5)
    assert all(port > 1023 for port in ports)


def test_python_by_its_bare_name_is_ours(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    bare = replace(plan.spec, argv=("python3", *plan.spec.argv[1:]))
    _, environment, _, _ = told(replace(plan, spec=bare))
    assert environment["JPY_PARENT_PID"] == str(os.getpid())


@pytest.mark.parametrize("kind", ["ipykernel", "other"])
def test_every_kernel_is_tried_on_sockets_where_their_path_is_short(
    tmp_path: Path, kind: str
) -> None:
    plan = replace(plan_of(tmp_path, (kind,)), loopback=False)
    for directory, transport in ((tmp_path / "k", "ipc"), (tmp_path / ("k" * 90), "tcp")):
        info = told(replace(plan, directory=directory))[2]
        assert info["transport"] == transport
        # xeus has room for 25 characters of a socket's path.
        assert transport == "tcp" or kind == "ipykernel" or len(f"{info['ip']}-1") <= 25
    assert not [
        link for link in Path("/tmp").glob("c*") if os.path.realpath(link) == str(directory)
    ]


def test_the_names_of_all_kernels_are_short_and_of_one_length(tmp_path: Path) -> None:
    stems = {next_stem(plan_of(tmp_path)) for _ in range(50)}
    assert len(stems) > 40
    assert all(re.fullmatch(r"k\d{5}-\d", stem.name) for stem in stems)


def test_a_kernel_that_is_known_to_take_no_sockets_is_not_tried_again(tmp_path: Path) -> None:
    plan = replace(plan_of(tmp_path), loopback=False, notes=tmp_path / "notes")
    assert told(plan)[2]["transport"] == "ipc"
    note_loopback(plan.spec, plan.notes)
    assert told(plan)[2]["transport"] == "tcp"
    # Another program may do better.
    other = tmp_path / "python"
    other.symlink_to(sys.executable)
    changed = replace(plan.spec, argv=(str(other), *plan.spec.argv[1:]))
    assert told(replace(plan, spec=changed))[2]["transport"] == "ipc"


@pytest.mark.parametrize(("version", "keys"), [("7.3.0", True), ("7.2.0", False), ("", False)])
def test_an_environments_ipykernel_encrypts_from_the_version_that_can(
    tmp_path: Path, version: str, keys: bool
) -> None:
    python = pretend(tmp_path / ".venv", ipykernel=version)
    registered = replace(find(str(python), "python"), metadata={})
    assert bool(curve_keys(registered)) is keys
    assert bool(curve_keys(find(str(python), "python"))) is keys


@pytest.mark.parametrize("known", ["curve", ["curve"]])
def test_what_listens_on_the_loopback_is_encrypted_where_it_can_be(
    tmp_path: Path, known: object
) -> None:
    info = told(plan_of(tmp_path, metadata={"supported_encryption": known}))[2]
    assert len(info["curve_publickey"]) == len(info["curve_secretkey"]) == 40


def test_a_process_that_the_system_refuses_leaves_no_file(tmp_path: Path) -> None:
    program = tmp_path / "kernel"
    program.write_text("no program")
    program.chmod(0o755)
    plan = plan_of(tmp_path)
    broken = replace(plan.spec, argv=(str(program),), name="broken")
    with pytest.raises(KernelStartError, match="The kernel broken could not start"):
        launch(replace(plan, spec=broken))
    assert list(plan.directory.iterdir()) == []


class _Counting(LocalProvisioner):
    """A custom provisioner."""

    launched = 0

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        type(self).launched += 1
        return await super().launch_kernel(cmd, **kwargs)


async def test_a_kernel_with_a_provisioner_is_started_by_it(
    monkeypatch: pytest.MonkeyPatch, python: Spec
) -> None:
    known: dict[str, Any] = KernelProvisionerFactory.instance().provisioners
    monkeypatch.setitem(known, "theirs", SimpleNamespace(load=lambda: _Counting))
    stanza = {"kernel_provisioner": {"provisioner_name": "theirs"}}
    async with running(replace(python, metadata=stanza)) as bench:
        assert _Counting.launched == 1
        assert (await bench.run("print(6 * 7)")).text == "42\n"
        await bench.kernel.interrupt()
        await bench.kernel.restart()
        assert _Counting.launched == 2
        bench.send("import os; os._exit(7)")
        await bench.follower.until(lambda follower: bool(follower.exits))
        assert bench.follower.exits[0].code == 7


async def test_a_provisioner_that_is_not_there_is_named(tmp_path: Path) -> None:
    stanza = {"kernel_provisioner": {"provisioner_name": "theirs"}}
    plan = plan_of(tmp_path, metadata=stanza)
    assert needs_provisioner(plan.spec)
    with pytest.raises(KernelStartError, match=r"'theirs' has not been registered\)\. Repair"):
        await provisioned.launch(plan)
    assert list(plan.directory.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "flag"),
    [
        (("python", "-m", "x", "-f"), 1),
        (("/a/b/python3.13t", "-Xfrozen_modules=off", "-W", "-m", "-X", "dev", "-m", "x"), 6),
        (("conda", "run", "-n", "e", "pypy3", "-m", "x", "-m"), 5),
        (("python3", "kernel.py", "-m", "x"), 0),
        (("python", "-c", "code", "-m"), 0),
        (("python", "-m"), 0),
        (("R", "-e", "IRkernel::main()", "-m", "x"), 0),
        ((), 0),
    ],
)
def test_only_modules_that_python_is_to_run_are_started_otherwise(
    argv: tuple[str, ...], flag: int
) -> None:
    became = unshadowed(argv)
    if not flag:
        assert became == list(argv)
        return
    assert (became[:flag], became[flag], became[flag + 2 :]) == (
        list(argv[:flag]),
        "-c",
        list(argv[flag + 1 :]),
    )


def test_an_empty_part_of_a_search_path_is_not_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", ":/more::")
    assert told(plan_of(tmp_path))[1]["PYTHONPATH"] == "/more"
