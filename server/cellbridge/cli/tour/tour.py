"""``cellbridge tour``: a first look at what an editor shows of a script.

Owns the story: which things are done in which order, and what is said about them. Drawing is
render.py's, talking to the server mini_client.py's.

The tour has a session of its own in a private directory: nothing of the user's is touched, and
nothing is left behind.
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
from cellbridge.cli.exit_handling import ended
from cellbridge.cli.run.input_lines import Keyboard
from cellbridge.cli.script_argument import Script
from cellbridge.cli.tour.editor_view import drawing
from cellbridge.cli.tour.mini_client import Editor, ServerError
from cellbridge.cli.tour.render import Renderer
from cellbridge.cli.tour.sample_positions import EXAMPLE_TYPED, Scene, scene_of

EXAMPLE = Path(__file__).parent / "example.py"
"""The script that is shown where none is named."""
_DIAGNOSTICS_SECONDS = 5.0
"""How long an error's diagnostic is waited for after its cell has ended."""
_ATTEMPTS = 3
"""How often a completion is asked for while the list is incomplete."""


def take(file: Path | None) -> int:
    """Play the editor on ``file``, or on the bundled example; returns the exit code."""
    renderer = Renderer(Console(highlight=False))
    return ended(lambda: _taken(file, renderer))


def _taken(file: Path | None, renderer: Renderer) -> int:
    try:
        with _private() as directory:
            script = scripts.read(file if file is not None else _copied(directory))
            environment = {
                "CELLBRIDGE_RUNTIME_DIR": str(directory / "r"),
                "CELLBRIDGE_DATA_DIR": str(directory / "d"),
            }
            typed = EXAMPLE_TYPED if file is None else None
            asyncio.run(_play(script, renderer, environment, typed))
    except ServerError as error:
        raise CommandError(f"The tour cannot go on: {error}", FAILED) from error
    renderer.step("From here")
    renderer.steps_from_here(_next_steps(file))
    return OK


@contextlib.contextmanager
def _private() -> Generator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="cellbridge-tour-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _copied(directory: Path) -> Path:
    """Return a copy of the example, so that paths in what is shown are short."""
    return Path(shutil.copy(EXAMPLE, directory / "example.py"))


def _next_steps(file: Path | None) -> list[tuple[str, str]]:
    shown = str(file) if file is not None else _relative(EXAMPLE)
    return [
        ("In your editor", "add a language server for Python files: cellbridge lsp"),
        ("", "(VS Code, Neovim, Helix, Emacs: “First steps” in the README)"),
        ("Without one", f"cellbridge run {shown}"),
        ("All there is", "cellbridge --help"),
    ]


def _relative(path: Path) -> str:
    """Return ``path`` from here where that is shorter to read."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


async def _play(
    script: Script, renderer: Renderer, environment: Mapping[str, str], typed: str | None
) -> None:
    renderer.title(
        f"cellbridge {__version__}: a first look",
        "The real language server runs, and this command plays the editor.",
    )
    began = time.monotonic()
    async with Editor(environment) as editor:
        await editor.initialize(script.path.parent.as_uri())
        renderer.step("Start the server", f"cellbridge lsp, ready in {_since(began)}")
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
    """One script in the hands of the editor."""

    def __init__(self, script: Script, renderer: Renderer, editor: Editor) -> None:
        self.uri = script.path.as_uri()
        self._script = script
        self._renderer = renderer
        self._editor = editor
        self._document = {"textDocument": {"uri": self.uri}}
        self._changed = asyncio.Event()
        self._ran: list[int] = []

    async def open(self) -> None:
        """Open the script: nothing runs."""
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
        """Return the cell's title, or else the first words in it."""
        if title := str(cell.get("title", "")):
            return title
        source = self._script.cells[int(cell["index"])].source
        words = (line.strip("#\"' \t") for line in source.split("\n"))
        return next((line for line in words if line), "")

    async def run_all(self) -> None:
        """Run all cells, and answer what they ask."""
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
        note = f"{said or 'no code'}, {_since(began)} with the kernel's start"
        self._renderer.step("Run all cells", note)
        known = await self._editor.request("cellbridge/cells", {"uri": self.uri})
        self._ran = [
            int(cell["index"]) for cell in known["cells"] if _run(cell).get("state") == "ok"
        ]
        if "error" in states:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DIAGNOSTICS_SECONDS):
                    await self._editor.published(self.uri)

    async def look(self) -> None:
        """Draw what the editor shows now."""
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
        shown = drawing(lines, lenses or (), hints or (), problems)
        self._renderer.source(shown, self._script.cells.language.name)
        self._renderer.note(
            "Above a cell: what can be done to it (code lenses, or code actions). "
            "At its end: the result (an inlay hint). Errors stand where they happened."
        )

    async def explain(self, typed: str | None) -> None:
        """Rest on a cell and on a name, and type where only the kernel knows how to go on."""
        if self._ran:
            await self._hover_over_output(self._ran)
        scene = scene_of(self._script, self._ran, typed)
        if scene is not None:
            await self._hover_over_name(scene)
            await self._complete(scene)

    async def _hover_over_output(self, ran: Sequence[int]) -> None:
        """Show the output that says most, as an editor does for the cell's marker."""
        best, title = "", ""
        for index in ran:
            if self._script.cells[index].has_marker:
                text = await self._hover(self._script.cells.first_line(index), 2)
                if len(text) > len(best):
                    best, title = text, self._script.cells[index].title
        if best:
            name = f" of “{title}”" if title else ""
            self._renderer.step(f"Rest on the marker{name}", "the whole output of the cell")
            self._renderer.markdown(best)

    async def _hover_over_name(self, scene: Scene) -> None:
        if text := await self._hover(scene.line, scene.column):
            self._renderer.step(f"Rest on {scene.name}", "the object as it is in the kernel now")
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
        for _ in range(_ATTEMPTS):
            found = await self._editor.request(
                "textDocument/completion", {**self._document, "position": position}
            )
            items = found["items"] if found else ()
            if items or not found or not found["isIncomplete"]:
                break
        if items:
            self._renderer.step(f"Type {scene.typed}", "completed from the living objects")
            self._renderer.completions(items)

    async def _hover(self, line: int, column: int) -> str:
        position = {"line": line, "character": column}
        found = await self._editor.request(
            "textDocument/hover", {**self._document, "position": position}
        )
        return str(found["contents"]["value"]) if found else ""

    def _cells_changed(self, _params: dict[str, Any]) -> None:
        """A cell may have begun to wait for input."""
        self._changed.set()

    async def _answer(self) -> None:
        """Let the person answer what cells ask, as long as this is not cancelled."""
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
                    # The whole outputs come after all that happened before: if the cell waits then,
                    # it is for another line.
                    await self._editor.request(
                        "cellbridge/outputs", {"uri": self.uri, "run": run["id"]}
                    )

    async def _waiting(self) -> Mapping[str, Any] | None:
        """Return the run that waits for input."""
        known = await self._editor.request("cellbridge/cells", {"uri": self.uri})
        runs = [_run(cell) for cell in known["cells"]]
        return next((run for run in runs if run.get("waiting")), None)


def _run(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is known of a cell's run; nothing where it has none."""
    return cell.get("run") or {}


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
