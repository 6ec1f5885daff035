"""A worker process in place of jedi's that is controlled by the job's text.

Owns the faults that jedi shows rarely and not on command. Run as a script; jobs come over stdin.

======================  ==========================================================
content of the job      what happens
======================  ==========================================================
``hang``                no answer, ever
``die``                 the process ends at once
``nonsense``            bytes that are not a frame
``after PATH``          answers once something has been written to the FIFO at PATH
anything else           one candidate whose text is the content
======================  ==========================================================
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from cellbridge.analysis import worker_protocol
from cellbridge.core.code_info import Candidate, Completions, Inspection


def main() -> None:
    """Answer jobs until stdin ends."""
    _send(worker_protocol.Ready())
    while header := sys.stdin.buffer.read(worker_protocol.HEADER.size):
        job = worker_protocol.decode_job(sys.stdin.buffer.read(worker_protocol.body_length(header)))
        _send(_answer(job))


def _answer(job: worker_protocol.Job) -> worker_protocol.Result:
    verb, _, rest = job.content.partition(" ")
    if verb == "hang":
        signal.pause()
    if verb == "die":
        os._exit(1)
    if verb == "nonsense":
        sys.stdout.buffer.write(worker_protocol.HEADER.pack(3) + b"\xc1\xc1\xc1")
        sys.stdout.buffer.flush()
    if verb == "after":
        Path(rest).read_bytes()
    match job:
        case worker_protocol.CompletionJob():
            return worker_protocol.CompletionResult(Completions([Candidate(job.content, 0, 0)]))
        case worker_protocol.HoverJob():
            return worker_protocol.HoverResult(Inspection({"text/markdown": job.content}))
        case worker_protocol.WarmUpJob():
            return worker_protocol.WarmUpStarted()


def _send(result: worker_protocol.Result) -> None:
    sys.stdout.buffer.write(worker_protocol.frame(result))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
