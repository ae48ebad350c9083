"""One stimulus, all that follows from it, one commit, then its effects."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from cordboard.calls import CallDataSet, CallHeld, CallResumed
from cordboard.kit.bus import Bus
from cordboard.kit.clock import LoopClock
from cordboard.kit.facts import Fact, News
from cordboard.kit.ids import CallId, LegId
from cordboard.kit.turns import DeadLetter, MemoryJournal, Turn, Turns

pytestmark = pytest.mark.unit

CALL = CallId("c-1")
LEG = LegId("l-1")


def told(value: str) -> CallDataSet:
    return CallDataSet(at_ms=1, call_id=CALL, name="n", value=value)


class House:
    def __init__(self) -> None:
        self.bus = Bus()
        self.journal = MemoryJournal()
        self.turns = Turns(LoopClock(), self.bus, self.journal)


@pytest.fixture
def house() -> House:
    return House()


class TestHearing:
    def test_all_listeners_hear_all_news_in_one_order(self, house: House) -> None:
        heard: list[tuple[str, type[News]]] = []

        def answers(turn: Turn, news: News) -> None:
            heard.append(("first", type(news)))
            if isinstance(news, CallHeld):
                turn.tell(CallResumed(at_ms=turn.at_ms, call_id=CALL, leg_id=LEG))

        house.bus.subscribe(News, answers)
        house.bus.subscribe(News, lambda turn, news: heard.append(("second", type(news))))
        turn = Turn(1, house.bus)
        turn.tell(CallHeld(at_ms=1, call_id=CALL, leg_id=LEG))

        turn.settle()

        assert heard == [
            ("first", CallHeld),
            ("second", CallHeld),
            ("first", CallResumed),
            ("second", CallResumed),
        ]

    def test_a_failing_listener_keeps_nothing_from_the_others(self, house: House) -> None:
        heard: list[News] = []

        def fails(turn: Turn, news: News) -> None:
            raise KeyError("x")

        house.bus.subscribe(CallDataSet, fails)
        house.bus.subscribe(CallDataSet, lambda turn, news: heard.append(news))
        turn = Turn(1, house.bus)
        turn.tell(told("a"))

        turn.settle()

        assert heard == [told("a")]
        (letter,) = turn.dead
        assert isinstance(letter, DeadLetter)
        assert (letter.news, "fails" in letter.listener) == (told("a"), True)


class TestCommitting:
    async def test_who_posts_hears_when_the_effects_are_out_and_of_a_dead_letter(
        self, house: House
    ) -> None:
        def fails(turn: Turn, news: News) -> None:
            raise KeyError("x")

        def work(value: str, turn: Turn) -> None:
            turn.tell(told(value))
            turn.then(lambda: heard.append(f"effect of {value}"))

        heard: list[object] = []
        house.turns.post(partial(work, "a"), heard.append)
        house.bus.subscribe(CallDataSet, fails)
        house.turns.post(partial(work, "b"), heard.append)
        assert heard == []
        await asyncio.sleep(0)

        letter = heard.pop()
        assert heard == ["effect of a", None, "effect of b"]
        assert isinstance(letter, DeadLetter)
        assert letter.news == told("b")

    async def test_effects_come_after_the_commit_in_the_order_of_turns(self, house: House) -> None:
        done: list[str] = []
        for name in ("one", "two"):
            house.turns.post(_effect(done, name))
        assert done == []

        await house.turns.take(_effect(done, "three"))

        assert done == ["one", "two", "three"]

    async def test_watchers_see_facts_with_their_numbers_before_the_effects(
        self, house: House
    ) -> None:
        seen: list[object] = []
        house.turns.watch(seen.extend)

        def work(turn: Turn) -> None:
            turn.tell(told("a"))
            turn.tell(told("b"))
            turn.then(lambda: seen.append("effect"))

        await house.turns.take(work)

        assert seen == [(1, told("a")), (2, told("b")), "effect"]

    async def test_a_failing_effect_or_watcher_stops_no_other(self, house: House) -> None:
        done: list[str] = []
        house.turns.watch(_failing)

        def work(turn: Turn) -> None:
            turn.tell(told("a"))
            turn.then(lambda: _failing(()))
            turn.then(lambda: done.append("sent"))

        await house.turns.take(work)

        assert done == ["sent"]
        assert house.turns.failed_effects == 2

    async def test_an_error_of_the_work_is_raised_and_what_it_told_is_stored(
        self, house: House
    ) -> None:
        def work(turn: Turn) -> None:
            turn.tell(told("a"))
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            house.turns.post(work)
        assert [fact for _, fact in house.journal.facts] == [told("a")]

    async def test_whoever_awaits_a_turn_learns_of_its_dead_letter(self, house: House) -> None:
        house.bus.subscribe(CallDataSet, lambda turn, news: _failing(()))

        with pytest.raises(DeadLetter):
            await house.turns.take(lambda turn: turn.tell(told("a")))
        assert house.turns.dead_letters == 1

    async def test_a_turn_has_the_time_of_its_stimulus(self, house: House) -> None:
        times: list[int] = []
        await asyncio.sleep(3)
        house.turns.post(lambda turn: times.append(turn.at_ms))
        await house.turns.take(lambda turn: times.append(turn.at_ms), at_ms=5)

        assert times == [LoopClock().now_ms(), 5]


def _effect(done: list[str], name: str) -> Callable[[Turn], None]:
    return lambda turn: turn.then(lambda: done.append(name))


def _failing(numbered: object) -> None:
    raise RuntimeError("no")


def test_a_listener_is_named_by_room_and_method() -> None:
    class Room:
        def hear(self, turn: Turn, news: News) -> None:
            raise RuntimeError

    bus = Bus()
    bus.subscribe(Fact, Room().hear)
    turn = Turn(1, bus)
    turn.tell(told("a"))
    turn.settle()

    assert turn.dead[0].listener.endswith("Room.hear")
    assert turn.dead[0].listener.startswith(__name__)
