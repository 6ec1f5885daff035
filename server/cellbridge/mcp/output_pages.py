"""The tool ``read_output``: long outputs, page by page.

Owns the form of a page in an answer. The resources have the same pages (resources.py).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from cellbridge.core.output.escapes import label
from cellbridge.mcp.answers import Answer, ToolError
from cellbridge.mcp.bounds import IMAGES
from cellbridge.mcp.call import Call
from cellbridge.mcp.images import answer_images
from cellbridge.mcp.outputs import data_block, output_label, read_call
from cellbridge.mcp.tool import Arguments, Tool
from cellbridge.mcp.whole_outputs import WholeOutputs
from cellbridge.workspace.notebook import Notebook


class ReadOutput(Arguments, frozen=True, kw_only=True):
    """The arguments of ``read_output``."""

    run: Annotated[str, Meta(description="Id of the run, as in the answer that was cut.")]
    page: Annotated[int, Meta(ge=1, description="Number of the page, from 1.")] = 1
    script: Annotated[
        str, Meta(description="Path of the script; empty for a script that was used before.")
    ] = ""


async def read_page(notebook: Notebook, kept: WholeOutputs, run_id: str, page: int) -> Answer:
    """Return a page of the whole output of a run, and the images that belong to the page.

    Raises:
        ToolError: there is no such run or page.
    """
    whole = await kept.read(notebook, run_id)
    if whole is None:
        raise ToolError(
            f"The output of run {label(run_id)} is no longer kept: its cell was run again or its "
            "outputs were removed. Read the cell for its present output."
        )
    count = whole.count
    if page > count:
        pages = f"{count:,} page{'' if count == 1 else 's'}"
        raise ToolError(f"The output of run {run_id} has {pages}; there is no page {page:,}.")
    run = notebook.runs[run_id]
    parts = [f"page {page:,} of {count:,}"]
    if text := whole.pages.page(page):
        parts.append(data_block(output_label(run_id, run.cell_id), text))
    if page < count:
        parts.append(f"next page: {read_call(run_id, page + 1)}")
    if not run.state.final:
        parts.append("The run has not ended; more output may follow.")
    return Answer("\n".join(parts), await answer_images(whole.images, IMAGES * (page - 1)))


async def read_output(call: Call, arguments: ReadOutput) -> Answer:
    """Return a page of a run's output.

    Raises:
        ToolError: there is no such run or page, or the user does not allow it.
    """
    path = arguments.script
    if not path:
        known = call.scripts.with_run(arguments.run)
        if known is None:
            raise ToolError(
                f"No script that was used has a run {label(arguments.run)}. Name the script, or "
                "read the cell for its present run."
            )
        path = str(known.path)
    script = await call.open(path, text=False)
    call.runs.append(arguments.run)
    return await read_page(script.notebook, script.outputs, arguments.run, arguments.page)


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "read_output",
        "Read Output",
        "Read a page of a long output, whose beginning and end another answer has shown. Each page "
        f"also has up to {IMAGES} of the output's images.",
        ReadOutput,
        read_output,
    ),
)
