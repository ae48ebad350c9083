"""The two life cycles of the board-card design, each from the side of both lines: four tables.

Every rule about what a line may be next is here and nowhere else; `make draw` makes its pictures
from these very tables. A signal that a stage does not name leaves it as it is. Pure: no I/O.

Sources: S002-BOARD 09 to 29 (inbound), 49 to 67 (outbound). Where the design is silent: every
stage before the connection is red (its hang-up leads back to the beginning); 9, wait for hang-up,
lasts from the end of the call to the line's own, for in the design nothing else ends 8.
"""

from cordboard.lines.model import Cycle, LineSignal, LineState, Stage

Table = dict[Stage, dict[LineSignal, Stage]]

IDLE = Stage(1, LineState.IDLE)
CANDIDATE = Stage(5, LineState.IDLE)
"Idle, and looked for by the application."

CONNECTED = Stage(8, LineState.CONNECTED)
WAIT_HANG_UP = Stage(9, LineState.WAIT_HANG_UP)
END = Stage(10, LineState.IDLE)
"Idle again, after a connection."

WAIT_ANSWER = Stage(2, LineState.WAIT_ANSWER)
WAIT_PLAY = Stage(3, LineState.WAIT_PLAY)
PLAYING = Stage(4, LineState.PLAYING)

RESERVED = Stage(6, LineState.RESERVED)
INNER_RINGS = Stage(7, LineState.WAIT_OFF_HOOK)

SELECTED = Stage(2, LineState.SELECTED)
OFF_HOOK_LIMIT = Stage(3, LineState.WAIT_OFF_HOOK)
CALLING = Stage(4, LineState.CALLING)

OUTER_SELECTED = Stage(6, LineState.SELECTED)
FAR_END_RINGS = Stage(7, LineState.WAIT_OFF_HOOK)

_S = LineSignal

INBOUND_OUTER_TRANSITIONS: Table = {
    IDLE: {_S.SEIZED: WAIT_ANSWER},
    WAIT_ANSWER: {
        _S.PLAYED: WAIT_PLAY,
        _S.ANSWERED: WAIT_PLAY,
        _S.HUNG_UP: IDLE,
    },
    WAIT_PLAY: {
        _S.PLAYED: PLAYING,
        _S.ANSWERED: PLAYING,
        _S.CONNECTED: CONNECTED,
        _S.HUNG_UP: IDLE,
    },
    PLAYING: {
        _S.CONNECTED: CONNECTED,
        _S.HUNG_UP: IDLE,
    },
    CONNECTED: {
        _S.RELEASED: PLAYING,
        _S.CALL_OVER: WAIT_HANG_UP,
        _S.HUNG_UP: END,
    },
    WAIT_HANG_UP: {_S.HUNG_UP: END},
    END: {},
}
"""No stage has a limit: in 2 a call waits until it is answered or the caller hangs up. Wish to play
and answer come in either order; the second begins the play."""

INBOUND_INNER_TRANSITIONS: Table = {
    CANDIDATE: {_S.SEIZED: RESERVED},
    RESERVED: {
        _S.RANG: INNER_RINGS,
        _S.CONNECTED: CONNECTED,
        _S.HUNG_UP: CANDIDATE,
    },
    INNER_RINGS: {
        _S.CONNECTED: CONNECTED,
        _S.HUNG_UP: CANDIDATE,
    },
    CONNECTED: {_S.HUNG_UP: IDLE},
    IDLE: {},
}

OUTBOUND_INNER_TRANSITIONS: Table = {
    IDLE: {
        _S.SEIZED: SELECTED,
        _S.OFF_HOOK: CALLING,
    },
    SELECTED: {
        _S.RANG: OFF_HOOK_LIMIT,
        _S.ANSWERED: CALLING,
        _S.HUNG_UP: IDLE,
    },
    OFF_HOOK_LIMIT: {
        _S.ANSWERED: CALLING,
        _S.HUNG_UP: IDLE,
    },
    CALLING: {
        _S.CONNECTED: CONNECTED,
        _S.HUNG_UP: IDLE,
    },
    CONNECTED: {
        _S.CALL_OVER: WAIT_HANG_UP,
        _S.HUNG_UP: IDLE,
    },
    WAIT_HANG_UP: {_S.HUNG_UP: IDLE},
}
"At the off-hook limit the line is hung up by us; the call's end hangs up the outer one with it."

OUTBOUND_OUTER_TRANSITIONS: Table = {
    CANDIDATE: {_S.SEIZED: OUTER_SELECTED},
    OUTER_SELECTED: {
        _S.RANG: FAR_END_RINGS,
        _S.CONNECTED: CONNECTED,
        _S.HUNG_UP: CANDIDATE,
    },
    FAR_END_RINGS: {
        _S.CONNECTED: CONNECTED,
        _S.HUNG_UP: CANDIDATE,
    },
    CONNECTED: {
        _S.CALL_OVER: WAIT_HANG_UP,
        _S.HUNG_UP: END,
    },
    WAIT_HANG_UP: {_S.HUNG_UP: END},
    END: {},
}

TABLES: dict[Cycle, Table] = {
    Cycle.INBOUND_OUTER: INBOUND_OUTER_TRANSITIONS,
    Cycle.INBOUND_INNER: INBOUND_INNER_TRANSITIONS,
    Cycle.OUTBOUND_INNER: OUTBOUND_INNER_TRANSITIONS,
    Cycle.OUTBOUND_OUTER: OUTBOUND_OUTER_TRANSITIONS,
}

STARTS: dict[Cycle, Stage] = {
    Cycle.INBOUND_OUTER: IDLE,
    Cycle.INBOUND_INNER: CANDIDATE,
    Cycle.OUTBOUND_INNER: IDLE,
    Cycle.OUTBOUND_OUTER: CANDIDATE,
}
