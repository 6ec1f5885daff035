"""The end of the language server's process: nothing begins any more while its threads end."""

from __future__ import annotations

import json
import subprocess
import sys

SERVER = """
import sys
from cellbridge.analysis.importable_modules import ImportableModules
from cellbridge.lsp.server_process import serve

close = ImportableModules.close

def closed(modules):
    close(modules)
    print("nothing is listed any more", file=sys.stderr)

ImportableModules.close = closed
serve([], None)
"""
MESSAGES = (
    {"id": 1, "method": "initialize", "params": {"capabilities": {}}},
    {"method": "initialized", "params": {}},
    {"id": 2, "method": "shutdown"},
    {"method": "exit"},
)
PATIENCE = 60.0


def test_a_server_that_ends_lists_no_modules_any_more() -> None:
    # A timer for such a list raised in the loop when it fell into the end of the loop's threads.
    bodies = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in MESSAGES]
    said = b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies)
    command = [sys.executable, "-c", SERVER]
    ended = subprocess.run(command, input=said, capture_output=True, timeout=PATIENCE, check=True)
    assert ended.stderr.decode().splitlines() == ["nothing is listed any more"]
