"""The life of an offer: matching when a call waits or an agent is free, ringing, and its end.

Nothing is polled: a call that waits and an agent that becomes idle are matched in the same turn.
Refuses to know what callers hear (queues) and what agents may do (agents): it orders both.
"""

from functools import partial

from cordboard.agents import (
    AgentCommands,
    AgentFact,
    AgentFreed,
    AgentSignedOut,
    AgentState,
    AgentTalked,
    WrapUpEnded,
    fits,
)
from cordboard.calls import (
    AgentConnected,
    CallCommands,
    CallEnded,
    LegAnswered,
    LegEnded,
)
from cordboard.kit.facts import Fact
from cordboard.kit.ids import AgentId, CallId, Ids, LegId, OfferId
from cordboard.kit.timers import Timers
from cordboard.kit.turns import Turn, Turns
from cordboard.queues import CallWaiting, Queue, QueueCommands, QueueLeft, Waiting

from .effects import OfferTimers, agent_number_items
from .events import (
    OfferAccepted,
    OfferFact,
    OfferFailed,
    OfferMade,
    OfferRefused,
    OfferTimedOut,
    OfferWithdrawn,
)
from .matching import choose, pick_call
from .model import Choice, Offer, OfferState, RingResult
from .state import SKIP_MS, Book, result_of

_FACTS: dict[RingResult, type[OfferFact]] = {
    "refused": OfferRefused,
    "missed": OfferTimedOut,
    "withdrawn": OfferWithdrawn,
    "failed": OfferFailed,
}


