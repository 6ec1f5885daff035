"""Generate the types and pages for the protocol and the settings.

Owns the list of generated files. All their content comes from server/cellbridge/lsp/protocol/ and
server/cellbridge/core/settings.py; no generator adds names or meanings.

    python server/tools/codegen.py            write the files
    python server/tools/codegen.py --check    write nothing; exit 1 if one of them is out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

from generate import announcement, lua, markdown, typescript, vscode
from generate.model import describe

ROOT = Path(__file__).resolve().parent.parent.parent

FILES = {
    "editor-extension/vscode/src/protocol.gen.ts": typescript.render,
    "editor-extension/vscode/package.json": vscode.render,
    "editor-extension/nvim/lua/cellbridge/protocol_gen.lua": lua.render,
    "docs/protocol.md": markdown.protocol,
    "docs/settings.md": markdown.settings,
    "server/cellbridge/lsp/transport/announced.json": announcement.render,
}


def main(arguments: list[str]) -> int:
    """Write or check the generated files; return the exit status."""
    check = arguments == ["--check"]
    if arguments and not check:
        print(__doc__, file=sys.stderr)
        return 2
    description = describe()
    texts = {name: render(description) for name, render in FILES.items()}
    stale = [name for name, text in texts.items() if not same(name, text)]
    for name in stale:
        print(f"{name} is out of date." if check else f"wrote {name}")
        if not check:
            path = ROOT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[name], "utf-8", newline="\n")
    if check and stale:
        print("Run `python server/tools/codegen.py` and commit the files that it writes.")
    return 1 if check and stale else 0


def same(name: str, text: str) -> bool:
    """Return whether a file already holds a text."""
    path = ROOT / name
    return path.is_file() and path.read_bytes() == text.encode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
