"""What a call may be next, and what a consultation: two tables.

Every rule about what may follow what is here and nowhere else; `make draw` makes its pictures from
these very tables. Pure: no I/O, no clock.

Source: RFC 3261 §12 and §15 (dialogs, BYE); RFC 3264 §8.4 (hold); glossary `call_state`, section 8.
"""

from cordboard.calls.events import (
    AgentConnected,
    BackFromFlow,
    CallEnded,
    CallFact,
    CallHeld,
    CallIntercepted,
    CallParked,
    CallResumed,
    CallTransferred,
    ConsultAlternated,
    ConsultAnswered,
    ConsultEnded,
    LegAnswered,
    PartiesConnected,
    PartyJoined,
    SentToFlow,
)
from cordboard.calls.model import CallState, ConsultState

TRANSITIONS: dict[CallState, dict[type[CallFact], CallState]] = {
    CallState.RINGING: {
        LegAnswered: CallState.ANSWERED,
        CallEnded: CallState.ENDED,
    },
    CallState.ANSWERED: {
        AgentConnected: CallState.TALKING,
        PartiesConnected: CallState.TALKING,
        CallEnded: CallState.ENDED,
    },
    CallState.TALKING: {
        AgentConnected: CallState.TALKING,
        PartyJoined: CallState.TALKING,
        CallHeld: CallState.HELD,
        CallTransferred: CallState.TRANSFERRING,
        CallParked: CallState.PARKED,
        CallIntercepted: CallState.TRANSFERRING,
        CallEnded: CallState.ENDED,
    },
    CallState.HELD: {
        CallResumed: CallState.TALKING,
        SentToFlow: CallState.HELD,
        BackFromFlow: CallState.HELD,
        CallTransferred: CallState.TRANSFERRING,
        CallParked: CallState.PARKED,
        CallIntercepted: CallState.TRANSFERRING,
        CallEnded: CallState.ENDED,
    },
    CallState.TRANSFERRING: {
        AgentConnected: CallState.TALKING,
        PartiesConnected: CallState.TALKING,
        CallEnded: CallState.ENDED,
    },
    CallState.PARKED: {
        AgentConnected: CallState.TALKING,
        PartiesConnected: CallState.TALKING,
        CallTransferred: CallState.TRANSFERRING,
        CallEnded: CallState.ENDED,
    },
    CallState.ENDED: {},
}
"""LegAnswered counts here for the first leg only; the answer of a dialled leg changes no call.
AgentConnected in a talk is a conference of one more. Who intercepts is connected in the same turn.
"""

CONSULT_TRANSITIONS: dict[ConsultState, dict[type[CallFact], ConsultState]] = {
    ConsultState.RINGING: {
        ConsultAnswered: ConsultState.TALKING,
        ConsultEnded: ConsultState.OVER,
    },
    ConsultState.TALKING: {
        ConsultAlternated: ConsultState.WAITING,
        ConsultEnded: ConsultState.OVER,
    },
    ConsultState.WAITING: {
        ConsultAlternated: ConsultState.TALKING,
        ConsultEnded: ConsultState.OVER,
    },
    ConsultState.OVER: {},
}
"A consultation begins with ConsultStarted; one at a time in a call."
