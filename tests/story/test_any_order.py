"""Verbs and hang-ups in any order that comes to a mind: what every call keeps."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordboard.calls import Target
from cordboard.calls.state import LegState
from cordboard.kit.errors import DomainError
from cordboard.kit.ids import AgentId
from tests.story.test_hang_ups import nobody_hears_who_is_not_there, on_line
from tests.support.floor import BOSS_PHONE, EXPERT, STATES, A, B, C, Floor, State
from tests.support.virtual_time import run_virtual

pytestmark = pytest.mark.story

PICKS = st.integers(0, 2)
"Which of the agents that are on the call, in the order in which they came."

AGENTS = st.sampled_from((A, B, C))
TARGETS = st.sampled_from(
    (
        Target("agent", A),
        Target("agent", B),
        Target("agent", C),
        Target("outside", EXPERT),
        Target("queue", "billing"),
        Target("flow", "demo"),
    )
)
VERBS = st.sampled_from(
    ("hold", "retrieve", "complete", "cancel", "alternate", "conference", "hang_up", "park")
)
PEOPLE = st.sampled_from(("8001", "8002", "8003", EXPERT, BOSS_PHONE))
STEPS = st.one_of(
    st.tuples(st.just("verb"), VERBS, PICKS),
    st.tuples(st.just("aim"), st.sampled_from(("consult", "consult", "transfer")), PICKS, TARGETS),
    st.tuples(st.just("mute"), PICKS, st.booleans()),
    st.tuples(st.just("answer")),
    st.tuples(st.just("answer")),
    st.tuples(st.just("answer")),
    st.tuples(st.just("leave"), PEOPLE),
    st.tuples(st.just("supervise"), st.sampled_from(("listen", "whisper", "barge"))),
    st.tuples(st.just("intercept")),
    st.tuples(st.just("pick_up"), AGENTS),
    st.tuples(st.just("wait"), st.sampled_from((0.0, 0.5, 20.0))),
)


async def play(state: State, steps: list[tuple[Any, ...]]) -> None:
    floor = await (await Floor.open()).talk()
    await state(floor)
    for step in steps:
        if not floor.house.rooms.calls.calls:
            break
        with suppress(DomainError):  # refused: nothing may have changed
            await take(floor, *step)
        nobody_hears_who_is_not_there(floor)
        assert floor.house.journal.dead == []
    await floor.close()


async def take(floor: Floor, what: str, *words: Any) -> None:
    await STEP[what](floor, *words)


def actor(floor: Floor, pick: int) -> AgentId:
    legs = floor.call.legs.values()
    there = [leg.agent_id for leg in legs if leg.agent_id and leg.state is LegState.ANSWERED]
    return there[pick % len(there)] if there else A


async def verb(floor: Floor, name: str, pick: int, *args: Target) -> None:
    await floor.do(name, actor(floor, pick), *args)


async def answer(floor: Floor) -> None:
    """Whoever is rung picks up."""
    for party in floor.parties():
        if party.state == "ringing":
            party.pick_up()
    await asyncio.sleep(0.2)


async def leave(floor: Floor, who: str) -> None:
    party = on_line(floor, who)
    if party is not None:
        party.hang_up()
        await asyncio.sleep(0.2)


async def pick_up(floor: Floor, agent_id: AgentId) -> None:
    slot = floor.call.slot
    if slot is not None:
        take_up = floor.house.rooms.verbs.pick_up
        await floor.turn(lambda turn: take_up(turn, slot, agent_id))
        await asyncio.sleep(0.2)


async def mute(floor: Floor, pick: int, is_muted: bool) -> None:
    await floor.do("mute", actor(floor, pick), is_muted=is_muted)


STEP: dict[str, Callable[..., Awaitable[None]]] = {
    "verb": verb,
    "aim": verb,
    "mute": mute,
    "answer": answer,
    "leave": leave,
    "supervise": Floor.supervise,
    "intercept": Floor.intercept,
    "pick_up": pick_up,
    "wait": lambda floor, seconds: floor.house.after(seconds),
}


@given(st.sampled_from(STATES), st.lists(STEPS, min_size=1, max_size=14))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_call_keeps_its_law(state: State, steps: list[tuple[Any, ...]]) -> None:
    """Every leg ends once, segments add up, one recording, nobody hears who should not."""
    run_virtual(play(state, steps))
