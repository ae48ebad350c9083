"""A call's record: who counts where, and two timelines without gap or overlap."""

import pytest

from cordboard.acd import OfferMade
from cordboard.agents import AgentSignedOut, WrapUpStarted
from cordboard.calls import (
    CallArrived,
    CallEnded,
    CallFact,
    CallHeld,
    CallResumed,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegMediaReported,
    LegRang,
    PartiesConnected,
    RecordingFailed,
)
from cordboard.flows import FlowEnded, NodeEntered, NodeLeft
from cordboard.queues import PositionAnnounced, QueueLeft
from cordboard.records import CallRecord, RecordingMissed, RecordingRemoved
from cordboard.records.fold import apply, begin
from cordboard.records.model import CallFilter
from cordboard.records.state import (
    customer_ms,
    header,
    is_open,
    masked,
    matches,
    open_segments,
    result,
    works_on,
)
from tests.unit.records.facts import T0_MS, Told, answered_call

pytestmark = pytest.mark.unit


def folded(told: Told) -> CallRecord:
    first, *rest = told.facts
    assert isinstance(first, CallArrived)
    record = begin(first)
    for fact in rest:
        record = apply(record, fact)
    return record


def customer(record: CallRecord) -> list[tuple[str, float, float]]:
    """The customer's timeline in seconds since arrival."""
    return [
        (one.kind, (one.started_at_ms - T0_MS) / 1000, ((one.ended_at_ms or 0) - T0_MS) / 1000)
        for one in record.segments
        if one.timeline == "customer"
    ]


def agent(record: CallRecord, agent_id: str = "a1") -> list[tuple[str, float, float]]:
    return [
        (one.kind, (one.started_at_ms - T0_MS) / 1000, ((one.ended_at_ms or 0) - T0_MS) / 1000)
        for one in record.segments
        if one.timeline == "agent" and one.agent_id == agent_id
    ]


def queued() -> Told:
    return Told().arrive().flow(0, until=10).enter(10)


class TestAnsweredCall:
    def test_customers_timeline_runs_from_arrival_to_end_without_gap(self) -> None:
        assert customer(folded(answered_call())) == [
            ("flow", 0, 10),
            ("queue", 10, 12),
            ("ring", 12, 18),
            ("talk", 18, 20),
            ("hold", 20, 25),
            ("talk", 25, 40),
        ]

    def test_agents_timeline_runs_from_ring_to_the_end_of_wrap_up(self) -> None:
        assert agent(folded(answered_call())) == [
            ("ring", 12, 18),
            ("talk", 18, 20),
            ("hold", 20, 25),
            ("talk", 25, 40),
            ("wrap_up", 40, 50),
        ]

    def test_header_has_the_sums(self) -> None:
        row = header(folded(answered_call()))

        assert (row.result, row.ended_by) == ("answered", "customer")
        assert (row.total_wait_ms, row.talk_ms, row.hold_ms, row.wrap_up_ms) == (
            8_000, 17_000, 5_000, 10_000,
        )  # fmt: skip
        assert (row.queue_id, row.agent_id) == ("support", "a1")
        assert row.line_answered_at_ms == T0_MS
        assert row.agent_answered_at_ms == T0_MS + 18_000
        assert row.has_recording
        assert row.agent_requested
        assert not row.is_open

    def test_keys_know_their_node_and_path_its_exits(self) -> None:
        record = folded(answered_call())

        assert [(key.digit, key.node_id) for key in record.keys] == [("1", "menu"), ("2", "menu")]
        assert [(step.node_id, step.exit) for step in record.path] == [("menu", "1")]

    def test_media_figures_join_their_leg(self) -> None:
        leg = folded(answered_call()).legs[0]

        assert (leg.loss, leg.jitter_ms, leg.mos, leg.codec) == (0.01, 3.5, 4.3, "PCMA")

    def test_result_is_set_at_the_answer_and_the_phase_is_open(self) -> None:
        record = folded(queued().offer(12).connect(18))

        assert result(record) == "answered"
        assert record.phase == "talk"
        assert {(one.timeline, one.kind) for one in open_segments(record)} == {
            ("customer", "talk"), ("agent", "talk"),
        }  # fmt: skip

    def test_agent_who_hangs_up_first_is_named(self) -> None:
        told = queued().offer(12).connect(18).agent_hangs_up(30).end(30, "agent")

        assert folded(told).handlings[0].end_reason == "agent"

    def test_customer_who_hangs_up_first_is_named(self) -> None:
        told = queued().offer(12).connect(18).end(30).agent_hangs_up(30)

        assert folded(told).handlings[0].end_reason == "customer"

    def test_after_call_flow_is_a_flow_segment_while_the_agent_wraps_up(self) -> None:
        told = queued().offer(12).connect(18).agent_hangs_up(30).wrap_up(30, 35).flow(30).end(40)
        record = folded(told)

        assert customer(record)[-1] == ("flow", 30, 40)
        assert result(record) == "answered"


