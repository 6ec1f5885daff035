"""The kernel's life as a state machine that every client sees.

Owns which state may follow which. It must not know processes, or the causes of a change of
state.

```
 ABSENT ──run──▶ STARTING ──answers──▶ IDLE ◀──cell──▶ BUSY
                    │                   └──restart──┬───┘
                    ▼ fails                         ▼
                   DEAD ◀──ends by itself── IDLE, BUSY, RESTARTING ──answers──▶ IDLE

 STOPPED follows any state, on purpose; STOPPED and DEAD continue as ABSENT does.
```
"""

from __future__ import annotations

from cellbridge.core.runs.runs import KernelState as K

_ALIVE = frozenset({K.IDLE, K.BUSY})
_FOLLOWS: dict[K, frozenset[K]] = {
    K.ABSENT: frozenset({K.STARTING, K.RESTARTING, K.IDLE, K.BUSY, K.STOPPED}),
    K.STARTING: frozenset({K.IDLE, K.DEAD, K.RESTARTING, K.STOPPED}),
    K.IDLE: frozenset({K.BUSY, K.RESTARTING, K.DEAD, K.STOPPED}),
    K.BUSY: frozenset({K.IDLE, K.RESTARTING, K.DEAD, K.STOPPED}),
    K.RESTARTING: frozenset({K.IDLE, K.DEAD, K.STOPPED}),
    K.STOPPED: frozenset({K.STARTING, K.RESTARTING}),
    K.DEAD: frozenset({K.STARTING, K.RESTARTING, K.STOPPED}),
}


def may_follow(before: K, after: K) -> bool:
    """Return whether a kernel in state ``before`` may come to be in state ``after``.

    A state may always be reported again, for example with another message.
    """
    return before is after or after in _FOLLOWS[before]


def can_run(state: K) -> bool:
    """Return whether a kernel in this state takes cells."""
    return state in _ALIVE
