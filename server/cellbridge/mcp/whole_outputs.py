"""The whole outputs of the run whose pages an agent reads.

Owns the outputs that were read last, so that the next page of a long output does not fetch all of
it again. It must not know the tools.

Bound: the outputs of one run are kept for each script, if they take at most `KEPT_BYTES`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from cellbridge.core.output.outputs import Output
from cellbridge.mcp.bounds import IMAGES, Pages
from cellbridge.mcp.images import image_parts
from cellbridge.mcp.outputs import output_pages
from cellbridge.workspace.notebook import Notebook

KEPT_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole outputs of a run, as pages."""

    pages: Pages
    images: Sequence[tuple[str, str]]
    """Type and base64 of each image."""

    @property
    def count(self) -> int:
        """The number of pages of text, or of images."""
        return max(self.pages.count, -(-len(self.images) // IMAGES))

    @property
    def size(self) -> int:
        """The number of bytes that they take."""
        return len(self.pages.content) + sum(len(data) for _, data in self.images)


class WholeOutputs:
    """The outputs of one script's run that was read last."""

    def __init__(self) -> None:
        self._run = ""
        self._shown: Sequence[Output] = ()
        self._whole: Whole | None = None

    async def read(self, notebook: Notebook, run_id: str) -> Whole | None:
        """Return the whole outputs of a run; None if it is no longer kept."""
        views = notebook.run_views([run_id])
        shown = views[0].outputs if views else []
        if self._whole is not None and views and run_id == self._run and shown == self._shown:
            return self._whole
        self._whole = None
        outputs = await notebook.kept_outputs(run_id)
        if outputs is None:
            return None
        whole = Whole(await asyncio.to_thread(output_pages, outputs), image_parts(outputs))
        if whole.size <= KEPT_BYTES:
            self._run, self._shown, self._whole = run_id, shown, whole
        return whole
