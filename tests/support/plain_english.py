"""Counts phrases that docs/CONTRIBUTING.md bans, for each file of the project.

Owns the list of phrases and the parts of each kind of file that hold prose. The rule itself is in
tests/support/rules.py, and the counts that are allowed today are in plain_english.json next to it.

    python tests/support/plain_english.py FILE…     show each phrase with its place and a better one
    python tests/support/plain_english.py           show the counts of all files
    python tests/support/plain_english.py --write   store the counts; refused where a total rises
"""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STORED = Path(__file__).with_suffix(".json")

PHRASES: list[tuple[str, str]] = [
    # Subjects: name the user, the kernel, the server, the client.
    (r"\ba person(?:'s)?\b|\bpersons\b", "the user"),
    (r"\bnobody\b|\b(?:some|any)body\b", "the user, no client, another process"),
    (r"\bwhoever\b", "name the subject"),
    # Verbs for programs: report, return, request, check, show, send, fail.
    (r"\b(?:tells?|told|telling)\b(?! (?:\S+ ){0,4}apart)", "report, return, show, send"),
    (r"\b(?:says?|said|saying)\b", "report, contain, state, show"),
    (r"\b(?:is|are|was|were|be|been|being) asked\b", "is requested, receives a request"),
    (r"\basks? (?:the|a|its|our) (?:kernel|host|server|probe|session|worker)", "request, query"),
    (r"\blook(?:s|ed|ing)? (?:at|into)\b", "inspect, check, read"),
    (r"\bknow(?:s|n)? (?:nothing )?of\b", "know about, have"),
    (r"\b(?:is|are|was|were) known (?:of|from)\b", "is available from"),
    (r"\bhears?\b|\bheard\b|\bunheard\b", "receive, learn from"),
    (r"\bsees? to\b", "ensure, handle, manage"),
    (r"\b(?:goes|go|went|gone) on\b(?! the\b)", "continue"),
    (r"\bwish(?:es|ed)?\b", "want, request, option"),
    (r"\bjudge(?:s|d|ment|ments)?\b|\bjudging\b", "decide, check"),
    (r"\b(?:came|comes?) of\b", "result from, result"),
    # Words that have a plainer one.
    (r"\banew\b", "again"),
    (r"\bliving\b", "running, live"),
    (r"\bbeside\b", "next to, compared with, in addition to"),
    (r"\bstead\b", "instead of"),
    (r"\bjust now\b", "at the moment, now"),
    (r"\bin doubt\b", "when it is unknown, by default"),
    (r"\bwithout end\b", "forever, endlessly"),
    (r"\bmany a\b", "many"),
    (r"\bso many\b(?! \w+ that)", "the given number of, at most"),
    (r"\bof an? own\b|\ban own\b", "its own"),
    (r"\bof (?:ours|theirs|the user's)\b", "our own, the user's"),
    (r"\bthe way there\b", "a link to it"),
    (r"'s matter\b", "is the job of"),
    # German word order and elisions.
    (r"\bwhat the\b", "name the thing: the text of …, the result of …"),
    (r"\bas those (?:of|in|from|with|that)\b", "such as those of"),
    (r", as (?:by|after|from|with)\b|\(as (?:in|an?|the|with|by)\b", "such as, for example"),
    (r"\balso (?:where|when|while|if|after)\b", "even when, even while"),
    (r"(?<!there )\b(?:is|are|was|were) no (?!longer|more\b|less\b|other\b)", "is not a"),
    (r"\bwhere there (?:is|are)\b|\bthere (?:is|are) none\b", "if there is one, without one"),
    (r"\b(?:is|are|was|were|be) there\b(?! (?:an?|any|one)\b)(?!\?)", "exists, is available"),
    (r"\b(?:stands?|stood) (?:in|on|at|above|below|under|before|there|within)\b", "is in, is at"),
    (r"\b(?:lies?|lay) (?:in|on|at|above|below|under|before|beyond|between|within)\b", "is in"),
    (r"\bwhere (?:\S+ ){1,3}(?:lies?|stands?)\b", "where … is"),
    (r"\b(?:to be|is|are) had\b", "is available"),
]  # fmt: skip
"""What is counted, as regular expressions without case, and what to write in its place."""

OPENINGS = r"(?:Whether|What|Which|Where|How|Who|As)\b(?![^\n]*\?)"
"""Words that must not begin a docstring, a label or the help of an option; a question may."""

FENCE = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
SCRIPT = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)""",
    re.DOTALL,
)
LUA = re.compile(
    r"""(?P<comment>--\[\[.*?\]\]|--[^\n]*)|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL,
)
NO_PROSE = ("tests/support/plain_english", "package-lock.json", "tests/editors/panel/outputs")


@dataclass(frozen=True)
class Prose:
    """A piece of prose in a file."""

    line: int
    text: str
    shown: bool
    """True for pages, messages, labels and help; False for docstrings and comments."""
    opens: bool = False
    """True for a docstring, a label or a help text, which must not begin with one of OPENINGS."""


def prose_of(name: str, text: str) -> list[Prose]:
    """Split a file into its pieces of prose, by the ending of its name."""
    if any(part in name for part in NO_PROSE):
        return []
    match Path(name).suffix:
        case ".md" if not name.startswith("tests/"):
            return list(markdown(text))
        case ".txt" if name.startswith("editor-extension/nvim/doc/"):
            return list(markdown(text))
        case ".json" if name.endswith("package.json"):
            return list(labels(text))
        case ".py":
            return list(python(text, strings=name.startswith("server/")))
        case ".ts" | ".mjs" if name.startswith("editor-extension/"):
            return list(script(text, SCRIPT))
        case ".lua" if name.startswith("editor-extension/"):
            return list(script(text, LUA))
        case _:
            return []


