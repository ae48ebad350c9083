"""A call's state: what may follow what, who hears whom, what the end of a leg means.

Pure: no I/O, no clock.
"""

from .call import WAITS_FOR_AGENT, Call, Consultation, Leg, LegState, Tap
from .endings import Ending, ending
from .hearing import Ear, Tune, hearing
from .steps import apply, begin
from .table import CONSULT_TRANSITIONS, TRANSITIONS

__all__ = [
    "CONSULT_TRANSITIONS",
    "TRANSITIONS",
    "WAITS_FOR_AGENT",
    "Call",
    "Consultation",
    "Ear",
    "Ending",
    "Leg",
    "LegState",
    "Tap",
    "Tune",
    "apply",
    "begin",
    "ending",
    "hearing",
]
