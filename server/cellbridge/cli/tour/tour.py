"""``cellbridge tour``: a demonstration of an editor's view of a script.

Owns the steps, their order and their texts. render.py draws, and mini_client.py is the client of
the server.

The tour has a session of its own in a private directory. It changes no other files and leaves none.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from cellbridge import __version__
from cellbridge.cli import script_argument as scripts
from cellbridge.cli.errors import FAILED, OK, CommandError
from cellbridge.cli.exit_handling import run_command
from cellbridge.cli.run.input_lines import Keyboard
from cellbridge.cli.tour.editor_view import drawing_of
from cellbridge.cli.tour.mini_client import Editor, ServerError
from cellbridge.cli.tour.render import Renderer
from cellbridge.cli.tour.sample_positions import EXAMPLE_TYPED, Scene, scene_of
from cellbridge.workspace.script_file import Script

EXAMPLE = Path(__file__).parent / "example.py"
"""The default script."""
_DIAGNOSTICS_SECONDS = 5.0
"""The time to wait for the diagnostic of an error after its cell has ended."""
_COMPLETION_ATTEMPTS = 3
"""The number of completion requests while the list is incomplete."""


def run_tour(file: Path | None) -> int:
    """Show the tour of ``file``, or of the bundled example; return the exit code."""
    renderer = Renderer(Console(highlight=False))
    return run_command(lambda: _run_in_private(file, renderer))


def _run_in_private(file: Path | None, renderer: Renderer) -> int:
    try:
        with _temporary_directory() as directory:
            script = scripts.read(file if file is not None else _copy_example(directory))
            environment = {
                "CELLBRIDGE_RUNTIME_DIR": str(directory / "r"),
                "CELLBRIDGE_DATA_DIR": str(directory / "d"),
            }
            typed = EXAMPLE_TYPED if file is None else None
            asyncio.run(_play(script, renderer, environment, typed))
    except ServerError as error:
        raise CommandError(f"The tour cannot continue: {error}", FAILED) from error
    renderer.step("Next steps")
    renderer.steps_from_here(_next_steps(file))
    return OK


@contextlib.contextmanager
def _temporary_directory() -> Generator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="cellbridge-tour-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _copy_example(directory: Path) -> Path:
    """Return a copy of the example, so that displayed paths are short."""
    return Path(shutil.copy(EXAMPLE, directory / "example.py"))


def _next_steps(file: Path | None) -> list[tuple[str, str]]:
    shown = str(file) if file is not None else _relative(EXAMPLE)
    return [
        ("In your editor", "add a language server for Python files: cellbridge lsp"),
        ("", "(VS Code, Neovim, Helix, Emacs: “First steps” in the README)"),
        ("Without one", f"cellbridge run {shown}"),
        ("All commands", "cellbridge --help"),
    ]


def _relative(path: Path) -> str:
    """Return ``path`` relative to the current directory, if it is within it."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


async def _play(
    script: Script, renderer: Renderer, environment: Mapping[str, str], typed: str | None
) -> None:
    renderer.title(
        f"Cellbridge {__version__}: the tour",
        "The real language server runs, and this command acts as the editor.",
    )
    began = time.monotonic()
    async with Editor(environment) as editor:
        await editor.initialize(script.path.parent.as_uri())
        renderer.step("Start the server", f"cellbridge lsp, ready in {_elapsed(began)}")
        tour = _Tour(script, renderer, editor)
        try:
            await tour.open()
            await tour.run_all()
            await tour.look()
            await tour.explain(typed)
        finally:
            with contextlib.suppress(ServerError):
                await editor.command("cellbridge.shutdown", {"uri": tour.uri})


