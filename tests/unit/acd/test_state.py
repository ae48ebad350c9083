"""The life of an offer, step by step."""

from typing import Any, Literal

import pytest

from cordboard.acd.errors import IllegalOfferError
from cordboard.acd.events import (
    OfferAccepted,
    OfferFact,
    OfferFailed,
    OfferMade,
    OfferRefused,
    OfferTimedOut,
    OfferWithdrawn,
)
from cordboard.acd.model import OfferState, Reason
from cordboard.acd.state import (
    MAX_CLOSING,
    REST_MS,
    SKIP_MS,
    TRANSITIONS,
    Book,
    result_of,
)
from cordboard.calls import AgentConnected, CallArrived, CallEnded, LegEnded
from cordboard.kit.ids import AgentId, CallId, LegId, OfferId, QueueId, VisitId
from cordboard.queues import QueueLeft

pytestmark = pytest.mark.unit

CALL, AGENT, LEG, OFFER = CallId("c"), AgentId("a"), LegId("l"), OfferId("o")
ENDS = [OfferRefused, OfferTimedOut, OfferWithdrawn, OfferFailed]


def made(**changes: Any) -> OfferMade:
    fields: dict[str, Any] = {
        "at_ms": 1000,
        "call_id": CALL,
        "offer_id": OFFER,
        "agent_id": AGENT,
        "visit_id": VisitId("v"),
        "queue_id": QueueId("q"),
        "leg_id": LEG,
        "reason": Reason(),
    }
    return OfferMade(**(fields | changes))


def step(kind: type[OfferFact]) -> OfferFact:
    return kind(at_ms=2000, call_id=CALL, offer_id=OFFER, agent_id=AGENT)


def leg_ended(
    sip_status: int = 0, by: Literal["party", "us", "network"] = "party", cause: int = 16
) -> LegEnded:
    return LegEnded(
        at_ms=3000,
        call_id=CALL,
        leg_id=LEG,
        party="agent",
        by=by,
        hangup_cause=cause,
        sip_status=sip_status,
    )


def a_book(*facts: Any) -> Book:
    book = Book()
    for fact in (made(), *facts):
        book.apply(fact)
    return book


class TestTransitions:
    def test_every_state_has_a_row(self) -> None:
        assert set(TRANSITIONS) == set(OfferState)

    @pytest.mark.parametrize("kind", ENDS)
    def test_an_open_offer_can_end_so(self, kind: type[OfferFact]) -> None:
        book = a_book(step(kind))
        assert not (book.offers)
        assert not (book.by_call)
        assert not (book.by_agent)
        assert not (book.by_leg)
        assert book.closing == {LEG: CALL}

    def test_an_open_offer_can_be_accepted(self) -> None:
        book = a_book(step(OfferAccepted))
        assert book.offers[OFFER].state is OfferState.ACCEPTED

    @pytest.mark.parametrize("kind", [OfferAccepted, *ENDS])
    def test_an_accepted_offer_stays_accepted(self, kind: type[OfferFact]) -> None:
        with pytest.raises(IllegalOfferError, match=kind.__name__):
            a_book(step(OfferAccepted), step(kind))

    @pytest.mark.parametrize("kind", [OfferAccepted, *ENDS])
    def test_an_offer_that_is_over_takes_nothing(self, kind: type[OfferFact]) -> None:
        with pytest.raises(IllegalOfferError):
            a_book(step(OfferWithdrawn), step(kind))


class TestAnAgentRungAnewWhileTheOldLegEnds:
    def test_each_offer_is_found_until_it_is_over(self) -> None:
        other = made(call_id="c2", offer_id="o2", leg_id="l2", visit_id="v2")
        book = a_book(step(OfferAccepted), other)

        book.apply(leg_ended())

        offer = book.find_by_agent(AGENT)
        assert offer is not None
        assert offer.id == "o2"
        book.apply(OfferWithdrawn(at_ms=4000, call_id=CallId("c2"), offer_id=OfferId("o2"),
                                  agent_id=AGENT))  # fmt: skip
        assert book.find_by_agent(AGENT) is None
        assert book.offers == {}