def markdown(text: str) -> Iterator[Prose]:
    """Read the paragraphs of a page, without blocks of code."""
    bare = FENCE.sub(lambda block: "\n" * block[0].count("\n"), text)
    for found in re.finditer(r"(?:[^\n]+\n?)+", bare):
        yield Prose(bare.count("\n", 0, found.start()) + 1, found[0], shown=True)


def labels(text: str) -> Iterator[Prose]:
    """Read the strings of a manifest, without its identifiers."""
    for number, line in enumerate(text.split("\n"), 1):
        for found in re.findall(r'"((?:\\.|[^"\\])*)"', line):
            if " " in found:
                yield Prose(number, found, shown=True, opens=True)


def python(text: str, *, strings: bool) -> Iterator[Prose]:
    """Read the docstrings and comments of a module, and its other strings if asked for."""
    try:
        tree = ast.parse(text)
    except SyntaxError:  # an example with magics
        return
    nodes = [*ast.walk(tree)]
    docs = {id(node.value): False for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.body and is_command(node):
            docs[id(getattr(node.body[0], "value", None))] = True
        elif isinstance(node, ast.keyword) and node.arg == "help":
            docs[id(node.value)] = True
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            is_doc = id(node) in docs
            if is_doc or strings:
                shown = docs.get(id(node), True)
                yield Prose(node.lineno, node.value, shown=shown, opens=is_doc)
    if "#" in text:
        yield from python_comments(text)


def is_command(node: ast.FunctionDef) -> bool:
    """Return True for a command of the CLI, whose docstring is its help."""
    return any(
        re.search(r"\.(command|callback)\(", ast.unparse(one)) for one in node.decorator_list
    )


def python_comments(text: str) -> Iterator[Prose]:
    """Read the comments of a module; lines that follow one another are one piece."""
    block: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        if token.start[0] != last + 1 and block:
            yield Prose(last - len(block) + 1, "\n".join(block), shown=False)
            block = []
        block.append(token.string.lstrip("#: "))
        last = token.start[0]
    if block:
        yield Prose(last - len(block) + 1, "\n".join(block), shown=False)


def script(text: str, pattern: re.Pattern[str]) -> Iterator[Prose]:
    """Read the comments and strings of TypeScript or Lua."""
    for found in pattern.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found["comment"]:
            bare = re.sub(
                r"^\s*(?:/\*+|\*/?|//+|-{2,3}(?:@\w+ \S+ \S+)?)\s?",
                "",
                found[0],
                flags=re.MULTILINE,
            )
            doc = found[0].startswith(("/**", "---"))
            yield Prose(line, bare, shown=False, opens=doc)
        elif " " in found["string"]:
            bare = re.sub(r"\$\{[^}]*\}", "_", found["string"][1:-1])
            yield Prose(line, bare, shown=True)


def offences(name: str, text: str) -> Iterator[tuple[bool, str]]:
    """Find the phrases of a file: True for text that users read, and place, phrase and advice."""
    for piece in prose_of(name, text):
        bare = CODE.sub(lambda code: "`" + "_" * (len(code[0]) - 2) + "`", piece.text)
        bare = re.sub(r"\n[ \t]+", "\n", bare)
        if piece.opens and (opening := re.match(r"\s*" + OPENINGS, bare)):
            yield piece.shown, f"{name}:{piece.line}: begins with {opening[0].strip()!r}"
        for phrase, better in PHRASES:
            for found in re.finditer(phrase.replace(" ", r"\s"), bare, re.IGNORECASE):
                line = piece.line + bare.count("\n", 0, found.start())
                yield piece.shown, f"{name}:{line}: {' '.join(found[0].split())!r}; write: {better}"


def project_files() -> list[str]:
    """List the files of the project that exist and are not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted({name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()})


Counts = dict[str, dict[str, int]]


def count() -> Counts:
    """Count the phrases of each file, those that users read apart from docstrings and comments."""
    counts: Counts = {"shown": {}, "comments": {}}
    for name in project_files():
        if Path(name).suffix not in {".md", ".txt", ".json", ".py", ".ts", ".mjs", ".lua"}:
            continue
        for shown, _ in offences(name, (ROOT / name).read_text("utf-8", "replace")):
            kind = counts["shown" if shown else "comments"]
            kind[name] = kind.get(name, 0) + 1
    return counts


def stored() -> Counts:
    """Read the counts that are allowed."""
    found: Counts = json.loads(STORED.read_text("utf-8"))
    return found


def totals(counts: Counts) -> dict[str, int]:
    """Sum up the counts of both kinds."""
    return {kind: sum(counts[kind].values()) for kind in ("shown", "comments")}


def write() -> int:
    """Store today's counts, unless one of the totals has risen; files may be renamed."""
    now = count()
    if STORED.exists():
        before = stored()
        old, new = totals(before), totals(now)
        if any(new[kind] > old[kind] for kind in new):
            print(f"More banned phrases than stored: {new}, stored: {old}.", file=sys.stderr)
            return 1
        now = {"first": before["first"], **now}
    else:
        now = {"first": totals(now), **now}
    STORED.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", "utf-8")
    print(totals(now))
    return 0


def main(arguments: list[str]) -> int:
    """Run one of the three uses at the top."""
    if arguments == ["--write"]:
        return write()
    for argument in arguments:
        path = Path(argument).resolve()
        for shown, place in offences(str(path.relative_to(ROOT)), path.read_text("utf-8")):
            print(place, "(shown to users)" if shown else "")
    if not arguments:
        now = count()
        for kind in ("shown", "comments"):
            for name, number in sorted(now[kind].items(), key=lambda item: -item[1]):
                print(f"{number:5}  {kind:8}  {name}")
        print(totals(now))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
