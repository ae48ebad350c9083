"""Use cases of queues: letting a call in, keeping it company, letting it out.

Implements `QueueCommands`. One public method is one step inside a turn. Refuses to know agents: who
gets whom is the ACD's, which reports what the estimated wait needs.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

import structlog

from cordboard.calls import (
    AgentConnected,
    CallCommands,
    CallEnded,
    CallRouted,
    PromptEnded,
    Route,
)
from cordboard.kit.facts import Fact
from cordboard.kit.ids import CallId, Ids, QueueId, VisitId
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Turn, Turns

from .effects import (
    Estimates,
    VisitTimers,
    is_entertained_by,
    is_music_due,
    language_of,
    play_id,
    play_music,
    play_sorry,
    play_welcome,
    position_items,
)
from .errors import NoSuchQueueError
from .events import (
    PositionAnnounced,
    QueueFact,
    VisitOutcome,
)
from .fold import (
    BASE_INTERVAL_MS,
    INTERVALS_KEPT,
    half_up,
    interval_of,
)
from .model import Queue, Visit, VisitState, Waiting
from .repository import QueueRepository
from .snapshot import Hall
from .state import (
    IS_ENTERTAINED,
    OUTCOME_BY_ENDER,
    TRANSITIONS,
    Step,
    apply,
    closed_because,
    enter,
    leave,
    outcome_of_route,
    waits,
)

FAREWELL_LIMIT_S = 30.0
"A call that hears why it is not served ends after this, whatever becomes of the prompt."

_log = structlog.get_logger(__name__)


class Queues:
    """The waiting lines of the house.

    Args:
        calls: Orders to calls.
        turns: Runs the turns of timers.
        timers: Keys `queue/<visit_id>/announce`, `.../max_wait` and `.../farewell`.
        ids: Makes visit ids.
        repository: Configuration and handle times; None where nothing is kept.
    """

    def __init__(
        self,
        calls: CallCommands,
        turns: Turns,
        timers: Timers,
        ids: Ids,
        repository: QueueRepository | None = None,
    ) -> None:
        self._calls = calls
        self._timers = VisitTimers(turns, timers)
        self._ids = ids
        self._repository = repository
        self._queues: dict[QueueId, Queue] = {}
        self._hall = Hall()
        self._estimates = Estimates()

    # Configuration

    async def load(self, now_ms: int) -> None:
        """Read the queues and the handle times of the last day.

        Args:
            now_ms: UTC milliseconds.
        """
        if self._repository is None:
            return
        for queue in await self._repository.list_queues():
            self.put_queue(queue)
        since_ms = interval_of(now_ms) - INTERVALS_KEPT * BASE_INTERVAL_MS
        for queue_id, at_ms, handlings, total in await self._repository.list_handle_times(since_ms):
            self._estimates.put(queue_id, at_ms, handlings, total)

    def put_queue(self, queue: Queue) -> None:
        """Take a queue's configuration into memory; calls that wait keep their thresholds."""
        self._queues[queue.id] = queue

    async def save_queue(self, queue: Queue) -> None:
        """Store a queue's configuration and take it."""
        if self._repository is not None:
            await self._repository.save_queue(queue)
        self.put_queue(queue)

    def replay(self, fact: Fact) -> None:
        """Change memory as a stored fact says, without telling or doing anything."""
        self._hall.apply(fact)

    # Questions

    def get_queue(self, queue_id: QueueId) -> Queue:
        """The queue as configured.

        Raises:
            NoSuchQueueError: If there is none.
        """
        queue = self._queues.get(queue_id)
        if queue is None:
            raise NoSuchQueueError("there is no such queue", queue_id=queue_id)
        return queue

    def list_queues(self) -> Sequence[Queue]:
        """All queues, by id."""
        return [self._queues[queue_id] for queue_id in sorted(self._queues)]

    def list_waiting(self, queue_id: QueueId) -> Sequence[Waiting]:
        """Who waits there without an open offer, in order of place."""
        return self._hall.list_free(queue_id)

    def list_visits(self, queue_id: QueueId) -> Sequence[Waiting]:
        """Who waits there, offered or not, in order of place."""
        return self._hall.list_all(queue_id)

    def find_waiting(self, call_id: CallId) -> Waiting | None:
        """This call's visit, if it waits."""
        visit = self._hall.visits.get(call_id)
        return visit.waiting if visit is not None else None

    def find_estimate_s(self, call_id: CallId, now_ms: int) -> float | None:
        """The estimated wait of a waiting call; None where it cannot be told."""
        visit = self._hall.visits.get(call_id)
        return None if visit is None else self._estimate_s(visit.waiting, now_ms)

    # What the ACD orders and reports

    def mark_offered(self, turn: Turn, call_id: CallId, *, offered: bool) -> None:
        """An offer was opened (True) or ended without success (False: told as CallWaiting)."""
        visit = self._hall.visits.get(call_id)
        if visit is None:
            return
        if offered:
            self._step(call_id, Step.OFFER_OPENED)
        elif visit.state is not VisitState.WAITING:
            after = self._step(call_id, Step.OFFER_ENDED)
            if visit.state is VisitState.CONNECTING:
                self._entertain_again(turn, after.waiting)
            self._tell_waiting(turn, after.waiting)

    def mark_accepted(self, turn: Turn, call_id: CallId) -> None:
        """An agent picked up: no more announcements, and no leaving for want of patience."""
        visit = self._hall.visits.get(call_id)
        if visit is not None:
            self._step(call_id, Step.OFFER_ACCEPTED)
            self._timers.drop(visit.waiting.visit_id)

    def set_offer(self, call_id: CallId, phase: Literal["none", "open", "accepted"]) -> None:
        """How far an offer is, for replay: memory only."""
        step = {
            "none": Step.OFFER_ENDED,
            "open": Step.OFFER_OPENED,
            "accepted": Step.OFFER_ACCEPTED,
        }[phase]
        visit = self._hall.visits.get(call_id)
        if visit is not None and step in TRANSITIONS[visit.state]:
            self._step(call_id, step)

    def report_agents(self, queue_id: QueueId, *, ready: int, signed_in: int) -> None:
        """How many agents serve this queue now, for the estimated wait."""
        self._estimates.staff[queue_id] = ready, signed_in

    def report_handling(
        self, turn: Turn, queue_id: QueueId, *, started_at_ms: int, handle_ms: int
    ) -> None:
        """A call of this queue was handled to the end of wrap-up, for the estimated wait."""
        self._estimates.add(turn, queue_id, started_at_ms, handle_ms)

    # What calls bring

    def routed(self, turn: Turn, fact: CallRouted) -> None:
        """A call goes somewhere: out of the queue it waits in, and perhaps into one."""
        visit = self._hall.visits.get(fact.call_id)
        if visit is not None:
            self._leave(turn, visit, outcome_of_route(fact))
        self._forget_farewell(fact.call_id)
        self._hall.apply(fact)
        if fact.kind == "queue":
            self._enter(turn, fact)

    def connected(self, turn: Turn, fact: AgentConnected) -> None:
        """An agent and the customer hear each other: the wait is over."""
        if (visit := self._hall.visits.get(fact.call_id)) is not None:
            self._leave(turn, visit, "answered")

    def ended(self, turn: Turn, fact: CallEnded) -> None:
        """The call is over."""
        visit = self._hall.visits.get(fact.call_id)
        if visit is not None:
            self._leave(turn, visit, OUTCOME_BY_ENDER[fact.by])
        self._forget_farewell(fact.call_id)
        self._hall.apply(fact)

    def prompt_ended(self, turn: Turn, signal: PromptEnded) -> None:
        """Something that the customer was played is over."""
        visit = self._hall.visits.get(signal.call_id)
        if visit is not None:
            self._after_prompt(turn, visit, signal)
        farewell = self._hall.farewells.get(signal.call_id)
        if farewell is not None and signal.play_id == play_id(farewell, "sorry"):
            self._say_goodbye(turn, signal.call_id, farewell)

    def resume(self, turn: Turn, heard: Mapping[CallId, str]) -> None:
        """After a restart: everybody keeps the place, is entertained, and leaves when due.

        Args:
            turn: The one turn of the restart.
            heard: What each living call's customer is played now, by its play id.
        """
        for visit in self._hall.visits.values():
            waiting, queue = visit.waiting, self._queues.get(visit.waiting.queue_id)
            if queue is None or visit.state not in IS_ENTERTAINED:
                continue  # the ACD connects whom an agent has picked up
            self._calls.answer(turn, waiting.call_id)
            if not is_entertained_by(heard.get(waiting.call_id, ""), waiting):
                play_music(turn, self._calls, waiting, queue)
            self._set_timers(turn, waiting, queue)
        for call_id, visit_id in list(self._hall.farewells.items()):
            goodbye = partial(self._say_goodbye, call_id=call_id, visit_id=visit_id)
            left_s = FAREWELL_LIMIT_S if heard.get(call_id) == play_id(visit_id, "sorry") else 0
            self._timers.set(visit_id, "farewell", left_s, goodbye)

    # Inside

    def _enter(self, turn: Turn, fact: CallRouted) -> None:
        queue_id = QueueId(fact.target)
        known = self._queues.get(queue_id)
        queue = known or Queue(id=queue_id, name=fact.target)
        shut = "unknown" if known is None else self._closed_because(queue)
        place = self._hall.next_position(queue_id, queue.priority + fact.priority, turn.at_ms)
        visit_id = VisitId(self._ids.new("v"))
        self._tell(turn, enter(queue, fact, visit_id, at_ms=turn.at_ms, place=place))
        self._calls.answer(turn, fact.call_id)
        visit = self._hall.visits[fact.call_id]
        if shut is not None:
            self._turn_away(turn, visit, queue, shut)
            return
        play_welcome(turn, self._calls, visit.waiting, queue)
        self._set_timers(turn, visit.waiting, queue)
        self._tell_waiting(turn, visit.waiting)

    def _closed_because(self, queue: Queue) -> str | None:
        length = self._hall.length(queue.id)
        return closed_because(
            queue, length=length, signed_in=self._estimates.count_signed_in(queue.id)
        )

    def _turn_away(self, turn: Turn, visit: Visit, queue: Queue, why: str) -> None:
        """The door is shut: on to the overflow queue, unless its door was shut before, else out."""
        tried = self._hall.turned_away.get(visit.waiting.call_id, set())
        target = queue.overflow_queue_id
        if target is not None and target != queue.id and target not in tried:
            self._overflow(turn, visit, target)
        else:
            self._send_off(turn, visit, "refused", "full" if why == "full" else "timeout")

    def _overflow(self, turn: Turn, visit: Visit, target: QueueId) -> None:
        self._leave(turn, visit, "overflowed")
        self._calls.route(
            turn,
            visit.waiting.call_id,
            Route("queue", target),
            by=f"queue:{visit.waiting.queue_id}",
            entry_kind="overflow",
            priority=visit.call_priority,
            needs=visit.call_needs,
        )

    def _send_off(
        self, turn: Turn, visit: Visit, outcome: Literal["refused", "timed_out"], prompt: str
    ) -> None:
        call_id, visit_id = visit.waiting.call_id, visit.waiting.visit_id
        self._leave(turn, visit, outcome)
        play_sorry(turn, self._calls, call_id, visit_id, prompt)
        goodbye = partial(self._say_goodbye, call_id=call_id, visit_id=visit_id)
        self._timers.set(visit_id, "farewell", FAREWELL_LIMIT_S, goodbye)

    def _leave(self, turn: Turn, visit: Visit, outcome: VisitOutcome) -> None:
        self._timers.drop(visit.waiting.visit_id)
        self._tell(turn, leave(visit, outcome, turn.at_ms))

    def _forget_farewell(self, call_id: CallId) -> None:
        farewell = self._hall.farewells.get(call_id)
        if farewell is not None:
            self._timers.drop(farewell, "farewell")

    def _step(self, call_id: CallId, step: Step) -> Visit:
        after = apply(self._hall.visits[call_id], step)
        self._hall.replace(after)
        return after

    def _tell(self, turn: Turn, fact: QueueFact) -> None:
        self._hall.apply(fact)
        turn.tell(fact)

    def _tell_waiting(self, turn: Turn, waiting: Waiting) -> None:
        turn.tell(waits(waiting, turn.at_ms))

    def _after_prompt(self, turn: Turn, visit: Visit, signal: PromptEnded) -> None:
        if signal.reason == "failed":
            _log.warning("queue.prompt_failed", call_id=signal.call_id, detail=signal.detail)
        if visit.state in IS_ENTERTAINED and is_music_due(signal, visit.waiting):
            play_music(turn, self._calls, visit.waiting, self._queues[visit.waiting.queue_id])

    def _entertain_again(self, turn: Turn, waiting: Waiting) -> None:
        """The agent who had picked up is gone; the music had stopped for the announcement."""
        queue = self._queues[waiting.queue_id]
        play_music(turn, self._calls, waiting, queue)
        self._set_timers(turn, waiting, queue)

    def _set_timers(self, turn: Turn, waiting: Waiting, queue: Queue) -> None:
        self._set_announce_timer(waiting, queue)
        if queue.max_wait_s > 0:
            waited_s = (turn.at_ms - waiting.entered_at_ms) / 1000
            give_up = partial(self._give_up, visit_id=waiting.visit_id, call_id=waiting.call_id)
            self._timers.set(waiting.visit_id, "max_wait", queue.max_wait_s - waited_s, give_up)

    def _set_announce_timer(self, waiting: Waiting, queue: Queue) -> None:
        if queue.announce_every_s > 0:
            announce = partial(self._announce, visit_id=waiting.visit_id, call_id=waiting.call_id)
            self._timers.set(waiting.visit_id, "announce", queue.announce_every_s, announce)

    def _announce(self, turn: Turn, visit_id: VisitId, call_id: CallId) -> None:
        visit = self._hall.find_visit(call_id, visit_id)
        if visit is None or visit.state not in IS_ENTERTAINED:
            return
        waiting = visit.waiting
        position = self._hall.position(waiting)
        estimate_s = self._estimate_s(waiting, turn.at_ms)
        items = position_items(language_of(self._calls, call_id), position, estimate_s)
        if self._calls.play(turn, call_id, play_id(visit_id, "announce"), items):
            self._tell(
                turn,
                PositionAnnounced(
                    at_ms=turn.at_ms,
                    call_id=call_id,
                    visit_id=visit_id,
                    queue_id=waiting.queue_id,
                    position=position,
                    estimated_wait_s=None if estimate_s is None else half_up(estimate_s),
                ),
            )
            self._set_announce_timer(waiting, self._queues[waiting.queue_id])

    def _give_up(self, turn: Turn, visit_id: VisitId, call_id: CallId) -> None:
        """The queue's longest wait is reached; an open offer is withdrawn by the ACD."""
        visit = self._hall.find_visit(call_id, visit_id)
        if visit is None:
            return
        target = self._queues[visit.waiting.queue_id].overflow_queue_id
        if target is not None and target != visit.waiting.queue_id:
            self._overflow(turn, visit, target)
        else:
            self._send_off(turn, visit, "timed_out", "timeout")

    def _say_goodbye(self, turn: Turn, call_id: CallId, visit_id: VisitId) -> None:
        if self._hall.farewells.get(call_id) == visit_id:
            self._calls.end(turn, call_id, reason="not-served")

    def _estimate_s(self, waiting: Waiting, now_ms: int) -> float | None:
        position = self._hall.position(waiting)
        return self._estimates.wait_s(waiting.queue_id, position, now_ms)
