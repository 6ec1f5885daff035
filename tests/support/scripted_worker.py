"""A worker process in place of jedi's that does what the job's text says.

Owns the faults that jedi shows seldom and not on command. Run as a script; jobs come over stdin.

======================  ==========================================================
content of the job      what happens
======================  ==========================================================
``hang``                no answer, ever
``die``                 the process ends at once
``nonsense``            bytes that are no frame
``after PATH``          answers once something has been written to the FIFO at PATH
anything else           one candidate whose text is the content
======================  ==========================================================
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from cellbridge.analysis import jobs
from cellbridge.core.items import Candidate, Completions, Inspection


def main() -> None:
    """Answer jobs until stdin ends."""
    _send(jobs.Ready())
    while header := sys.stdin.buffer.read(jobs.HEADER.size):
        job = jobs.decode_job(sys.stdin.buffer.read(jobs.body_length(header)))
        _send(_answer(job))


def _answer(job: jobs.Job) -> jobs.Result:
    verb, _, rest = job.content.partition(" ")
    if verb == "hang":
        signal.pause()
    if verb == "die":
        os._exit(1)
    if verb == "nonsense":
        sys.stdout.buffer.write(jobs.HEADER.pack(3) + b"\xc1\xc1\xc1")
        sys.stdout.buffer.flush()
    if verb == "after":
        Path(rest).read_bytes()
    match job:
        case jobs.Complete():
            return jobs.Completed(Completions([Candidate(job.content, 0, 0)]))
        case jobs.Hover():
            return jobs.Described(Inspection({"text/markdown": job.content}))
        case jobs.Warm():
            return jobs.Warming()


def _send(result: jobs.Result) -> None:
    sys.stdout.buffer.write(jobs.frame(result))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
