"""Transfers of the exchange in memory: what a party asks for, and what it was told of it."""

from typing import Protocol

from cordboard.kit.clock import Clock
from cordboard.kit.ids import LegId
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.fake_leg import FakeLeg


class _Legs(Protocol):
    _legs: dict[LegId, FakeLeg]
    _clock: Clock

    def _tell(self, event: wire.TelephonyEvent) -> None: ...


class FakeTransfers:
    """Orders for transfers; `FakeTelephony` is one of these."""

    def transfer_asked(self: _Legs, leg_id: LegId, number: str, other: LegId | None) -> None:
        """The far end sends its leg on."""
        if leg_id in self._legs:
            self._legs[leg_id].party.transfer_told = []
            self._tell(
                wire.LegTransferAsked(
                    at_ms=self._clock.now_ms(),
                    leg_id=leg_id,
                    target_number=number,
                    other_leg_id=other,
                )
            )

    def taken_over(self: _Legs, leg_id: LegId, extension: str) -> None:
        """Another phone of the house takes this leg over."""
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        leg.party.number = extension
        self._tell(
            wire.LegReplaced(
                at_ms=self._clock.now_ms(),
                leg_id=leg_id,
                line_id=extension,
                line_kind="phone",
                caller_number=extension,
            )
        )

    def accept_transfer(self: _Legs, leg_id: LegId) -> None:
        """Say that the party's transfer is under way."""
        if leg_id in self._legs:
            self._legs[leg_id].party.transfer_told.append(100)

    def refuse_transfer(self: _Legs, leg_id: LegId, cause: int = 21) -> None:
        """Say no to it."""
        if leg_id in self._legs:
            self._legs[leg_id].party.transfer_told.append(603)

    def tell_transfer(self: _Legs, leg_id: LegId, status: int) -> None:
        """Tell the party how its transfer goes."""
        if leg_id in self._legs:
            self._legs[leg_id].party.transfer_told.append(status)

    def refer(self: _Legs, leg_id: LegId, number: str, other: LegId | None = None) -> None:
        """Ask the party's own side to connect it; in memory it does so at once."""
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        leg.party.referred_to = number
        for status in (100, 200):
            self._tell(
                wire.LegTransferProgressed(
                    at_ms=self._clock.now_ms(),
                    leg_id=leg_id,
                    sip_status=status,
                    is_final=status == 200,
                )
            )
