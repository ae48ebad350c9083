"""One owner task per call: its wire events are worked off in order, and it dies alone.

An owner takes the next event only when the turn of the one before is committed and its effects are
out. A bug while handling an event ends that call cleanly and no other. Mailboxes are bounded: a
leg that floods its call loses the call, not the house.
"""

import asyncio
from functools import partial

import structlog

from cordboard.kit.ids import CallId, Ids, LegId
from cordboard.kit.tasks import Tasks
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Turns
from cordboard.telephony import events as wire

from .handlers import WireHandlers
from .model import CallState
from .service import Calls, Passing, Taps

_MAILBOX = 512
"Events that may wait for one call; keys come at 20 a second at most, so this is 25 s of pressing."

_FORGET_AFTER_S = 40.0
"A call that ended is forgotten after this even if media figures never came (64*T1 and some)."

_log = structlog.get_logger(__name__)

Mailbox = asyncio.Queue[wire.LegEvent | None]


class Owners:
    """Starts an owner for each call and passes events to it.

    Args:
        calls: The room's service.
        turns: Runs turns.
        ids: Makes call ids.
        tasks: Owns the owners.
        timers: For calls whose last news never comes.
    """

    def __init__(self, calls: Calls, turns: Turns, ids: Ids, tasks: Tasks, timers: Timers) -> None:
        self._calls = calls
        self.passing = Passing(calls, turns, timers)
        self.taps = Taps(calls, self.passing)
        self.wire = WireHandlers(calls, self.passing, self.taps)
        self._turns = turns
        self._ids = ids
        self._tasks = tasks
        self._timers = timers
        self._mailboxes: dict[CallId, Mailbox] = {}
        self._arriving: dict[LegId, CallId] = {}
        "First legs whose call has not begun yet: its turn waits behind others."

        self.unclaimed = 0
        "Events of legs that no call knows."

    def hear(self, event: wire.TelephonyEvent) -> None:
        """Take an event from the telephones; of lines others hear."""
        if isinstance(event, wire.LegArrived):
            call_id = CallId(self._ids.new("c"))
            self._arriving[event.leg_id] = call_id
            self.adopt(call_id).put_nowait(event)
        elif isinstance(event, wire.LegEvent):
            call_id_found = self._calls.call_of_leg(event.leg_id) or self._arriving.get(
                event.leg_id
            )
            mailbox = self._mailboxes.get(call_id_found) if call_id_found else None
            if call_id_found is None or mailbox is None:
                self.unclaimed += 1
            elif mailbox.full():
                self._give_up(call_id_found, RuntimeError("mailbox is full"))
            else:
                mailbox.put_nowait(event)

    def adopt(self, call_id: CallId) -> Mailbox:
        """Give a call an owner; also after a restart, when its story was replayed."""
        mailbox: Mailbox = asyncio.Queue(_MAILBOX)
        self._mailboxes[call_id] = mailbox
        self._tasks.start(
            self._own(call_id, mailbox),
            name=call_id,
            on_death=partial(self._give_up, call_id),
        )
        call = self._calls.calls.get(call_id)
        if call is not None and call.state is CallState.ENDED:
            self._forget_later(call_id, mailbox)  # what it waits for may have been told to nobody
        return mailbox

    def _forget_later(self, call_id: CallId, mailbox: Mailbox) -> None:
        self._timers.set(
            f"calls/{call_id}/forget", _FORGET_AFTER_S, partial(self._dismiss, mailbox)
        )

    async def _own(self, call_id: CallId, mailbox: Mailbox) -> None:
        while True:
            event = await mailbox.get()
            if event is not None:
                await self._take(call_id, event)
            call = self._calls.calls.get(call_id)
            if call is None or call.is_over or event is None:
                self._forget(call_id)
                return
            if call.state is CallState.ENDED:
                self._forget_later(call_id, mailbox)

    async def _take(self, call_id: CallId, event: wire.LegEvent) -> None:
        if isinstance(event, wire.LegArrived):
            try:
                await self._turns.take(
                    lambda turn: self._calls.begin(turn, call_id, event), at_ms=event.at_ms
                )
            finally:
                self._arriving.pop(event.leg_id, None)
        else:
            await self._turns.take(lambda turn: self.wire.hear(turn, call_id, event))

    def _dismiss(self, mailbox: Mailbox) -> None:
        if not mailbox.full():
            mailbox.put_nowait(None)

    def _forget(self, call_id: CallId) -> None:
        self._timers.drop(f"calls/{call_id}/forget")
        self._mailboxes.pop(call_id, None)
        self._calls.forget(call_id)

    def _give_up(self, call_id: CallId, error: Exception) -> None:
        """A bug hit this call: end it, and give it a fresh owner that sees its legs out."""
        _log.error("call.owner_died", call_id=call_id, error=repr(error))
        call = self._calls.calls.get(call_id)
        if call is None:
            self._mailboxes.pop(call_id, None)
            return
        already_ending = call.state is CallState.ENDED
        if already_ending:
            self._forget(call_id)
            return
        self.adopt(call_id)
        self._turns.post(lambda turn: self._calls.end(turn, call_id, cause=41, reason="bug"))