class _Tour:
    """One script in the client."""

    def __init__(self, script: Script, renderer: Renderer, editor: Editor) -> None:
        self.uri = script.path.as_uri()
        self._script = script
        self._renderer = renderer
        self._editor = editor
        self._document = {"textDocument": {"uri": self.uri}}
        self._changed = asyncio.Event()
        self._ran: list[int] = []

    async def open(self) -> None:
        """Open the script, without running anything."""
        language = self._script.cells.language.name
        document = {"languageId": language, "version": 1, "text": self._script.text.content}
        self._editor.notify("textDocument/didOpen", {"textDocument": {"uri": self.uri, **document}})
        found = await self._editor.request("cellbridge/cells", {"uri": self.uri})
        cells = found["cells"]
        plural = "" if len(cells) == 1 else "s"
        note = f"{len(cells)} cell{plural}; nothing runs until you ask"
        self._renderer.step(f"Open {self._script.path.name}", note)
        self._renderer.cells([{**cell, "title": self._title(cell)} for cell in cells])

    def _title(self, cell: Mapping[str, Any]) -> str:
        """Return the cell's title, or else its first text."""
        if title := str(cell.get("title", "")):
            return title
        source = self._script.cells[int(cell["index"])].source
        words = (line.strip("#\"' \t") for line in source.split("\n"))
        return next((line for line in words if line), "")

    async def run_all(self) -> None:
        """Run all cells, and answer their requests for input."""
        began = time.monotonic()
        self._editor.on_cells = self._cells_changed
        fault: ServerError | None = None
        cells: Sequence[Mapping[str, Any]] = ()
        async with asyncio.TaskGroup() as tasks:
            answering = tasks.create_task(self._answer())
            try:
                result = await self._editor.command("cellbridge.runAll", {"uri": self.uri})
                cells = result["cells"]
            except ServerError as error:
                fault = error
            answering.cancel()
        if fault is not None:
            raise fault
        states = [str(cell["state"]) for cell in cells]
        said = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
        note = f"{said or 'no code'}, {_elapsed(began)} with the kernel's start"
        self._renderer.step("Run all cells", note)
        known = await self._editor.request("cellbridge/cells", {"uri": self.uri})
        self._ran = [
            int(cell["index"]) for cell in known["cells"] if _run(cell).get("state") == "ok"
        ]
        if "error" in states:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DIAGNOSTICS_SECONDS):
                    await self._editor.wait_for_diagnostics(self.uri)

    async def look(self) -> None:
        """Draw the content of the editor."""
        lines = [self._script.text.line(number) for number in range(len(self._script.text.lines))]
        whole = {
            "start": {"line": 0, "character": 0},
            "end": {"line": len(lines) - 1, "character": len(lines[-1])},
        }
        lenses = await self._editor.request("textDocument/codeLens", self._document)
        hints = await self._editor.request(
            "textDocument/inlayHint", {**self._document, "range": whole}
        )
        problems = self._editor.diagnostics.get(self.uri, [])
        shown = drawing_of(lines, lenses or (), hints or (), problems)
        self._renderer.source(shown, self._script.cells.language.name)
        self._renderer.note(
            "Above a cell: its actions (code lenses, or code actions). "
            "At its end: the result (an inlay hint). Errors are on their lines."
        )

    async def explain(self, typed: str | None) -> None:
        """Hover over a cell and a name, and complete a text that only the kernel can complete."""
        if self._ran:
            await self._hover_over_output(self._ran)
        scene = scene_of(self._script, self._ran, typed)
        if scene is not None:
            await self._hover_over_name(scene)
            await self._complete(scene)

    async def _hover_over_output(self, ran: Sequence[int]) -> None:
        """Show the longest output, as the hover over its cell's marker."""
        best, title = "", ""
        for index in ran:
            if self._script.cells[index].has_marker:
                text = await self._hover(self._script.cells.first_line(index), 2)
                if len(text) > len(best):
                    best, title = text, self._script.cells[index].title
        if best:
            name = f" of “{title}”" if title else ""
            self._renderer.step(f"Hover over the marker{name}", "the whole output of the cell")
            self._renderer.markdown(best)

    async def _hover_over_name(self, scene: Scene) -> None:
        if text := await self._hover(scene.line, scene.column):
            self._renderer.step(f"Hover over {scene.name}", "the live object in the kernel")
            self._renderer.markdown(text)

    async def _complete(self, scene: Scene) -> None:
        end = len(self._script.text.lines) - 1
        column = len(self._script.text.line(end))
        place = {"line": end, "character": column}
        change = {
            "range": {"start": place, "end": place},
            "text": f"\n{self._script.cells.language.comment} %%\n{scene.typed}",
        }
        versioned = {"uri": self.uri, "version": 2}
        self._editor.notify(
            "textDocument/didChange", {"textDocument": versioned, "contentChanges": [change]}
        )
        position = {"line": end + 2, "character": len(scene.typed)}
        items: Sequence[Mapping[str, Any]] = ()
        for _ in range(_COMPLETION_ATTEMPTS):
            found = await self._editor.request(
                "textDocument/completion", {**self._document, "position": position}
            )
            items = found["items"] if found else ()
            if items or not found or not found["isIncomplete"]:
                break
        if items:
            self._renderer.step(f"Type {scene.typed}", "completions from live objects")
            self._renderer.completions(items)

    async def _hover(self, line: int, column: int) -> str:
        position = {"line": line, "character": column}
        found = await self._editor.request(
            "textDocument/hover", {**self._document, "position": position}
        )
        return str(found["contents"]["value"]) if found else ""

    def _cells_changed(self, _params: dict[str, Any]) -> None:
        """Record a change: a cell may wait for input."""
        self._changed.set()

    async def _answer(self) -> None:
        """Read the user's answers to requests for input, until cancelled."""
        keyboard = Keyboard()
        while True:
            await self._changed.wait()
            self._changed.clear()
            with contextlib.suppress(ServerError):
                while run := await self._waiting():
                    self._renderer.ask(str(run["waiting"]["prompt"]))
                    line = await keyboard.line(password=bool(run["waiting"].get("password")))
                    answer = {"uri": self.uri, "text": line or ""}
                    await self._editor.command("cellbridge.answerInput", answer)
                    # The reply with the whole outputs comes after all earlier events. If the cell
                    # waits then, it is for another line.
                    await self._editor.request(
                        "cellbridge/outputs", {"uri": self.uri, "run": run["id"]}
                    )

    async def _waiting(self) -> Mapping[str, Any] | None:
        """Return the run that waits for input."""
        known = await self._editor.request("cellbridge/cells", {"uri": self.uri})
        runs = [_run(cell) for cell in known["cells"]]
        return next((run for run in runs if run.get("waiting")), None)


def _run(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a cell's run, or an empty mapping."""
    return cell.get("run") or {}


def _elapsed(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