class TestWhoCountsWhere:
    def test_answered_after_t_is_an_answered_visit_with_its_wait(self) -> None:
        record = folded(queued().offer(12).connect(40).end(50))

        assert (record.visits[0].outcome, record.visits[0].wait_ms) == ("answered", 30_000)

    def test_short_abandon_is_abandoned_with_its_wait(self) -> None:
        record = folded(queued().end(13).leave(13, "abandoned"))

        assert result(record) == "abandoned_in_queue"
        assert record.visits[0].wait_ms == 3_000 < record.visits[0].short_abandon_ms

    def test_hang_up_while_ringing_withdraws_the_offer(self) -> None:
        record = folded(
            queued().offer(12).end(18).end_offer(18, "withdrawn").leave(18, "abandoned")
        )

        assert result(record) == "abandoned_in_queue"
        assert [offer.result for offer in record.offers] == ["withdrawn"]
        assert customer(record)[-1] == ("ring", 12, 18)
        assert record.handlings == ()

    def test_missed_then_answered_by_another_is_one_visit_with_two_offers(self) -> None:
        told = queued().offer(12).end_offer(27, "missed").offer(30, "a2").connect(33, "a2")
        record = folded(told.end(60))

        assert [offer.result for offer in record.offers] == ["missed", "accepted"]
        assert [visit.outcome for visit in record.visits] == ["answered"]
        assert customer(record)[1:5] == [
            ("queue", 10, 12), ("ring", 12, 27), ("queue", 27, 30), ("ring", 30, 33),
        ]  # fmt: skip
        assert [handling.agent_id for handling in record.handlings] == ["a2"]

    @pytest.mark.parametrize("end", ["refused", "failed"])
    def test_refused_or_failed_offer_leads_back_to_the_queue(self, end: str) -> None:
        record = folded(queued().offer(12).end_offer(13, end))

        assert record.phase == "queue"
        assert record.offers[0].result == end
        assert len(record.visits) == 1

    def test_overflow_then_answered_waits_in_both(self) -> None:
        told = queued().leave(70, "overflowed").enter(70, "backup", "overflow").offer(72)
        record = folded(told.connect(80).end(90))

        assert [visit.outcome for visit in record.visits] == ["overflowed", "answered"]
        assert header(record).total_wait_ms == 70_000
        assert header(record).queue_id == "backup"
        assert customer(record)[1:4] == [("queue", 10, 70), ("queue", 70, 72), ("ring", 72, 80)]

    def test_overflow_then_hang_up_is_abandoned(self) -> None:
        told = queued().leave(70, "overflowed").enter(70, "backup", "overflow").end(75)

        assert result(folded(told.leave(75, "abandoned"))) == "abandoned_in_queue"

    @pytest.mark.parametrize("outcome", ["refused", "timed_out"])
    def test_queue_that_refuses_or_times_out_makes_a_timed_out_call(self, outcome: str) -> None:
        assert result(folded(queued().leave(10, outcome).end(12, "system"))) == "timed_out"

    def test_line_that_drops_in_the_queue_is_failed(self) -> None:
        assert result(folded(queued().end(30, "network").leave(30, "failed"))) == "failed"

    def test_self_service_is_self_served(self) -> None:
        told = Told().arrive().flow()
        told.call(FlowEnded, 20, flow_id="demo", outcome="hung_up", served=True)

        assert result(folded(told.end(20, "system"))) == "self_served"

    def test_hang_up_in_the_menu_is_abandoned_in_flow(self) -> None:
        record = folded(Told().arrive().flow().end(12))

        assert result(record) == "abandoned_in_flow"
        assert customer(record) == [("flow", 0, 12)]

    def test_flow_that_failed_makes_a_failed_call(self) -> None:
        told = Told().arrive().flow().end(9, "system")
        told.call(FlowEnded, 9, flow_id="demo", outcome="failed")

        assert result(folded(told)) == "failed"

    def test_crash_in_the_talk_stays_answered_and_counts_its_timeline_so_far(self) -> None:
        record = folded(queued().offer(12).connect(18).end(44, "system", reason="crash"))

        assert (result(record), record.end_reason) == ("answered", "crash")
        assert header(record).talk_ms == 26_000
        assert record.handlings[0].end_reason == "system"

    def test_crash_in_the_menu_is_failed(self) -> None:
        assert result(folded(Told().arrive().flow().end(5, "system", reason="crash"))) == "failed"

    def test_number_that_nobody_knows_is_refused(self) -> None:
        record = folded(Told().arrive().end(0, "system", reason="unknown-number"))

        assert result(record) == "refused"
        assert customer(record) == []

    def test_closed_hotline_is_closed(self) -> None:
        told = Told().arrive().flow().end(8, "system", reason="closed")

        assert result(folded(told)) == "closed"

    def test_callback_taken_wins_over_how_the_call_then_ends(self) -> None:
        assert result(folded(queued().leave(25, "callback_taken").end(26))) == "callback_taken"

    def test_two_agents_make_two_handlings_and_one_answered_call(self) -> None:
        told = queued().offer(12).connect(18).agent_hangs_up(30).wrap_up(30, 40)
        told.enter(30, "backup", "transfer").offer(31, "a2").connect(33, "a2").end(60)
        record = folded(told.wrap_up(60, 61, "a2"))

        assert [one.agent_id for one in record.handlings] == ["a1", "a2"]
        assert [one.talk_ms for one in record.handlings] == [12_000, 27_000]
        assert [one.queue_id for one in record.handlings] == ["support", "backup"]
        assert header(record).talk_ms == 39_000
        assert customer(record)[-4:] == [
            ("talk", 18, 30), ("queue", 30, 31), ("ring", 31, 33), ("talk", 33, 60),
        ]  # fmt: skip

    def test_transfer_back_to_a_queue_then_hang_up_stays_answered(self) -> None:
        told = queued().offer(12).connect(18).agent_hangs_up(30).enter(30, "backup", "transfer")
        record = folded(told.end(55).leave(55, "abandoned"))

        assert result(record) == "answered"
        assert [visit.outcome for visit in record.visits] == ["answered", "abandoned"]

    def test_no_result_while_the_call_waits(self) -> None:
        assert result(folded(queued())) is None


