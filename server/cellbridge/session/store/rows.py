"""The runs, outputs and cells in a store's tables, as far as they can be read.

Owns every query on these tables (store.py writes them). It must not know how a store is opened.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator

import msgspec

from cellbridge.core.output.output_reducer import bound_output, bound_stored_output
from cellbridge.core.output.outputs import HEAD_LIMIT, TAIL_LIMIT, Display, Output, Stream
from cellbridge.core.output.plots import PlotImage, PlotList, StoredPlot, image_of
from cellbridge.core.runs.runs import Run
from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.session.messages import StoredCell
from cellbridge.session.store import schema
from cellbridge.session.store.salvage import SalvageReader

_run_decoder = msgspec.msgpack.Decoder(Run)
_output_decoder: msgspec.msgpack.Decoder[Output] = msgspec.msgpack.Decoder(Output)
_plot_decoder = msgspec.msgpack.Decoder(StoredPlot)

_DIGITS = 12
"""Digits from which on a number cannot be the place of an output."""

_widget_decoder = msgspec.msgpack.Decoder(WidgetMessage)


class Contents(SalvageReader):
    """The content of a store, read through one connection."""

    def cells(self) -> list[StoredCell]:
        """Return the cells of the document as they were last stored, in order."""
        rows = self.rows("SELECT place, source, id FROM cells ORDER BY place {order}")
        ids = {place: cell_id for place, _, cell_id in rows}
        return [
            StoredCell(str(ids[place]), source) for place, source in self.text_rows("cells", rows)
        ]

    def runs(self) -> list[Run]:
        """Return every run, oldest first."""
        # By rowid, which needs no other page than the rows'; runs restored later are out of order.
        rows = self.rows("SELECT rowid, place, data FROM runs ORDER BY rowid {order}")
        found: list[tuple[int, Run]] = []
        for rowid, place, data in rows:
            if isinstance(place, int):
                decoded = self.decode_row(("runs", rowid), data, _run_decoder.decode)
                found.extend((place, run) for run in decoded)
            else:
                self.count_unread(("runs", rowid), "its place is not a number")
        return [run for _, run in sorted(found, key=operator.itemgetter(0))]

    def widgets(self) -> list[WidgetMessage]:
        """Return the states of widgets, each as an ``open`` message; none in an older store."""
        found = "SELECT rowid FROM sqlite_master WHERE name = 'widgets' ORDER BY rowid {order}"
        if not self.rows(found):
            return []
        rows = self.rows("SELECT rowid, data FROM widgets ORDER BY rowid {order}")
        return [
            message
            for rowid, data in rows
            for message in self.decode_row(("widgets", rowid), data, _widget_decoder.decode)
        ]

    def outputs(self, run: str) -> list[Output]:
        """Return the outputs of ``run`` with their whole texts."""
        whole: list[Output] = []
        for place, output in self._output_rows(run):
            if isinstance(output, Stream):
                text = "".join(text for _, text in self._chunks(run, place))
                whole.append(msgspec.structs.replace(output, text=text))
            else:
                whole.append(output)
        return whole

    def _output_rows(self, run: str) -> Iterator[tuple[int, Output]]:
        rows = self.rows(
            "SELECT place, data FROM outputs WHERE run = ? ORDER BY place {order}", run
        )
        for place, data in rows:
            where = ("outputs", run, place)
            for output in self.decode_row(where, data, _output_decoder.decode):
                yield place, bound_stored_output(output)

    def _chunks(self, run: str, place: int) -> Iterator[tuple[int, str]]:
        rows = self.rows(
            "SELECT start, text FROM chunks WHERE run = ? AND place = ? ORDER BY start {order}",
            run,
            place,
        )
        return self.text_rows(("chunks", run, place), rows)

    def bounded_outputs(self, run: str) -> list[Output]:
        """Return the outputs of a run in the bounded form for clients."""
        return list(self._bounded(run))

    def plots(self) -> PlotList:
        """Return the history of plots, without the images."""
        if not schema.has_plots(self._connection):
            return PlotList()
        rows = self.rows(
            "SELECT place, info FROM plots WHERE image IS NOT NULL OR EXISTS (SELECT 1 FROM outputs"
            " WHERE outputs.run = plots.run AND outputs.place = plots.output)"
            " ORDER BY place {order}"
        )
        found = [
            plot
            for place, info in rows
            for plot in self.decode_row(("plots", place), info, _plot_decoder.decode)
        ]
        counts = [count for (count,) in self.rows("SELECT count FROM dropped_plots")]
        return PlotList(found, sum(count for count in counts if isinstance(count, int)))

    def plot_image(self, plot_id: str) -> PlotImage | None:
        """Return an image of the history; None if it is no longer kept."""
        run, _, output = plot_id.rpartition("-")
        if not output.isdecimal() or not schema.has_plots(self._connection):
            return None
        place = int(output) if len(output) < _DIGITS else -1
        rows = self.rows(
            "SELECT place, info, image FROM plots WHERE run = ? AND output = ?", run, place
        )
        for at, info, image in rows:
            for plot in self.decode_row(("plots", at), info, _plot_decoder.decode):
                if isinstance(image, bytes):
                    return PlotImage(plot.mime, image)
                return self._image_of_output(run, place)
        return None

    def _image_of_output(self, run: str, output: int) -> PlotImage | None:
        rows = self.rows("SELECT place, data FROM outputs WHERE run = ? AND place = ?", run, output)
        for place, data in rows:
            for shown in self.decode_row(("outputs", run, place), data, _output_decoder.decode):
                image = image_of(shown) if isinstance(shown, Display) else None
                return PlotImage(image.mime, image.data) if image is not None else None
        return None

    def _bounded(self, run: str) -> Iterator[Output]:
        for place, output in self._output_rows(run):
            if not isinstance(output, Stream):
                yield bound_output(output)
                continue
            head, end = self._head_and_tail(run, place, output.chars)
            yield msgspec.structs.replace(output, text=head, tail=end)

    def _head_and_tail(self, run: str, place: int, chars: int) -> tuple[str, str]:
        where, read = "FROM chunks WHERE run = ? AND place = ?", ("chunks", run, place)
        head = self.rows(
            f"SELECT start, text {where} AND start < ? ORDER BY start {{order}}",
            run,
            place,
            HEAD_LIMIT,
        )
        text = "".join(part for _, part in self.text_rows(read, head))[:HEAD_LIMIT]
        if chars <= HEAD_LIMIT:
            return text, ""
        from_here = max(HEAD_LIMIT, chars - TAIL_LIMIT)
        rows = self.rows(
            f"SELECT start, text {where} AND start + LENGTH(text) > ? ORDER BY start {{order}}",
            run,
            place,
            from_here,
        )
        parts = self.text_rows(read, rows)
        return text, "".join(part[max(0, from_here - start) :] for start, part in parts)