class Acd:
    """Matches waiting calls with idle agents.

    Args:
        calls: Orders to calls.
        queues: Orders to queues.
        agents: Orders to agents.
        turns: Runs the turns of timers.
        timers: Keys `acd/<offer_id>/ring`, `.../connect`, `acd/<call_id>/skip/<agent_id>` and
            `acd/<agent_id>/rest`.
        ids: Makes ids of offers and legs.
    """

    def __init__(
        self,
        calls: CallCommands,
        queues: QueueCommands,
        agents: AgentCommands,
        turns: Turns,
        timers: Timers,
        ids: Ids,
    ) -> None:
        self._calls = calls
        self._queues = queues
        self._agents = agents
        self._timers = OfferTimers(turns, timers)
        self._ids = ids
        self._book = Book()
        self._is_paused = False

    # Restart

    def replay(self, fact: Fact) -> None:
        """Change memory as a stored fact says; queues are told how far the offer is."""
        before = self._find_offer(fact)
        self._book.apply(fact)
        if isinstance(fact, OfferMade):
            self._queues.set_offer(fact.call_id, "open")
        elif isinstance(fact, OfferAccepted):
            self._queues.set_offer(fact.call_id, "accepted")
        elif before is not None and before.id not in self._book.offers:
            self._queues.set_offer(before.call_id, "none")
        elif isinstance(fact, AgentFact):
            self._report_staff(fact.agent_id)

    def report_staff(self) -> None:
        """Tell every queue how many agents it has: after a restart and a change of settings."""
        for queue in self._queues.list_queues():
            self._report(queue)

    def pause(self) -> None:
        """Make no offers until `resume`; those open run on."""
        self._is_paused = True

    def resume(self, turn: Turn) -> None:
        """Make offers again, and at once those that are due; those open run on to their limits."""
        self._is_paused = False
        self.report_staff()
        for offer in list(self._book.offers.values()):
            if offer.state is OfferState.ACCEPTED:
                self._timers.set_connect(offer.id, partial(self._let_go, offer_id=offer.id))
                self._connect(turn, offer)
            else:
                limit_s = self._queues.get_queue(offer.queue_id).ring_limit_s
                rung_s = (turn.at_ms - offer.made_at_ms) / 1000
                self._set_ring(offer.id, limit_s - rung_s)
        for call_id, skips in self._book.skips.items():
            for agent_id, until_ms in skips.items():
                self._look_again_later(call_id, agent_id, until_ms - turn.at_ms)
        for queue in self._queues.list_queues():
            for waiting in list(self._queues.list_waiting(queue.id)):
                self._match_call(turn, waiting.call_id)

    # Matching, both ways

    def call_waiting(self, turn: Turn, signal: CallWaiting) -> None:
        """A call may be offered."""
        self._match_call(turn, signal.call_id)

    def agent_freed(self, turn: Turn, signal: AgentFreed) -> None:
        """An agent may be offered something."""
        self._match_agent(turn, signal.agent_id)

    def _match_agent(self, turn: Turn, agent_id: AgentId) -> None:
        """Offer the calls that this agent should have until it rings or nothing is left for it.

        The call is then matched with the best agent for it, who may be another one.
        """
        while not self._is_paused:
            agent = self._agents.get_agent(agent_id)
            if agent.state is not AgentState.IDLE:
                return
            lines = [
                self._queues.list_waiting(queue.id)
                for queue in self._queues.list_queues()
                if fits(agent.skills, queue.needs)
            ]
            may_have = partial(self._may_have, agent_id, turn.at_ms)
            waiting = pick_call(agent.skills, lines, may_have)
            if waiting is None or not self._match_call(turn, waiting.call_id):
                return

    def _may_have(self, agent_id: AgentId, now_ms: int, waiting: Waiting) -> bool:
        if waiting.call_id in self._book.by_call:
            return False
        is_barred = self._book.why_barred(waiting.call_id, agent_id, now_ms) is not None
        return not is_barred and self._calls.is_alive(waiting.call_id)

    def _match_call(self, turn: Turn, call_id: CallId) -> bool:
        """Offer the call to the best agent; whether an offer was made."""
        waiting = self._queues.find_waiting(call_id)
        if self._is_paused or waiting is None or call_id in self._book.by_call:
            return False
        idle = self._agents.list_idle(waiting.needs)
        if not idle or not self._calls.is_alive(call_id):
            return False
        queue = self._queues.get_queue(waiting.queue_id)
        barred = self._book.list_barred(call_id, idle, turn.at_ms)
        choice = choose(
            waiting.needs,
            idle,
            turn.at_ms,
            queue.strategy,
            barred=barred,
            others=self._agents.list_signed_in(waiting.needs),
            staffing=self._agents.count(waiting.needs),
        )
        if choice is not None:
            self._offer(turn, waiting, queue, choice)
        return choice is not None

    def _offer(self, turn: Turn, waiting: Waiting, queue: Queue, choice: Choice) -> None:
        offer_id, leg_id = OfferId(self._ids.new("o")), LegId(self._ids.new("l"))
        call_id, agent = waiting.call_id, choice.agent
        self._tell(
            turn,
            OfferMade(
                at_ms=turn.at_ms,
                call_id=call_id,
                offer_id=offer_id,
                agent_id=agent.id,
                visit_id=waiting.visit_id,
                queue_id=queue.id,
                leg_id=leg_id,
                reason=choice.reason,
            ),
        )
        self._agents.present(
            turn,
            agent.id,
            call_id=call_id,
            offer_id=offer_id,
            queue_id=queue.id,
            wrap_up_s=queue.wrap_up_s,
        )
        self._queues.mark_offered(turn, call_id, offered=True)
        rings = self._calls.ring_agent(
            turn,
            call_id,
            leg_id,
            agent_id=agent.id,
            extension=agent.extension,
            offer_id=offer_id,
        )
        if rings:
            self._set_ring(offer_id, queue.ring_limit_s)
        else:
            self._close(turn, self._book.offers[offer_id], "failed")

    # The end of an offer

    def leg_answered(self, turn: Turn, fact: LegAnswered) -> None:
        """Somebody picked up: the agent, too late perhaps; or the customer's leg came up."""
        if fact.leg_id in self._book.closing:
            self._calls.hang_up_leg(turn, fact.call_id, fact.leg_id)
            return
        offer = self._book.find_by_call(fact.call_id)
        if offer is None:
            return
        if offer.leg_id == fact.leg_id and offer.state is OfferState.OPEN:
            self._accept(turn, offer)
        elif offer.leg_id != fact.leg_id and offer.state is OfferState.ACCEPTED:
            self._connect(turn, offer)

    def _accept(self, turn: Turn, offer: Offer) -> None:
        self._timers.drop(offer.id)
        self._tell(turn, self._fact(turn, offer, OfferAccepted))
        self._queues.mark_accepted(turn, offer.call_id)
        self._timers.set_connect(offer.id, partial(self._let_go, offer_id=offer.id))
        self._connect(turn, offer)

    def _connect(self, turn: Turn, offer: Offer) -> None:
        announce: tuple[str, ...] = ()
        if self._queues.get_queue(offer.queue_id).announce_agent_number:
            language = self._calls.find_data(offer.call_id, "language") or "zh"
            agent = self._agents.get_agent(offer.agent_id)
            announce = agent_number_items(language, agent)
        if not self._calls.connect(turn, offer.call_id, offer.leg_id, announce=announce):
            self._calls.hang_up_leg(turn, offer.call_id, offer.leg_id)

    def _let_go(self, turn: Turn, offer_id: OfferId) -> None:
        """Picked up, but no talk came of it: the end of the leg does the rest."""
        offer = self._book.offers.get(offer_id)
        if offer is not None:
            self._calls.hang_up_leg(turn, offer.call_id, offer.leg_id)

    def leg_ended(self, turn: Turn, fact: LegEnded) -> None:
        """A leg is over: before the answer the offer ends so; before the talk the call waits on."""
        offer = self._book.find_by_leg(fact.leg_id)
        self._book.apply(fact)
        if offer is None:
            return
        if offer.state is OfferState.ACCEPTED:
            self._look_again_later(offer.call_id, offer.agent_id)
            self._release(turn, offer, "refused")
        else:
            self._close(turn, self._book.offers[offer.id], result_of(fact), fact.sip_status)

    def connected(self, turn: Turn, fact: AgentConnected) -> None:
        """The talk began; an offer to anybody else is withdrawn."""
        offer = self._book.find_by_call(fact.call_id)
        self._book.apply(fact)
        if offer is None:
            return
        if offer.id in self._book.offers:
            self._end(turn, offer)
        else:
            self._timers.drop(offer.id)

    def call_left(self, turn: Turn, fact: QueueLeft | CallEnded) -> None:
        """The call waits no more: gone, moved on, or answered."""
        offer = self._book.find_by_call(fact.call_id)
        for agent_id in self._book.skips.get(fact.call_id, ()):
            self._timers.drop_skip(fact.call_id, agent_id)
        self._book.apply(fact)
        if offer is not None:
            self._end(turn, offer)

    def agent_signed_out(self, turn: Turn, fact: AgentSignedOut) -> None:
        """The agent is gone: by will, the open offer is refused; by force, it is withdrawn."""
        offer = self._book.find_by_agent(fact.agent_id)
        if offer is None:
            return
        if offer.state is OfferState.ACCEPTED:
            self._calls.hang_up_leg(turn, offer.call_id, offer.leg_id)
        else:
            self._close(turn, offer, "refused" if fact.forced_by is None else "withdrawn")

    def agent_talked(self, turn: Turn, fact: AgentTalked) -> None:
        """The agent talks on a call; an open offer of another one is withdrawn."""
        offer = self._book.find_by_agent(fact.agent_id)
        if offer is not None and offer.call_id != fact.call_id:
            if offer.state is OfferState.ACCEPTED:
                self._calls.hang_up_leg(turn, offer.call_id, offer.leg_id)
            else:
                self._close(turn, offer, "withdrawn")

    def _ring_out(self, turn: Turn, offer_id: OfferId) -> None:
        offer = self._book.offers.get(offer_id)
        if offer is not None and offer.state is OfferState.OPEN:
            self._close(turn, offer, "missed")

    def _end(self, turn: Turn, offer: Offer) -> None:
        """The call is not for this agent any more."""
        if offer.state is OfferState.OPEN:
            self._close(turn, offer, "withdrawn")
        else:
            self._calls.hang_up_leg(turn, offer.call_id, offer.leg_id)
            self._release(turn, offer, "withdrawn")

    def _close(self, turn: Turn, offer: Offer, result: RingResult, sip_status: int = 0) -> None:
        """End an open offer: tell it, stop the ringing, free both sides."""
        extra = {"sip_status": sip_status} if result == "failed" else {}
        self._tell(turn, self._fact(turn, offer, _FACTS[result], **extra))
        if not offer.is_leg_over:
            self._calls.hang_up_leg(turn, offer.call_id, offer.leg_id)
        if result == "refused":
            self._look_again_later(offer.call_id, offer.agent_id)
        self._release(turn, offer, result)

    def _release(self, turn: Turn, offer: Offer, result: RingResult) -> None:
        self._timers.drop(offer.id)
        self._agents.end_present(turn, offer.agent_id, offer_id=offer.id, result=result)
        self._queues.mark_offered(turn, offer.call_id, offered=False)

    # What the estimated wait needs

    def wrap_up_ended(self, turn: Turn, fact: WrapUpEnded) -> None:
        """A handling is over."""
        if fact.queue_id is not None and fact.handled_since_ms is not None:
            self._queues.report_handling(
                turn,
                fact.queue_id,
                started_at_ms=fact.handled_since_ms,
                handle_ms=fact.at_ms - fact.handled_since_ms,
            )

    def staff_changed(self, turn: Turn, fact: AgentFact) -> None:
        """An agent came or went; the queues it serves have more or fewer."""
        self._report_staff(fact.agent_id)

    def _report_staff(self, agent_id: AgentId) -> None:
        skills = self._agents.get_agent(agent_id).skills
        for queue in self._queues.list_queues():
            if fits(skills, queue.needs):
                self._report(queue)

    def _report(self, queue: Queue) -> None:
        staffing = self._agents.count(queue.needs)
        self._queues.report_agents(queue.id, ready=staffing.ready, signed_in=staffing.signed_in)

    # Inside

    def _tell(self, turn: Turn, fact: OfferFact) -> None:
        self._book.apply(fact)
        turn.tell(fact)

    def _fact(self, turn: Turn, offer: Offer, kind: type[OfferFact], **extra: int) -> OfferFact:
        return kind(
            at_ms=turn.at_ms,
            call_id=offer.call_id,
            offer_id=offer.id,
            agent_id=offer.agent_id,
            **extra,
        )

    def _find_offer(self, fact: Fact) -> Offer | None:
        if isinstance(fact, OfferFact):
            return self._book.offers.get(fact.offer_id)
        if isinstance(fact, LegEnded):
            return self._book.find_by_leg(fact.leg_id)
        return None

    def _set_ring(self, offer_id: OfferId, limit_s: float) -> None:
        self._timers.set_ring(offer_id, limit_s, partial(self._ring_out, offer_id=offer_id))

    def _look_again_later(self, call_id: CallId, agent_id: AgentId, skip_ms: int = SKIP_MS) -> None:
        """When the agent may have this call, and any call, again."""
        match_call = partial(self._match_call, call_id=call_id)
        match_agent = partial(self._match_agent, agent_id=agent_id)
        self._timers.set_skip(call_id, agent_id, skip_ms, match_call)
        self._timers.set_rest(agent_id, match_agent)
