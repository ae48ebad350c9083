"""What a caller lives in a queue, without any agent."""

from collections.abc import Sequence
from typing import Any

import pytest
from typing_extensions import override

from cordboard.calls import CallEnded, CallRouted, PromptEnded
from cordboard.kit.facts import decode, encode
from cordboard.kit.ids import CallId, Ids, QueueId, VisitId
from cordboard.queues.errors import NoSuchQueueError
from cordboard.queues.events import PositionAnnounced, QueueEntered, QueueFact, QueueLeft
from cordboard.queues.fold import BASE_INTERVAL_MS, interval_of
from cordboard.queues.model import Queue
from cordboard.queues.repository import QueueRepository
from cordboard.queues.service import Queues
from tests.unit.acd.house import FakeCall, House, wait_s

pytestmark = pytest.mark.unit

MUSIC = ("moh:default",)


def a_house(**settings: Any) -> House:
    house = House()
    house.put_queue(**settings)
    return house


def outcomes(house: House) -> list[tuple[str, str, int]]:
    return [(fact.queue_id, fact.outcome, fact.wait_ms) for fact in house.told(QueueLeft)]


class TestEntering:
    async def test_the_call_is_answered_and_hears_welcome_and_then_music(self) -> None:
        house = a_house(welcome=("file:queue/wait",))
        house.arrive("c", language="en")
        assert house.calls.living[CallId("c")].is_up
        assert house.heard("c") == [("file:en/queue/wait",)]
        house.prompt_ends("c")
        assert house.heard("c")[-1] == MUSIC
        assert house.calls.living[CallId("c")].heard[-1][2] is True, "music goes on and on"

    async def test_without_a_welcome_the_music_begins_at_once(self) -> None:
        house = a_house()
        house.arrive("c")
        assert house.heard("c") == [MUSIC]

    async def test_a_missing_welcome_is_followed_by_music_too_and_missing_music_by_nothing(
        self,
    ) -> None:
        house = a_house(welcome=("file:none",))
        house.arrive("c")
        house.prompt_ends("c", "failed")
        assert house.heard("c")[-1] == MUSIC
        house.prompt_ends("c", "failed")
        assert house.heard("c") == [("file:zh/none",), MUSIC]

    async def test_thresholds_are_copied_onto_the_visit(self) -> None:
        house = a_house(service_level_s=30, short_abandon_s=3, priority=2, needs={"a": 1})
        house.arrive("c", priority=4, needs={"b": 2})
        (fact,) = house.told(QueueEntered)
        assert (fact.service_level_ms, fact.short_abandon_ms) == (30_000, 3_000)
        assert (fact.priority, fact.call_priority) == (6, 4)
        assert (fact.needs, fact.call_needs) == ({"a": 1, "b": 2}, {"b": 2})
        assert fact.entry_kind == "flow"

    async def test_the_place_counts_from_one_and_priority_goes_before(self) -> None:
        house = a_house()
        house.arrive("c1")
        await wait_s(1)
        house.arrive("c2")
        house.arrive("c3", priority=1)
        assert [fact.place for fact in house.told(QueueEntered)] == [1, 2, 1]
        waiting = house.queues.list_visits(QueueId("q"))
        assert [each.call_id for each in waiting] == ["c3", "c1", "c2"]

    async def test_facts_survive_the_journal(self) -> None:
        house = a_house()
        house.arrive("c")
        house.hang_up("c")
        for fact in house.told(QueueFact):
            assert decode(type(fact).__name__, fact.FORMAT, encode(fact)) == fact


class TestAnnouncements:
    async def test_caller_hears_the_position_every_thirty_seconds_and_then_music_again(
        self,
    ) -> None:
        house = a_house()
        house.arrive("first")
        house.arrive("c")
        await wait_s(30.1)
        assert house.heard("c")[-1][:2] == ("file:zh/queue/position_is", "say:zh:number/2")
        house.prompt_ends("c")
        assert house.heard("c")[-1] == MUSIC
        house.hang_up("first")
        await wait_s(30)
        announced = [fact for fact in house.told(PositionAnnounced) if fact.call_id == "c"]
        assert [fact.position for fact in announced] == [2, 1]

    async def test_a_queue_may_announce_nothing(self) -> None:
        house = a_house(announce_every_s=0)
        house.arrive("c")
        await wait_s(600)
        assert house.heard("c") == [MUSIC]

    async def test_an_announcement_that_something_else_replaced_brings_no_music_back(self) -> None:
        house = a_house()
        house.arrive("c")
        await wait_s(30.1)
        house.prompt_ends("c", "replaced")
        assert house.heard("c")[-1] != MUSIC

    async def test_they_go_on_while_an_agents_phone_rings(self) -> None:
        house = a_house(ring_limit_s=60)
        house.sign_in("ann")
        house.arrive("c")
        await wait_s(30.1)
        assert len(house.told(PositionAnnounced)) == 1
        house.prompt_ends("c")
        assert house.heard("c")[-1] == MUSIC

    async def test_a_dead_call_is_not_announced_to(self) -> None:
        house = a_house()
        house.arrive("c")
        house.calls.living.clear()
        await wait_s(31)
        assert house.told(PositionAnnounced) == []


