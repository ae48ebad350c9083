"""Who hears whom, as it follows from where the legs of a call stand. Pure.

The talk and a consultation are two groups; the members of a group hear one another. Who is held
hears music, who waits for a phone that rings hears its ringing. A supervisor hears the group in
which the tapped agent stands: a listener is heard by nobody, a whisperer by that agent alone, who
barges in by the whole group. A muted party is heard by nobody.

Source: SUP-01, SUP-02, CNF-01; telephony.md section 2 (one routing row per sink).
"""

from typing import Literal

import msgspec

from cordboard.calls.model import CallState, ConsultState, Place
from cordboard.kit.ids import LegId

from .call import Call, Leg

Tune = Literal["music", "ringback"]
_GROUPS = (Place.TALK, Place.CONSULT)


_RINGS_FOR = (CallState.ANSWERED, CallState.TRANSFERRING)
"States in which a caller hears the ringing of a phone; who is parked goes on hearing music."


class Ear(msgspec.Struct, frozen=True):
    """What one leg hears: these legs, or a tune."""

    legs: frozenset[LegId] = frozenset()
    tune: Tune | None = None


def hearing(call: Call) -> dict[LegId, Ear]:
    """Each leg whose sound the call decides -> what it hears.

    A leg that is not in it hears what a flow or a queue plays, or is leaving.
    """
    ears: dict[LegId, Ear] = {}
    for group in _GROUPS:
        taps = [leg for leg in call.at(Place.TAP) if _taps(call, leg) is group]
        _listen(call.at(group), taps, ears)
    ears.update((leg.id, Ear(tune="music")) for leg in call.at(Place.HELD))
    if call.consult is not None and call.consult.state is ConsultState.RINGING:
        ears[call.consult.by] = Ear(tune="ringback")
    if call.state in _RINGS_FOR and call.transfer_leg is not None:
        ears[call.subject.id] = Ear(tune="ringback")
    party = call.party_leg
    if call.state is CallState.ANSWERED and call.direction != "inbound" and party is not None:
        ears[call.first_leg] = Ear(tune="ringback")
    return ears


def _taps(call: Call, leg: Leg) -> Place:
    target = leg.tap.target if leg.tap is not None else None
    is_aside = target is not None and call.legs[target].place is Place.CONSULT
    return Place.CONSULT if is_aside else Place.TALK


def _listen(members: list[Leg], taps: list[Leg], ears: dict[LegId, Ear]) -> None:
    """Fill in the ears of one group and of who taps it."""
    voices = _voices(members) | _voices(taps, "barge")
    for leg in members:
        whispers = _voices([tap for tap in taps if tap.tap and tap.tap.target == leg.id], "whisper")
        ears[leg.id] = Ear((voices | whispers) - {leg.id})
    for leg in taps:
        ears[leg.id] = Ear(voices - {leg.id})


def _voices(legs: list[Leg], mode: str | None = None) -> frozenset[LegId]:
    """Who of them can be heard; of taps only those in this mode."""
    return frozenset(
        leg.id
        for leg in legs
        if not leg.is_muted and (mode is None or (leg.tap is not None and leg.tap.mode == mode))
    )
