"""One owner per call: its wire events are worked off in order, and it dies alone.

An owner takes the next event only when the turn of the one before is committed and its effects are
out; an idle owner takes an event at once, without a task to wake. A bug while handling an event
ends that call cleanly and no other. Mailboxes are bounded: a leg that floods its call loses the
call, not the house.
"""

from collections import deque
from dataclasses import dataclass, field
from functools import partial

import structlog

from cordboard.kit.ids import CallId, Ids
from cordboard.kit.tasks import attempt
from cordboard.kit.timers import Timers
from cordboard.kit.turns import DeadLetter, Turns
from cordboard.telephony import events as wire

from .handlers import WireHandlers
from .model import CallState
from .service import Calls, Dialling, Passing, Taps

_MAILBOX = 512
"Events that may wait for one call; keys come at 20 a second at most, so this is 25 s of pressing."

_FORGET_AFTER_S = 40.0
"A call that ended is forgotten after this even if media figures never came (64*T1 and some)."

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Owner:
    """Who works off the events of one call."""

    call_id: CallId
    mailbox: deque[wire.LegEvent] = field(default_factory=deque)
    is_busy: bool = False
    "A turn of it is not committed yet."


class Owners:
    """Gives each call an owner and passes events to it.

    Args:
        calls: The room's service.
        turns: Runs turns.
        ids: Makes call ids.
        timers: For calls whose last news never comes.
    """

    def __init__(self, calls: Calls, turns: Turns, ids: Ids, timers: Timers) -> None:
        self._calls = calls
        self.passing = Passing(calls, turns, timers)
        self.taps = Taps(calls, self.passing)
        self.dialling = Dialling(calls, turns, timers)
        self.wire = WireHandlers(calls, self.passing, self.taps, self.dialling)
        self._turns = turns
        self._ids = ids
        self._timers = timers
        self._owners: dict[CallId, Owner] = {}
        self._closed = False
        self.died = 0
        "Owners that met a bug or a flood."

        self.unclaimed = 0
        "Events of legs that no call knows."

        calls.on_begun = self._own_new

    def __len__(self) -> int:
        return len(self._owners)

    def hear(self, event: wire.TelephonyEvent) -> None:
        """Take an event from the telephones; of lines others hear."""
        if self._closed or not isinstance(event, wire.LegEvent):
            return
        if isinstance(event, wire.LegArrived):
            owner: Owner | None = self.adopt(CallId(self._ids.new("c")))
        else:
            call_id = self._calls.call_of_leg(event.leg_id)
            owner = self._owners.get(call_id) if call_id else None
        if owner is None:
            self.unclaimed += 1
        elif len(owner.mailbox) >= _MAILBOX:
            self._give_up(owner, RuntimeError("mailbox is full"))
        else:
            owner.mailbox.append(event)
            if not owner.is_busy:
                self._go_on(owner)

    def adopt(self, call_id: CallId) -> Owner:
        """Give a call an owner; also after a restart, when its story was replayed."""
        owner = self._owners[call_id] = Owner(call_id)
        call = self._calls.calls.get(call_id)
        if call is not None and call.state is CallState.ENDED:
            self._forget_later(call_id)  # what it waits for may have been told to nobody
        return owner

    def _own_new(self, call_id: CallId) -> None:
        """A call that we began ourselves has no owner yet."""
        if call_id not in self._owners:
            self.adopt(call_id)

    def _forget_later(self, call_id: CallId) -> None:
        forget = partial(self._forget, call_id)
        self._timers.set(f"calls/{call_id}/forget", _FORGET_AFTER_S, forget)

    def close(self) -> None:
        """Take no event any more; calls are not ended."""
        self._closed = True
        self._owners.clear()

    def _go_on(self, owner: Owner) -> None:
        owner.is_busy = True
        error = attempt(self._take, owner, owner.mailbox.popleft())
        if error is not None:
            self._give_up(owner, error)

    def _take(self, owner: Owner, event: wire.LegEvent) -> None:
        call_id, done = owner.call_id, partial(self._committed, owner)
        if isinstance(event, wire.LegArrived):
            begin = partial(self._calls.begin, call_id=call_id, event=event)
            self._turns.post(begin, done, at_ms=event.at_ms)
        else:
            self._turns.post(partial(self.wire.hear, call_id=call_id, event=event), done)

    def _committed(self, owner: Owner, letter: DeadLetter | None) -> None:
        """The effects of a turn are out: see whether the call is over, take what waits."""
        owner.is_busy = False
        if self._owners.get(owner.call_id) is not owner:
            return  # it was given up, or forgotten
        call = self._calls.calls.get(owner.call_id)
        if letter is not None:
            self._give_up(owner, letter)
        elif call is None or call.is_over:
            self._forget(owner.call_id)
        else:
            if call.state is CallState.ENDED:
                self._forget_later(owner.call_id)
            if owner.mailbox:
                self._go_on(owner)

    def _forget(self, call_id: CallId) -> None:
        self._timers.drop(f"calls/{call_id}/forget")
        self._owners.pop(call_id, None)
        self._calls.forget(call_id)

    def _give_up(self, owner: Owner, error: Exception) -> None:
        """A bug hit this call: end it, and give it a fresh owner that sees its legs out."""
        self.died += 1
        call_id = owner.call_id
        _log.error("call.owner_died", call_id=call_id, error=repr(error))
        call = self._calls.calls.get(call_id)
        if call is None:
            self._owners.pop(call_id, None)
        elif call.state is CallState.ENDED:
            self._forget(call_id)
        else:
            self.adopt(call_id)
            self._turns.post(lambda turn: self._calls.end(turn, call_id, cause=41, reason="bug"))