class TestLeaving:
    async def test_the_caller_gives_up_after_two_minutes(self) -> None:
        house = a_house()
        house.arrive("c")
        await wait_s(120)
        house.hang_up("c")
        assert outcomes(house) == [("q", "abandoned", 120_000)]
        assert len(house.timers) == 0

    @pytest.mark.parametrize(("by", "reason"), [("network", ""), ("system", "crash")])
    async def test_a_line_that_drops_and_a_crash_are_no_abandon(self, by: Any, reason: str) -> None:
        house = a_house()
        house.arrive("c")
        house.hang_up("c", by, reason)
        assert outcomes(house) == [("q", "failed", 0)]

    async def test_a_caller_who_leaves_by_key_has_exited(self) -> None:
        house = a_house()
        house.arrive("c")
        house.tell(
            lambda at_ms: CallRouted(
                at_ms=at_ms, call_id=CallId("c"), kind="flow", target="mailbox"
            )
        )
        assert outcomes(house) == [("q", "exited", 0)]
        assert len(house.timers) == 0

    async def test_the_longest_wait_ends_with_sorry_and_the_end_of_the_call(self) -> None:
        house = a_house(max_wait_s=60, announce_every_s=0)
        house.arrive("c")
        await wait_s(60.1)
        assert outcomes(house) == [("q", "timed_out", 60_000)]
        assert house.heard("c")[-1] == ("file:zh/queue/timeout",)
        house.prompt_ends("c")
        (end,) = house.told(CallEnded)
        assert (end.by, end.reason) == ("system", "not-served")
        assert len(house.timers) == 0

    async def test_a_sorry_that_never_ends_does_not_keep_the_call(self) -> None:
        house = a_house(max_wait_s=60)
        house.arrive("c")
        await wait_s(91)
        assert len(house.told(CallEnded)) == 1

    async def test_a_call_routed_on_while_it_hears_sorry_is_not_ended(self) -> None:
        house = a_house(max_wait_s=10)
        house.arrive("c")
        await wait_s(10.1)
        house.arrive("c")
        house.tell(
            lambda at_ms: PromptEnded(
                at_ms=at_ms,
                call_id=CallId("c"),
                play_id=f"queue/{house.told(QueueLeft)[0].visit_id}/sorry",
                reason="finished",
            )
        )
        assert house.told(CallEnded) == []
        assert len(house.told(QueueEntered)) == 2


class TestOverflow:
    async def test_after_the_longest_wait_the_call_enters_the_next_queue_with_what_it_brought(
        self,
    ) -> None:
        house = a_house(
            max_wait_s=60, overflow_queue_id="backup", priority=3, needs={"only-here": 1}
        )
        house.put_queue("backup", priority=1)
        house.arrive("c", priority=2, needs={"english": 1})
        await wait_s(60.1)
        assert outcomes(house) == [("q", "overflowed", 60_000)]
        entered = house.told(QueueEntered)[-1]
        assert (entered.queue_id, entered.entry_kind) == ("backup", "overflow")
        assert (entered.priority, entered.needs) == (3, {"english": 1})
        assert house.told(CallRouted)[-1].by == "queue:q"

    async def test_a_queue_that_overflows_into_itself_times_out(self) -> None:
        house = a_house(max_wait_s=60, overflow_queue_id="q")
        house.arrive("c")
        await wait_s(60.1)
        assert outcomes(house) == [("q", "timed_out", 60_000)]

    async def test_two_full_queues_that_overflow_into_each_other_do_not_play_ball(self) -> None:
        house = a_house(max_length=1, overflow_queue_id="backup")
        house.put_queue("backup", max_length=1, overflow_queue_id="q")
        house.arrive("c1")
        house.arrive("c2", "backup")
        house.arrive("c3")
        assert outcomes(house) == [("q", "overflowed", 0), ("backup", "refused", 0)]
        assert house.heard("c3") == [("file:zh/queue/full",)]


class TestTheDoor:
    async def test_a_full_queue_refuses_with_sorry_and_ends_the_call(self) -> None:
        house = a_house(max_length=1)
        house.arrive("c1")
        house.arrive("c2", language="en")
        assert outcomes(house) == [("q", "refused", 0)]
        assert house.calls.living[CallId("c2")].is_up, "to be heard, it must be answered"
        assert house.heard("c2") == [("file:en/queue/full",)]
        house.prompt_ends("c2")
        assert house.told(CallEnded)[0].call_id == "c2"

    async def test_an_unknown_queue_refuses_and_says_so_in_the_facts(self) -> None:
        house = a_house()
        house.arrive("c", "nowhere")
        (entered,) = house.told(QueueEntered)
        assert entered.queue_id == "nowhere"
        assert outcomes(house) == [("nowhere", "refused", 0)]
        assert house.heard("c") == [("file:zh/queue/timeout",)]

    async def test_nobody_signed_in_refuses_where_the_queue_says_so(self) -> None:
        house = a_house(refuse_without_agents=True)
        house.arrive("c1")
        house.sign_in("ann")
        house.arrive("c2")
        assert outcomes(house) == [("q", "refused", 0)]
        assert house.agent("ann").call_id == "c2"