class TestOtherCalls:
    def dialled(self, direction: str, party: str) -> Told:
        told = Told().arrive(direction=direction, origin="agent", service_number="")
        return told.call(LegDialled, 0, leg_id="c1-l1", party=party, number="8002")

    @pytest.mark.parametrize(
        ("direction", "party"), [("internal", "agent"), ("outbound", "customer")]
    )
    def test_call_between_two_parties_dials_talks_holds_and_is_answered(
        self, direction: str, party: str
    ) -> None:
        told = self.dialled(direction, party).call(LegAnswered, 4, leg_id="c1-l1")
        told.call(PartiesConnected, 4, leg_id="c1-l0", other_leg_id="c1-l1")
        told.call(CallHeld, 6, leg_id="c1-l1").call(CallResumed, 7, leg_id="c1-l1")
        record = folded(told.end(9, "agent"))

        assert customer(record) == [
            ("dial", 0, 4), ("talk", 4, 6), ("hold", 6, 7), ("talk", 7, 9),
        ]  # fmt: skip
        assert result(record) == "answered"

    def test_peer_that_hangs_up_ends_the_talk(self) -> None:
        told = self.dialled("internal", "agent")
        told.call(PartiesConnected, 4, leg_id="c1-l1", other_leg_id="c1-l0")
        told.call(LegEnded, 8, leg_id="c1-l1", party="agent", by="party", hangup_cause=16)

        assert folded(told).phase == "dial"

    def test_nobody_picked_up_is_not_reached(self) -> None:
        assert (
            result(folded(self.dialled("outbound", "customer").end(30, "agent"))) == "not_reached"
        )

    def test_outside_number_that_failed_is_failed(self) -> None:
        assert result(folded(self.dialled("outbound", "customer").end(3, "network"))) == "failed"

    def test_caller_sent_to_an_outside_number_is_diverted(self) -> None:
        told = Told().arrive()
        told.call(PartiesConnected, 4, leg_id="c1-l0", other_leg_id="unheard-of")

        assert result(folded(told.end(9))) == "diverted"


