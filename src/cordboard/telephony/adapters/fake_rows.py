"""Who hears whom in the exchange in memory: one row a listener, as the ports say it."""

from typing import Protocol

from cordboard.kit.ids import LegId
from cordboard.telephony.adapters.fake_leg import FakeLeg
from cordboard.telephony.ports import Source


class _Legs(Protocol):
    _legs: dict[LegId, FakeLeg]

    def _set_row(self, leg: FakeLeg, row: tuple[Source, ...]) -> None: ...
    def _part(self, leg_id: LegId) -> None: ...
    def parties_of(self, leg_id: LegId) -> tuple[str, ...]: ...


class FakeRows:
    """Orders for rows; `FakeTelephony` is one of these."""

    def sound_of(self: _Legs, leg_id: LegId) -> str | None:
        """What the party of this leg hears now, joined by `+`: a prompt first, then its row."""
        leg = self._legs.get(leg_id)
        if leg is None:
            return None
        sounds = [f"party:{number}" for number in self.parties_of(leg_id)]
        if leg.player is not None and leg.player.current is not None:
            sounds.insert(0, leg.player.current)
        return "+".join(sounds) or None

    def parties_of(self: _Legs, leg_id: LegId) -> tuple[str, ...]:
        """Numbers of the parties that this leg's party hears now, in the order of its row."""
        leg = self._legs.get(leg_id)
        if leg is None or (leg.player is not None and not leg.plays_over):
            return ()
        others = (self._legs.get(source.leg_id) for source in leg.row)
        return tuple(
            other.party.number
            for other in others
            if other is not None and not other.is_muted and not other.party.is_holding
        )

    def bridge(self: _Legs, first: LegId, second: LegId) -> None:
        """Let two legs hear each other and nobody else."""
        one, two = self._legs.get(first), self._legs.get(second)
        if one is None or two is None:
            return
        for leg in (one, two):
            leg.silence("stopped")
        if one.row == (Source(second),) and two.row == (Source(first),):
            return
        self._part(first)
        self._part(second)
        self._set_row(one, (Source(second),))
        self._set_row(two, (Source(first),))

    def unbridge(self: _Legs, leg_id: LegId) -> None:
        """Part a leg from everybody."""
        if leg_id in self._legs:
            self._part(leg_id)

    def route(self: _Legs, leg_id: LegId, sources: tuple[Source, ...]) -> None:
        """Let a leg hear these and nobody else."""
        leg = self._legs.get(leg_id)
        if leg is None or leg_id in {source.leg_id for source in sources}:
            return
        row = tuple(source for source in sources if source.leg_id in self._legs)
        if row and leg.player is not None and not leg.plays_over:
            leg.end_play("stopped")
        self._set_row(leg, row)

    def mute(self: _Legs, leg_id: LegId) -> None:
        """Let nobody hear this party."""
        if leg_id in self._legs:
            self._legs[leg_id].is_muted = True

    def unmute(self: _Legs, leg_id: LegId) -> None:
        """Let it be heard again."""
        if leg_id in self._legs:
            self._legs[leg_id].is_muted = False

    def _set_row(self: _Legs, leg: FakeLeg, row: tuple[Source, ...]) -> None:
        before = {source.leg_id for source in leg.row}
        leg.row = row
        for source in row:
            if source.leg_id not in before:
                leg.party.hears.append(f"party:{self._legs[source.leg_id].party.number}")

    def _part(self: _Legs, leg_id: LegId) -> None:
        """Empty its row, and take it out of all others; also of a leg that is over."""
        if leg_id in self._legs:
            self._legs[leg_id].row = ()
        for other in self._legs.values():
            other.row = tuple(source for source in other.row if source.leg_id != leg_id)
