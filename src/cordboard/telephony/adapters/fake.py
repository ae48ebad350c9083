"""A telephone exchange in memory, on the loop's own time: callers, phones, sound by name.

Shipped, because applications of others are tested against it, and believed, because it passes the
same contract suite as the real adapters. Sound is a name: a party `hears` prompts and other
parties. Times come from the running loop, so a story on a virtual loop runs in a blink.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Literal

from cordboard.kit.clock import Clock
from cordboard.kit.ids import Ids, LegId, RecordingId
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.fake_leg import CODEC, FakeLeg
from cordboard.telephony.adapters.fake_people import FakeParty, FakePhone
from cordboard.telephony.adapters.fake_rows import FakeRows
from cordboard.telephony.adapters.fake_sound import Collecting, Player, item_ms
from cordboard.telephony.adapters.fake_transfer import FakeTransfers
from cordboard.telephony.lines import Lines, clean_number
from cordboard.telephony.ports import NO_LINE, CollectOrder, DialTarget, LegNow

Hear = Callable[[wire.TelephonyEvent], None]


class FakeTelephony(FakeRows, FakeTransfers):
    """Implements `ports.Telephony` without a wire.

    Args:
        clock: Time of the events.
        ids: Makes leg ids of inbound calls.
        lines: Phones that exist; a dial to any other extension fails with 404.
    """

    def __init__(self, clock: Clock, ids: Ids, lines: Lines | None = None) -> None:
        self._clock = clock
        self._ids = ids
        self._hear: Hear | None = None
        self._legs: dict[LegId, FakeLeg] = {}
        self.phones: dict[str, FakePhone] = {
            phone.extension: FakePhone() for phone in (lines.phones if lines else ())
        }
        self.outside: dict[str, FakePhone] = {}
        self.missing: set[str] = set()
        "Prompts that do not exist."

        self.durations_ms: dict[str, int] = {}
        self.recording_fails = ""
        "If set, recordings fail at their start for this reason."

    # The far ends

    def call(
        self,
        number: str,
        caller: str = "13800000000",
        *,
        line_id: str = "trunk",
        line_kind: Literal["trunk", "phone"] = "trunk",
    ) -> FakeParty:
        """Somebody dials in; the party to play the caller with."""
        leg_id = LegId(self._ids.new("l"))
        party = FakeParty(self, leg_id, caller)
        self._legs[leg_id] = FakeLeg(party, inbound=True)
        self._tell(
            wire.LegArrived(
                at_ms=self._clock.now_ms(),
                leg_id=leg_id,
                line_id=line_id,
                line_kind=line_kind,
                caller_number=clean_number(caller),
                called_number=clean_number(number),
                codec=CODEC,
                sip_call_id=f"{leg_id}@fake",
            )
        )
        return party

    def key(self, leg_id: LegId, digit: str, method: Literal["rfc4733", "info", "inband"]) -> None:
        """A party pressed a key."""
        leg = self._legs.get(leg_id)
        if leg is None or not leg.answered:
            return
        at_ms = self._clock.now_ms()
        self._tell(
            wire.DigitPressed(
                at_ms=at_ms, leg_id=leg_id, digit=digit, method=method, duration_ms=100
            )
        )
        if leg.collecting is not None:
            if leg.player is not None:
                leg.player.close()
                leg.player = None
            leg.collecting.press(digit)

    def picked_up(self, leg_id: LegId) -> None:
        """A dialled party answers."""
        leg = self._legs.get(leg_id)
        if leg is None or leg.inbound or leg.answered:
            return
        self._now_answered(leg_id, leg)

    def party_hung_up(self, leg_id: LegId, cause: int) -> None:
        """The far end ends its leg."""
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        status = 0 if leg.answered else (487 if leg.inbound else 486)
        if not leg.answered and not leg.inbound:
            cause = 17
        self._end(leg_id, "party", cause, status)

    def held(self, leg_id: LegId, *, held: bool) -> None:
        """The far end holds or resumes by SDP."""
        if leg_id in self._legs:
            kind = wire.LegHeld if held else wire.LegResumed
            self._tell(kind(at_ms=self._clock.now_ms(), leg_id=leg_id))

    @property
    def living_legs(self) -> list[LegId]:
        """Legs that are not over: a story asserts that none is left."""
        return list(self._legs)

    # Telephony

    def listen(self, hear: Hear) -> None:
        """Tell every event from now on to `hear`."""
        self._hear = hear

    def survey(self) -> dict[LegId, LegNow]:
        """All legs that are not over."""
        return {leg_id: leg.look() for leg_id, leg in self._legs.items()}

    def ring(self, leg_id: LegId) -> None:
        """Let the caller hear ringing."""
        leg = self._legs.get(leg_id)
        if leg is not None and not leg.answered:
            leg.party.state = "ringing"

    def answer(self, leg_id: LegId) -> None:
        """Pick up an inbound leg."""
        leg = self._legs.get(leg_id)
        if leg is not None and leg.inbound and not leg.answered:
            self._now_answered(leg_id, leg)

    def dial(
        self,
        leg_id: LegId,
        target: DialTarget,
        *,
        shown_number: str,
        headers: dict[str, str],
        like: LegId | None = None,
    ) -> None:
        """Dial a phone of the house, or an outside number."""
        number = target.extension or target.number or ""
        book = self.phones if target.extension is not None else self.outside
        phone = book.get(number)
        party = FakeParty(self, leg_id, number)
        leg = FakeLeg(party, inbound=False)
        self._legs[leg_id] = leg
        loop = asyncio.get_running_loop()
        if target.trunk_id == NO_LINE:
            phone = FakePhone(status=503)
        if phone is None or phone.status:
            status = phone.status if phone else 404
            cause = {486: 17, 603: 21, 404: 1, 480: 18}.get(status, 41)
            leg.timer = loop.call_later(0, self._end, leg_id, "party", cause, status)
            return
        phone.rings.append(party)
        leg.timer = loop.call_later(0.05, self._rings, leg_id, phone)

    def hang_up(self, leg_id: LegId, cause: int = 16) -> None:
        """End a leg."""
        leg = self._legs.get(leg_id)
        if leg is not None:
            self._end(leg_id, "us", cause, 0 if leg.answered else 487)

    def play(
        self,
        leg_id: LegId,
        play_id: str,
        items: tuple[str, ...],
        *,
        loop: bool = False,
        over: bool = False,
    ) -> None:
        """Let the party hear this."""
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        leg.silence("replaced")
        leg.order_id = play_id
        lost = self.missing_items(items)
        if lost:
            self._play_ended(leg_id, play_id, "failed", lost[0])
            return
        leg.player = Player(
            items,
            partial(item_ms, self.durations_ms),
            loop=loop,
            begun=leg.party.hears.append,
            done=partial(self._played_out, leg_id, play_id),
            dropped=partial(self._play_ended, leg_id, play_id),
        )
        leg.plays_over = over
        leg.player.start()

    def stop(self, leg_id: LegId) -> None:
        """Silence."""
        leg = self._legs.get(leg_id)
        if leg is not None:
            leg.silence("stopped")

    def collect(self, leg_id: LegId, order: CollectOrder) -> None:
        """Read keys."""
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        leg.silence("replaced")
        leg.order_id = order.collect_id
        if self.missing_items(order.items):
            self._collected(leg_id, order.collect_id, "", "failed", "")
            return
        leg.collecting = Collecting(order, partial(self._collected, leg_id, order.collect_id))
        if not order.items:
            leg.collecting.prompt_over()
            return
        leg.player = Player(
            order.items,
            partial(item_ms, self.durations_ms),
            loop=False,
            begun=leg.party.hears.append,
            done=partial(self._prompt_over, leg_id),
            dropped=lambda reason: None,
        )
        leg.plays_over = False
        leg.player.start()

    def send_digits(self, leg_id: LegId, digits: str) -> None:
        """Send keys to the party."""
        leg = self._legs.get(leg_id)
        if leg is not None:
            leg.party.got_digits += digits

    def start_recording(self, leg_id: LegId, recording_id: RecordingId, path: str) -> None:
        """Record in name."""
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        at_ms = self._clock.now_ms()
        if self.recording_fails:
            self._tell(
                wire.RecordingFailed(
                    at_ms=at_ms,
                    leg_id=leg_id,
                    recording_id=recording_id,
                    path=path + ".wav",
                    reason=self.recording_fails,
                )
            )
            return
        leg.recording = (recording_id, path, self._clock.now_s())
        self._tell(
            wire.RecordingStarted(
                at_ms=at_ms, leg_id=leg_id, recording_id=recording_id, path=path + ".wav"
            )
        )

    def stop_recording(self, leg_id: LegId) -> None:
        """Close the recording."""
        leg = self._legs.get(leg_id)
        if leg is not None:
            self._close_recording(leg)

    def missing_items(self, items: tuple[str, ...]) -> tuple[str, ...]:
        """Which prompts do not exist."""
        return tuple(item for item in items if item in self.missing)

    # Inside

    def _tell(self, event: wire.TelephonyEvent) -> None:
        if self._hear is not None:
            self._hear(event)

    def _rings(self, leg_id: LegId, phone: FakePhone) -> None:
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        leg.party.state = "ringing"
        self._tell(wire.LegRinging(at_ms=self._clock.now_ms(), leg_id=leg_id))
        if phone.answers_after_s is not None:
            loop = asyncio.get_running_loop()
            leg.timer = loop.call_later(phone.answers_after_s, self.picked_up, leg_id)

    def _now_answered(self, leg_id: LegId, leg: FakeLeg) -> None:
        leg.answered = True
        leg.party.state = "talking"
        self._tell(wire.LegAnswered(at_ms=self._clock.now_ms(), leg_id=leg_id, codec=CODEC))

    def _played_out(self, leg_id: LegId, play_id: str) -> None:
        leg = self._legs.get(leg_id)
        if leg is not None:
            leg.player = None
            self._play_ended(leg_id, play_id, "finished")

    def _prompt_over(self, leg_id: LegId) -> None:
        leg = self._legs.get(leg_id)
        if leg is not None:
            leg.player = None
            if leg.collecting is not None:
                leg.collecting.prompt_over()

    def _play_ended(
        self,
        leg_id: LegId,
        play_id: str,
        reason: Literal["finished", "stopped", "digit", "replaced", "failed"],
        detail: str = "",
    ) -> None:
        self._tell(
            wire.PlayEnded(
                at_ms=self._clock.now_ms(),
                leg_id=leg_id,
                play_id=play_id,
                reason=reason,
                detail=detail,
            )
        )

    def _collected(
        self, leg_id: LegId, collect_id: str, digits: str, reason: str, terminator: str
    ) -> None:
        leg = self._legs.get(leg_id)
        if leg is not None:
            leg.collecting = None
        self._tell(
            wire.Collected(
                at_ms=self._clock.now_ms(),
                leg_id=leg_id,
                collect_id=collect_id,
                digits=digits,
                reason=reason,  # type: ignore[arg-type]  # one of the literals by construction
                terminator=terminator,
            )
        )

    def _close_recording(self, leg: FakeLeg) -> None:
        closed = leg.close_recording(self._clock.now_ms(), self._clock.now_s())
        if closed is not None:
            self._tell(closed)

    def _end(
        self, leg_id: LegId, by: Literal["party", "us", "network"], cause: int, status: int
    ) -> None:
        leg = self._legs.pop(leg_id, None)
        if leg is None:
            return
        leg.close()
        self._part(leg_id)
        leg.party.state = "ended"
        leg.party.cause = cause
        at_ms = self._clock.now_ms()
        self._tell(
            wire.LegEnded(at_ms=at_ms, leg_id=leg_id, by=by, hangup_cause=cause, sip_status=status)
        )
        self._close_recording(leg)
        if leg.answered:
            self._tell(
                wire.LegMediaReported(
                    at_ms=at_ms, leg_id=leg_id, packets_in=0, packets_out=0, lost=0, jitter_ms=0.0
                )
            )