class TestWrapUp:
    def test_record_is_open_until_legs_and_wrap_up_ended_and_recording_closed(self) -> None:
        told = queued().offer(12).connect(18).end(40)
        assert is_open(folded(told))
        told.wrap_up(40, 50)
        assert is_open(folded(told))
        assert not is_open(folded(told.close_recording(51)))

    def test_record_is_open_while_a_leg_has_no_end(self) -> None:
        told = queued().offer(12).connect(18).close_recording(40)
        leg, told.agent_leg = told.agent_leg, None
        told.end(40).wrap_up(40, 50)
        assert is_open(folded(told))
        told.agent_leg = leg
        assert not is_open(folded(told.agent_hangs_up(51)))

    def test_agent_who_signs_out_ends_a_wrap_up_that_nobody_ended(self) -> None:
        told = queued().offer(12).connect(18).end(40)
        told.tell(WrapUpStarted, 40, agent_id="a1", call_id="c1", ends_at_ms=0)
        told.tell(AgentSignedOut, 45, agent_id="a1")
        handling = folded(told).handlings[0]

        assert (handling.phase, handling.wrap_up_ms) == ("done", 5_000)

    def test_agent_without_wrap_up_has_none_and_ended_with_the_talk(self) -> None:
        told = queued().offer(12).connect(18).end(40)
        told.tell(AgentSignedOut, 45, agent_id="a1")
        handling = folded(told).handlings[0]

        assert (handling.wrap_up_ms, handling.ended_at_ms) == (0, T0_MS + 40_000)

    def test_agent_who_still_talks_is_not_moved_on(self) -> None:
        told = queued().offer(12).connect(18).tell(AgentSignedOut, 20, agent_id="a1")

        assert folded(told).handlings[0].phase == "talk"

    def test_hold_after_the_talk_changes_nothing(self) -> None:
        told = queued().offer(12).connect(18).end(40)

        assert folded(told) == folded(told.hold(41))


class TestRecordings:
    def test_recording_that_never_began_has_its_reason(self) -> None:
        told = Told().arrive().call(RecordingFailed, 1, recording_id="r9", leg_id="c1-l0",
                                    path="x", reason="disk full")  # fmt: skip
        record = folded(told)

        assert (record.recordings[0].state, record.recordings[0].reason) == ("failed", "disk full")
        assert not header(record).has_recording

    def test_missing_and_removed_files_are_known_with_their_moment(self) -> None:
        told = answered_call().call(RecordingMissed, 100, recording_id="c1-r0")
        told.call(RecordingRemoved, 200, recording_id="c1-r0")
        recording = folded(told).recordings[0]

        assert recording.missing_since_ms == T0_MS + 100_000
        assert recording.removed_at_ms == T0_MS + 200_000


