"""Each way a kernel can end, as a sentence that was read by us."""

# ruff: noqa: E501 - sentences are easier to read whole
from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from cellbridge.kernel.process.exit_reason import explain, explain_failed_start, without_noise

ADVICE = " Restart it to continue; its variables are lost, stored outputs are kept."


@pytest.mark.parametrize(
    ("returncode", "output", "sentence"),
    [
        (0, "", "The kernel ended by itself, for example by exit() or quit()."),
        (None, "", "The kernel has ended."),
        (
            -9,
            "",
            "The kernel was killed, most often because the machine ran out of memory (SIGKILL).",
        ),
        (-11, "", "The kernel crashed inside native code (segmentation fault) (SIGSEGV)."),
        (-63, "", "The kernel was ended (signal 63)."),
        (3, "", "The kernel ended with exit code 3."),
        (1, "x\nOSError: no disk\n", "The kernel ended with exit code 1: OSError: no disk."),
    ],
)
def test_ends(returncode: int | None, output: str, sentence: str) -> None:
    assert explain(returncode, output).sentence == sentence + ADVICE


def failed(output: str, returncode: int = 1) -> str:
    return explain_failed_start("python3", returncode, output, "/home/ann/work")[0]


def test_ipykernel_is_missing() -> None:
    assert failed("/usr/bin/python3: No module named ipykernel_launcher\n") == snapshot(
        "The kernel python3 could not start: ipykernel is not installed in its environment. Install it there (python -m pip install ipykernel) and try again."
    )


def test_another_module_is_missing() -> None:
    assert failed("ModuleNotFoundError: No module named 'zmq.sugar'\n") == snapshot(
        "The kernel python3 could not start: its environment lacks the module zmq.sugar. Install it there and try again."
    )


def test_a_file_beside_the_script_shadows_a_module() -> None:
    output = '  File "/home/ann/work/random.py", line 1, in <module>\nAttributeError: x\n'
    assert failed(output) == snapshot(
        "The kernel python3 could not start: /home/ann/work/random.py was imported in place of a module of the same name. Rename that file and try again."
    )


def test_an_exit_code_or_signal_is_all_there_is() -> None:
    assert failed("", 7) == snapshot(
        "The kernel python3 ended before it was ready (exit code 7). Repair its environment or choose another kernel."
    )
    assert failed("ImportError: libx.so\n", -6) == snapshot(
        "The kernel python3 ended before it was ready (SIGABRT): ImportError: libx.so. Repair its environment or choose another kernel."
    )


def test_the_last_words_are_repeated_as_plain_text() -> None:
    said = (
        "first\n\n\x1b[31mno licence\x1b[0m found\nask \x07the\x1b]0;title\x07 vendor\n" + "x" * 500
    )
    assert failed(said, 3) == (
        "The kernel python3 ended before it was ready (exit code 3): no licence found / "
        f"ask  the vendor / {'x' * 159}…. Repair its environment or choose another kernel."
    )
    assert (
        "stopped in f(): no licence. Restart" in explain(3, "stopped in f(): no licence\n").sentence
    )


def test_warnings_of_every_start_are_left_out() -> None:
    noise = (
        "[IPKernelApp] WARNING | Kernel is running over TCP without encryption. All …\n"
        "0.00s - Debugger warning: It seems that frozen modules are being used, which may\n"
        "0.00s - make the debugger miss breakpoints. Please pass -Xfrozen_modules=off\n"
    )
    assert without_noise(noise + "real\n") == "real\n"