class TestQuestions:
    async def test_an_unknown_queue_is_an_error(self) -> None:
        with pytest.raises(NoSuchQueueError):
            House().queues.get_queue(QueueId("x"))

    async def test_queues_are_listed_by_id(self) -> None:
        house = a_house()
        house.put_queue("a")
        assert [queue.id for queue in house.queues.list_queues()] == ["a", "q"]

    async def test_who_does_not_wait_is_not_found(self) -> None:
        house = a_house()
        assert house.queues.find_waiting(CallId("x")) is None
        assert house.queues.find_estimate_s(CallId("x"), 0) is None
        house.arrive("c")
        assert house.queues.find_estimate_s(CallId("c"), 0) is None

    async def test_orders_for_calls_that_do_not_wait_do_nothing(self) -> None:
        house = a_house()
        house.turns.post(lambda turn: house.queues.mark_offered(turn, CallId("x"), offered=False))
        house.turns.post(lambda turn: house.queues.mark_accepted(turn, CallId("x")))
        house.queues.set_offer(CallId("x"), "open")
        assert house.facts == []

    async def test_a_handling_of_long_ago_writes_nothing(self) -> None:
        house = a_house()
        house.turns.post(
            lambda turn: house.queues.report_handling(
                turn, QueueId("q"), started_at_ms=0, handle_ms=1
            )
        )
        assert house.journal.writes == []

    async def test_nothing_is_read_or_stored_without_a_repository(self) -> None:
        house = House()
        await house.queues.load(0)
        await house.queues.save_queue(a_house().queues.list_queues()[0])
        assert [queue.id for queue in house.queues.list_queues()] == ["q"]


class KeptQueues(QueueRepository):
    """A repository that keeps one queue and one interval, in memory."""

    def __init__(self, queue: Queue, interval_at_ms: int) -> None:
        self._queue = queue
        self._interval_at_ms = interval_at_ms
        self.saved: list[Queue] = []

    @override
    async def list_queues(self) -> Sequence[Queue]:
        return [self._queue]

    @override
    async def save_queue(self, queue: Queue) -> None:
        self.saved.append(queue)

    @override
    async def list_handle_times(self, since_ms: int) -> Sequence[tuple[QueueId, int, int, int]]:
        assert since_ms < self._interval_at_ms
        return [(self._queue.id, self._interval_at_ms, 4, 400_000)]


async def test_queues_and_handle_times_are_read_after_a_restart() -> None:
    house = House()
    now_ms = interval_of(house.now_ms)
    kept = KeptQueues(Queue(id=QueueId("q"), name="q"), now_ms - BASE_INTERVAL_MS)
    ids = Ids(house.clock.now_ms)
    queues = Queues(house.calls, house.turns, house.timers, ids, kept)
    await queues.load(now_ms)
    queues.report_agents(QueueId("q"), ready=1, signed_in=1)
    house.calls.living[CallId("c")] = FakeCall()
    house.turns.post(
        lambda turn: queues.routed(
            turn, CallRouted(at_ms=turn.at_ms, call_id=CallId("c"), kind="queue", target="q")
        )
    )
    assert queues.find_estimate_s(CallId("c"), now_ms) == 100.0
    await queues.save_queue(Queue(id=QueueId("r"), name="r"))
    assert [queue.id for queue in kept.saved] == ["r"]
    assert [queue.id for queue in queues.list_queues()] == ["q", "r"]


class TestStaleTimers:
    async def test_a_timer_of_an_earlier_visit_does_nothing(self) -> None:
        house = a_house()
        house.calls.living[CallId("c")] = FakeCall()
        house.turns.post(lambda turn: house.queues._give_up(turn, VisitId("v-old"), CallId("c")))
        house.turns.post(lambda turn: house.queues._announce(turn, VisitId("v-old"), CallId("c")))
        house.turns.post(
            lambda turn: house.queues._say_goodbye(turn, CallId("c"), VisitId("v-old"))
        )
        assert house.facts == []


async def test_an_hour_in_the_queue_is_replayed_to_the_same_memory() -> None:
    house = a_house(max_wait_s=600, overflow_queue_id="b")
    house.put_queue("b", max_length=3, max_wait_s=100)
    for number in range(12):
        house.arrive(f"c{number}", priority=number % 2)
        await wait_s(97)
        if number % 3 == 0:
            house.hang_up(f"c{number}")
        assert house.rebuilt().memory() == house.memory()