class TestFactsThatFitNothing:
    @pytest.mark.parametrize(
        ("kind", "fields"),
        [
            (QueueLeft, {"visit_id": "no", "queue_id": "q", "outcome": "failed", "wait_ms": 0}),
            (PositionAnnounced, {"visit_id": "no", "queue_id": "q", "position": 1,
                                 "estimated_wait_s": None}),
            (NodeLeft, {"flow_id": "demo", "node_id": "no", "exit": "1"}),
            (LegMediaReported, {"leg_id": "no", "packets_in": 0, "packets_out": 0, "lost": 0,
                                "jitter_ms": 0.0}),
            (LegRang, {"leg_id": "no"}),
            (RecordingMissed, {"recording_id": "no"}),
        ],
    )  # fmt: skip
    def test_they_change_nothing(self, kind: type[CallFact], fields: dict[str, object]) -> None:
        told = answered_call()

        assert folded(told) == folded(told.call(kind, 60, **fields))

    def test_second_end_changes_nothing(self) -> None:
        told = answered_call()
        before = folded(told)
        told.call(type(told.facts[-1]), 60, leg_id="no", packets_in=0, packets_out=0, lost=0,
                  jitter_ms=0.0)  # fmt: skip
        told.call(CallEnded, 61, by="agent", hangup_cause=16)

        assert folded(told) == before

    def test_offer_that_nobody_made_and_agent_who_never_worked_change_nothing(self) -> None:
        told = Told().arrive().enter(1)
        told.offers = 7

        assert folded(told) == folded(told.end_offer(2, "missed").wrap_up(3, 4))

    def test_second_outcome_of_a_visit_is_not_heard(self) -> None:
        record = folded(queued().leave(15, "exited").leave(20, "abandoned"))

        assert record.visits[0].outcome == "exited"

    def test_keys_of_the_agent_and_outside_a_node_are_told_apart(self) -> None:
        told = Told().arrive().press(1, "5")
        told.call(type(told.facts[-1]), 2, leg_id="x", party="agent", digit="9", method="info")

        assert [(key.digit, key.node_id) for key in folded(told).keys] == [("5", None)]

    def test_language_is_a_field_and_other_data_are_call_data(self) -> None:
        record = folded(Told().arrive().data(1, "language", "en").data(2, "meter", "3308"))

        assert (record.language, record.call_data) == ("en", {"meter": "3308"})

    def test_positions_told_are_kept_in_order(self) -> None:
        assert folded(queued().position(12, 3).position(42, 1)).visits[0].positions == (3, 1)

    def test_direct_call_without_offer_is_a_direct_handling(self) -> None:
        told = Told().arrive().call(LegDialled, 0, leg_id="x", party="agent", number="8001")
        told.offers = 9
        record = folded(told.connect(3).call(NodeEntered, 3, flow_id="f", node_id="n",
                                             node_kind="say"))  # fmt: skip

        assert (record.handlings[0].role, record.handlings[0].queue_id) == ("direct", None)

    def test_time_that_goes_back_makes_no_negative_stretch(self) -> None:
        record = folded(queued().end(9).leave(9, "abandoned"))

        assert all((one.ended_at_ms or 0) > one.started_at_ms for one in record.segments)
        assert record.visits[0].wait_ms == 0


class TestQuestions:
    def test_filters_agree_with_what_a_list_asks(self) -> None:
        record = folded(answered_call())

        for wanted, fits in (
            (CallFilter(), True),
            (CallFilter(from_ms=T0_MS, to_ms=T0_MS + 1), True),
            (CallFilter(from_ms=T0_MS + 1), False),
            (CallFilter(to_ms=T0_MS), False),
            (CallFilter(number="7156"), True),
            (CallFilter(number="9999"), False),
            (CallFilter(caller_number="13871562043"), True),
            (CallFilter(caller_number="7156"), False),
            (CallFilter(direction="inbound", result="answered"), True),
            (CallFilter(direction="outbound"), False),
            (CallFilter(result="failed"), False),
            (CallFilter(queue_id="support", agent_id="a1"), True),
            (CallFilter(queue_id="backup"), False),
            (CallFilter(agent_id="a2"), False),
        ):
            assert matches(record, wanted) is fits, wanted

    def test_call_is_its_agents_own_and_while_it_rings_also_whom_it_rings(self) -> None:
        ringing = folded(queued().offer(12, "a2"))

        assert works_on(ringing, "a2")  # type: ignore[arg-type]
        taken = folded(Told().arrive().enter(1).offer(2, agent="a2").end_offer(3, "accepted"))
        assert works_on(taken, "a2")  # type: ignore[arg-type]
        assert not works_on(ringing, "a1")  # type: ignore[arg-type]
        assert not works_on(ringing, None)
        assert works_on(folded(answered_call()), "a1")  # type: ignore[arg-type]

    def test_masked_number_shows_its_ends(self) -> None:
        assert masked("13871562043") == "138****2043"
        assert masked("8001") == "**01"
        assert masked("1") == "1"

    def test_sum_of_customer_segments_is_the_calls_length(self) -> None:
        record = folded(answered_call())

        assert sum(
            customer_ms(record, kind) for kind in ("flow", "queue", "ring", "talk", "hold")
        ) == ((record.ended_at_ms or 0) - record.arrived_at_ms)


def test_offer_reason_is_kept_as_it_was_given() -> None:
    told = queued().offer(12)
    made = next(fact for fact in told.facts if isinstance(fact, OfferMade))

    assert folded(told).offers[0].reason == made.reason
