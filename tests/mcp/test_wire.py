"""The lines that `cellbridge mcp` reads and writes: garbage, the end of the client, and silence."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from support.agent import SERVER
from support.agent_pipe import VERSION, AgentPipe, agent_pipe
from support.patience import PATIENCE

GARBAGE = {
    "text": b"garbage\n",
    "no text": b"\xff\xfe\x00\n",
    "an empty line": b"\n",
    "deep nesting": b"[" * 100_000 + b"\n",
    "half a message": b'{"jsonrpc":"2.0"}\n',
    "another version": b'{"jsonrpc":"1.0","id":1,"method":"ping"}\n',
    "a strange id": b'{"jsonrpc":"2.0","id":{},"method":"ping"}\n',
    "an answer to nothing": b'{"jsonrpc":"2.0","id":5,"result":{}}\n',
    "a call without arguments": b'{"jsonrpc":"2.0","id":6,"method":"tools/call"}\n',
    "16 MB without a meaning": b"x" * 2**24 + b"\n",
}


def check_alive(pipe: AgentPipe) -> None:
    """Check that the server still answers."""
    assert pipe.request("ping")["result"] == {}


def test_garbage_costs_nothing(tmp_path: Path) -> None:
    with agent_pipe(SERVER, tmp_path) as pipe:
        for line in GARBAGE.values():
            pipe.write(line)
        assert pipe.initialize()["protocolVersion"] == VERSION
        for line in GARBAGE.values():
            pipe.write(line)
            check_alive(pipe)
        for method, params in (
            ("tools/call", {"name": "no_such_tool", "arguments": {}}),
            ("tools/call", {"name": "overview", "arguments": {"script": 5}}),
            ("tools/call", {"name": "overview", "arguments": {"scripd": "a.py"}}),
            ("tools/call", {"name": "overview", "arguments": {"script": "\0"}}),
            ("tools/call", {"name": "overview", "arguments": {"script": ""}}),
            ("tools/call", {"name": "overview", "arguments": {"script": "/"}}),
            ("tools/call", {"name": "overview", "arguments": {"script": "/no/such/file.py"}}),
            ("resources/read", {"uri": "cellbridge://output/nothing/1"}),
            ("resources/read", {"uri": "file:///etc/passwd"}),
            ("no/such/method", {}),
        ):
            answer = pipe.request(method, **params)
            failure = answer.get("error", {}).get("message") or check_failed(answer["result"])
            assert failure
            assert "Traceback" not in failure
        check_alive(pipe)
        pipe.write(b'{"jsonrpc":"2.0","id":7,"meth')
        assert pipe.end() == 0


def check_failed(result: dict[str, object]) -> str:
    """Return the sentence of a tool that has refused."""
    assert result["isError"] is True, result
    (content,) = result["content"]  # type: ignore[misc]
    assert "http" not in content["text"]
    return content["text"]


def test_the_schemas_of_all_tools_are_valid(tmp_path: Path) -> None:
    with agent_pipe(SERVER, tmp_path) as pipe:
        pipe.initialize()
        tools = pipe.request("tools/list")["result"]["tools"]
        for tool in tools:
            jsonschema.Draft202012Validator.check_schema(tool["inputSchema"])
            assert tool["inputSchema"]["type"] == "object"
            assert tool["description"]
            for name, argument in tool["inputSchema"].get("properties", {}).items():
                assert argument.get("description"), f"{tool['name']}: {name} is not described"
        assert pipe.end() == 0


@pytest.mark.parametrize("end", ["output closed", "terminated"])
def test_the_server_ends_with_its_client(tmp_path: Path, end: str) -> None:
    with agent_pipe(SERVER, tmp_path) as pipe:
        pipe.initialize()
        if end == "terminated":
            pipe.process.send_signal(signal.SIGTERM)
        else:
            assert pipe.process.stdout is not None
            assert pipe.process.stdin is not None
            pipe.process.stdout.close()
            pipe.process.stdin.close()
        pipe.process.wait(PATIENCE)


def test_without_the_extra_one_sentence_shows_how_to_get_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['mcp'] = None; from cellbridge.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "mcp"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "pip install 'cellbridge[mcp]'" in done.stderr