class TestResultOf:
    @pytest.mark.parametrize("status", [486, 600, 603])
    def test_the_phones_no_is_a_refusal(self, status: int) -> None:
        assert result_of(leg_ended(status)) == "refused"

    @pytest.mark.parametrize("status", [408, 480])
    def test_the_phones_time_out_is_a_missed_offer(self, status: int) -> None:
        assert result_of(leg_ended(status)) == "missed"

    @pytest.mark.parametrize("status", [404, 410, 488, 500, 503])
    def test_everything_else_is_a_failure(self, status: int) -> None:
        assert result_of(leg_ended(status)) == "failed"

    def test_a_network_that_gives_up_is_a_failure(self) -> None:
        assert result_of(leg_ended(408, by="network", cause=17)) == "failed"

    def test_a_leg_that_a_restart_lost_is_nobodys_fault(self) -> None:
        assert result_of(leg_ended(0, by="network", cause=41)) == "withdrawn"

    @pytest.mark.parametrize(
        ("cause", "result"),
        [(17, "refused"), (21, "refused"), (18, "missed"), (19, "missed"), (27, "failed")],
    )
    def test_without_a_status_the_cause_decides(self, cause: int, result: str) -> None:
        assert result_of(leg_ended(cause=cause)) == result


class TestBook:
    def test_finds_an_offer_by_call_agent_and_leg(self) -> None:
        book = a_book()
        found = {book.find_by_call(CALL), book.find_by_agent(AGENT), book.find_by_leg(LEG)}
        assert {offer.id for offer in found if offer} == {OFFER}
        assert book.find_by_call(CallId("x")) is None
        assert book.find_by_agent(AgentId("x")) is None
        assert book.find_by_leg(LegId("x")) is None

    def test_a_refusal_spares_the_agent_this_call_and_for_a_moment_every_call(self) -> None:
        book = a_book(step(OfferRefused))
        assert book.why_barred(CALL, AGENT, 2000 + SKIP_MS - 1) == "refused_this_call"
        assert book.why_barred(CALL, AGENT, 2000 + SKIP_MS) is None
        other = CallId("other")
        assert book.why_barred(other, AGENT, 2000 + REST_MS - 1) == "rests_after_refusal"
        assert book.why_barred(other, AGENT, 2000 + REST_MS) is None

    @pytest.mark.parametrize("kind", [OfferTimedOut, OfferWithdrawn, OfferFailed])
    def test_other_ends_spare_nobody(self, kind: type[OfferFact]) -> None:
        assert a_book(step(kind)).why_barred(CALL, AGENT, 2000) is None

    def test_a_leg_that_ended_before_its_offer_is_not_being_closed(self) -> None:
        assert a_book(leg_ended(486), step(OfferRefused)).closing == {}

    def test_a_closing_leg_is_forgotten_at_its_end(self) -> None:
        assert a_book(step(OfferTimedOut), leg_ended(487, "us")).closing == {}

    def test_an_accepted_offer_is_over_when_they_talk(self) -> None:
        talk = AgentConnected(at_ms=1, call_id=CALL, agent_id=AGENT, leg_id=LEG)
        book = a_book(step(OfferAccepted), talk)
        assert not (book.offers)
        assert not (book.closing)

    def test_a_talk_on_another_leg_leaves_the_offer(self) -> None:
        talk = AgentConnected(at_ms=1, call_id=CALL, agent_id=AGENT, leg_id=LegId("x"))
        assert OFFER in a_book(talk).offers
        book = Book()
        book.apply(talk)
        assert book.offers == {}

    def test_an_accepted_offer_whose_leg_ends_is_over_and_spares_the_agent(self) -> None:
        book = a_book(step(OfferAccepted), leg_ended())
        assert not (book.offers)
        assert not (book.closing)
        assert book.why_barred(CALL, AGENT, 3001) == "refused_this_call"

    def test_a_call_that_ends_ends_its_accepted_offer_and_forgets_its_skips(self) -> None:
        end = CallEnded(at_ms=1, call_id=CALL, by="customer", hangup_cause=16)
        book = a_book(step(OfferAccepted), end)
        assert book.offers == {}
        assert book.closing == {LEG: CALL}
        assert a_book(step(OfferRefused), end).skips == {}

    def test_a_call_that_leaves_its_queue_leaves_an_open_offer_to_be_withdrawn(self) -> None:
        left = QueueLeft(
            at_ms=1,
            call_id=CALL,
            visit_id=VisitId("v"),
            queue_id=QueueId("q"),
            outcome="abandoned",
            wait_ms=1,
        )
        assert OFFER in a_book(left).offers

    def test_facts_of_others_change_nothing(self) -> None:
        arrived = CallArrived(
            at_ms=1,
            call_id=CALL,
            leg_id=LEG,
            direction="inbound",
            origin="line",
            line_id="t",
            caller_number="1",
            called_number="2",
        )
        assert OFFER in a_book(arrived).offers

    def test_closing_legs_are_bounded(self) -> None:
        book = Book()
        book.closing = {LegId(str(n)): CALL for n in range(MAX_CLOSING)}
        book.apply(made())
        book.apply(step(OfferWithdrawn))
        assert len(book.closing) == MAX_CLOSING
        assert LEG in book.closing
        assert "0" not in book.closing
