"""Brings sound to what the state of a call says: the orders between two pictures of who hears whom.

Inside a turn: the orders leave after the commit, before those that other rooms give for the same
facts, so what a queue plays to a caller who was just let go comes last and stands.
"""

from collections.abc import Mapping
from functools import partial

from cordboard.kit.ids import CallId, LegId
from cordboard.kit.turns import Turn
from cordboard.telephony.ports import LegNow, Source, Telephony

from .state import Call, Ear, LegState, hearing

Ears = Mapping[LegId, Ear]
_DEAF = Ear()


class Switchboard:
    """Who hears whom, as last ordered.

    Args:
        telephony: Takes the orders.
        music: What who is held hears.
        ringback: What who waits for a ringing phone hears.
    """

    def __init__(self, telephony: Telephony, music: str, ringback: str) -> None:
        self._telephony = telephony
        self._tunes = {"music": music, "ringback": ringback}
        self._ordered: dict[CallId, Ears] = {}

    def take_over(self, call: Call) -> None:
        """Sound is as the state says: after a replay."""
        self._ordered[call.id] = hearing(call)

    def forget(self, call_id: CallId) -> None:
        """The call is gone."""
        self._ordered.pop(call_id, None)

    def bring(self, turn: Turn, call: Call) -> None:
        """Order what changed since the last time."""
        before, after = self._ordered.get(call.id, {}), hearing(call)
        if before != after:
            self._ordered[call.id] = after
            self._change(turn, call, before, after)

    def renew(self, turn: Turn, call: Call, legs: Mapping[LegId, LegNow]) -> None:
        """Order what the legs do not show; after a restart.

        Args:
            turn: The turn.
            call: After its replay.
            legs: How they stand now.
        """
        after = self._ordered[call.id] = hearing(call)
        before = {leg_id: self._ear_of(leg_id, legs[leg_id]) for leg_id in after if leg_id in legs}
        self._change(turn, call, before, after)

    def _ear_of(self, leg_id: LegId, now: LegNow) -> Ear:
        for tune in self._tunes:
            if now.play_id == _play_id(tune, leg_id):
                return Ear(tune="music" if tune == "music" else "ringback")
        return Ear(frozenset(source.leg_id for source in now.hears))

    def _change(self, turn: Turn, call: Call, before: Ears, after: Ears) -> None:
        """Rows that lose everybody first, then tunes, then new rows."""
        for leg_id, was in before.items():
            ear = after.get(leg_id, _DEAF)
            if call.legs[leg_id].state is LegState.ENDED or was == ear:
                continue
            if was.legs and not ear.legs:
                turn.then(partial(self._telephony.route, leg_id, ()))
            if was.tune is not None and ear == _DEAF:
                turn.then(partial(self._telephony.stop, leg_id))
        for leg_id, ear in after.items():
            if ear.tune is not None and before.get(leg_id) != ear:
                self._play(turn, leg_id, ear.tune)
        self._connect(turn, before, after)

    def _connect(self, turn: Turn, before: Ears, after: Ears) -> None:
        fresh = {leg_id for leg_id, ear in after.items() if ear.legs and before.get(leg_id) != ear}
        if len(fresh) == 2 and len(after) == 2 and _is_pair(after):
            turn.then(partial(self._telephony.bridge, *sorted(fresh)))
            return
        for leg_id in sorted(fresh):
            sources = tuple(Source(one) for one in sorted(after[leg_id].legs))
            turn.then(partial(self._telephony.route, leg_id, sources))

    def _play(self, turn: Turn, leg_id: LegId, tune: str) -> None:
        items, play_id = (self._tunes[tune],), _play_id(tune, leg_id)
        turn.then(partial(self._telephony.play, leg_id, play_id, items, loop=True))


def _play_id(tune: str, leg_id: LegId) -> str:
    return f"{tune}/{leg_id}"


def _is_pair(ears: Ears) -> bool:
    """Whether two legs hear each other."""
    return all(len(ear.legs) == 1 for ear in ears.values())
