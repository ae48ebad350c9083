"""The table of a call's life."""

import pytest

from cordboard.calls import CallArrived, CallEnded, CallHeld, CallState, IllegalTransitionError
from cordboard.calls.state import TRANSITIONS, apply, begin
from cordboard.kit.ids import CallId, LegId

pytestmark = pytest.mark.unit

ARRIVED = CallArrived(
    at_ms=0,
    call_id=CallId("c-1"),
    leg_id=LegId("l-1"),
    direction="inbound",
    origin="line",
    line_id="trunk",
    caller_number="1",
    called_number="2",
)


def test_every_state_has_a_row_and_every_living_row_can_end() -> None:
    assert set(TRANSITIONS) == set(CallState)
    living = set(CallState) - {CallState.ENDED}
    assert all(CallEnded in TRANSITIONS[state] for state in living)
    assert TRANSITIONS[CallState.ENDED] == {}


def test_a_ringing_call_cannot_be_held() -> None:
    call = begin(ARRIVED, "zh")
    with pytest.raises(IllegalTransitionError, match="ringing cannot take CallHeld"):
        apply(call, CallHeld(at_ms=1, call_id=call.id, leg_id=LegId("l-1")))
    assert call.state is CallState.RINGING


def test_a_call_ends_once() -> None:
    call = begin(ARRIVED, "zh")
    end = CallEnded(at_ms=1, call_id=call.id, by="customer", hangup_cause=16)
    apply(call, end)
    with pytest.raises(IllegalTransitionError):
        apply(call, end)
