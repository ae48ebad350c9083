"""Leading calls: beginnings, ends in every order, faults, versions, replay."""

from typing import Any

import pytest

from cordboard.calls import (
    AgentConnected,
    CallRouted,
    DigitsCollected,
    PartiesConnected,
    PromptEnded,
)
from cordboard.flows.errors import BadFlowError, FlowVersionTakenError, NoSuchFlowError
from cordboard.flows.events import (
    FlowEnded,
    FlowFact,
    FlowStarted,
    NodeEntered,
    NodeFailed,
    NodeLeft,
)
from cordboard.flows.graph import Flow, check
from cordboard.kit.ids import AgentId, LegId
from tests.unit.flows.hotline import BYE, ID, Hotline, a_flow, finish

pytestmark = pytest.mark.unit

HELLO = {"kind": "play", "items": ["hello"], "exits": {"done": "ask"}}
ASK = {
    "kind": "menu",
    "items": ["ask"],
    "keys": {"1": "again"},
    "exits": {"again": "hello", "no_input": "bye", "invalid": "bye"},
}
NODES: dict[str, Any] = {"hello": HELLO, "ask": ASK, "bye": BYE}


def test_a_call_that_is_routed_to_a_flow_is_answered_and_led_to_its_first_node() -> None:
    hotline = Hotline(a_flow(NODES)).dial()

    assert hotline.calls.answered == 1
    assert [type(fact).__name__ for fact in hotline.facts] == [
        "CallRouted", "FlowStarted", "NodeEntered",
    ]  # fmt: skip
    (entered,) = hotline.told(NodeEntered)
    assert (entered.node_id, entered.node_kind, entered.stream) == ("hello", "play", "call/c-1")


def test_a_flow_that_is_not_there_ends_the_call() -> None:
    hotline = Hotline().dial("none")

    assert [end.reason for end in hotline.calls.ends] == ["no-such-flow"]
    assert hotline.told(FlowFact) == []


def test_a_call_that_is_gone_already_is_not_led() -> None:
    hotline = Hotline(a_flow(NODES))
    hotline.calls.alive = False
    hotline.dial()

    assert hotline.told(FlowFact) == []


@pytest.mark.parametrize(
    ("by", "reason", "outcome", "detail"),
    [
        ("customer", "", "caller_left", ""),
        ("network", "media-gone", "caller_left", "media-gone"),
        ("system", "crash", "failed", "crash"),
        ("supervisor", "", "failed", "supervisor"),
    ],
)
def test_the_end_of_the_call_is_the_end_of_the_run(
    by: str, reason: str, outcome: str, detail: str
) -> None:
    hotline = Hotline(a_flow(NODES)).dial()
    hotline.hang_up(by, reason)

    assert (hotline.ended.outcome, hotline.ended.detail) == (outcome, detail)
    assert hotline.service.find_run(ID) is None


def test_what_is_told_after_the_end_is_ignored() -> None:
    hotline = Hotline(a_flow(NODES)).dial()
    hotline.hang_up()
    before = list(hotline.facts)
    hotline.prompt_ends()
    hotline.hang_up()

    assert hotline.told(FlowFact) == [fact for fact in before if isinstance(fact, FlowFact)]


def test_a_call_that_is_routed_away_leaves_its_flow() -> None:
    hotline = Hotline(a_flow(NODES)).dial()
    hotline.hear(CallRouted(at_ms=1, call_id=ID, kind="queue", target="vip"))

    assert (hotline.ended.outcome, hotline.ended.detail) == ("routed", "queue:vip")
    assert hotline.node == ""


@pytest.mark.parametrize(
    "news",
    [
        AgentConnected(at_ms=1, call_id=ID, agent_id=AgentId("a"), leg_id=LegId("l")),
        PartiesConnected(at_ms=1, call_id=ID, leg_id=LegId("l"), other_leg_id=LegId("m")),
    ],
)
def test_a_call_that_somebody_takes_leaves_its_flow(news: Any) -> None:
    hotline = Hotline(a_flow(NODES)).dial()
    hotline.hear(news)

    assert hotline.ended.outcome == "routed"


def test_a_call_may_come_back_into_a_flow() -> None:
    hotline = Hotline(a_flow(NODES)).dial()
    hotline.prompt_ends()
    hotline.dial()

    assert [fact.outcome for fact in hotline.told(FlowEnded)] == ["routed"]
    assert hotline.node == "hello"


class TestStaleNews:
    def test_an_earlier_prompt_ends_too_late_to_matter(self) -> None:
        hotline = Hotline(a_flow(NODES)).dial()
        first: Any = hotline.calls.waiting
        hotline.prompt_ends()
        hotline.hear(PromptEnded(at_ms=2, call_id=ID, play_id=first[0], reason="replaced"))

        assert hotline.path == ["hello", "ask"]

    def test_keys_for_an_earlier_question_do_not_answer_this_one(self) -> None:
        hotline = Hotline(a_flow({"ask": ASK, "hello": HELLO, "bye": BYE})).dial()
        first: Any = hotline.calls.waiting
        hotline.silence()
        late = DigitsCollected(
            at_ms=2, call_id=ID, collect_id=first.collect_id, digits="1", reason="max"
        )
        hotline.hear(late)

        assert hotline.told(NodeLeft) == []

    def test_what_was_stopped_is_being_ended_or_taken_elsewhere(self) -> None:
        hotline = Hotline(a_flow(NODES)).dial()
        hotline.prompt_ends("stopped")
        assert hotline.path == ["hello"]
        hotline.prompt_ends()
        hotline.collected("1", "stopped")

        assert hotline.path == ["hello", "ask"]


class TestCircles:
    LOOP = a_flow(
        {
            "a": {"kind": "play", "items": ["gone"], "exits": {"done": "b"}},
            "b": {"kind": "play", "items": ["gone"], "exits": {"done": "a"}},
        }
    )

    def run_in_circles(self, hotline: Hotline) -> None:
        while not hotline.told(NodeFailed) or not hotline.told(NodeFailed)[-1].is_final:
            waiting: Any = hotline.calls.waiting
            hotline.hear(
                PromptEnded(
                    at_ms=hotline.clock.at_ms, call_id=ID, play_id=waiting[0], reason="failed"
                )
            )

    def test_a_loop_at_full_speed_is_stopped_with_an_apology(self) -> None:
        hotline = Hotline(self.LOOP).dial()
        self.run_in_circles(hotline)

        assert len(hotline.path) == 100
        assert hotline.calls.heard[-1] == ("file:zh/system/error",)
        assert hotline.calls.ends == []
        hotline.prompt_ends()
        assert (hotline.ended.outcome, hotline.ended.detail) == ("failed", "too-many-steps")
        assert [end.reason for end in hotline.calls.ends] == ["flow-failed"]

    def test_an_apology_that_cannot_be_heard_ends_the_call_too(self) -> None:
        hotline = Hotline(self.LOOP).dial()
        self.run_in_circles(hotline)
        hotline.prompt_ends("failed")

        assert hotline.calls.ends

    def test_a_loop_at_a_callers_pace_goes_on(self) -> None:
        hotline = Hotline(self.LOOP).dial()
        for _ in range(300):
            hotline.prompt_ends()

        assert len(hotline.path) == 301

    def test_two_flows_that_send_a_call_to_and_fro_are_stopped(self) -> None:
        there = {"kind": "route", "to": "flow", "target": "two", "exits": {"failed": "bye"}}
        back = {**there, "target": "demo"}
        hotline = Hotline(
            a_flow({"go": back, "bye": BYE}, id="two"), a_flow({"go": there, "bye": BYE})
        ).dial()

        assert len(hotline.path) == 100
        hotline.prompt_ends()
        assert hotline.told(FlowEnded)[-1].outcome == "failed"
        assert hotline.calls.ends

    def test_hanging_up_during_the_apology_is_the_callers_leaving(self) -> None:
        hotline = Hotline(self.LOOP).dial()
        self.run_in_circles(hotline)
        hotline.hang_up()

        assert hotline.ended.outcome == "caller_left"


class TestPublish:
    def test_new_calls_enter_the_new_version_and_old_ones_keep_theirs(self) -> None:
        hotline = Hotline(a_flow(NODES)).dial()
        changed = {**NODES, "ask": {**ASK, "items": ["other"]}}
        finish(hotline.service.publish(check(a_flow(changed, version=2))))
        hotline.prompt_ends()
        assert hotline.calls.heard[-1] == ("file:zh/ask",)
        hotline.dial()
        hotline.prompt_ends()
        assert hotline.calls.heard[-1] == ("file:zh/other",)

        assert [fact.version for fact in hotline.told(FlowStarted)] == [1, 2]

    def test_versions_that_no_call_is_in_are_forgotten(self) -> None:
        hotline = Hotline(a_flow(NODES)).dial()
        for version in (2, 3):
            finish(hotline.service.publish(check(a_flow(NODES, version=version))))
        hotline.hang_up()
        finish(hotline.service.publish(check(a_flow(NODES, version=4))))

        restored = hotline.service
        restored.replay(FlowStarted(at_ms=1, call_id=ID, flow_id="demo", version=1))
        run = restored.find_run(ID)
        assert run is not None
        hotline.hear(PromptEnded(at_ms=1, call_id=ID, play_id=run.order_id, reason="finished"))
        assert hotline.told(NodeFailed)[-1].detail == "flow-version-gone"

    def test_the_live_version_may_be_published_again_without_effect(self) -> None:
        hotline = Hotline(a_flow(NODES))
        live = hotline.service.get_live("demo")

        assert finish(hotline.service.publish(check(a_flow(NODES)))) is live

    @pytest.mark.parametrize("version", [1, 2])
    def test_a_version_is_published_once(self, version: int) -> None:
        hotline = Hotline(a_flow(NODES, version=2))
        with pytest.raises(FlowVersionTakenError) as caught:
            finish(hotline.service.publish(check(a_flow(NODES, version=version, name="Other"))))

        assert (caught.value.status, caught.value.code) == (409, "flow-version-taken")
        assert hotline.service.get_live("demo").name == "Demo"

    def test_a_missing_prompt_is_found_before_any_caller_misses_it(self) -> None:
        hotline = Hotline(missing=["file:en/ask", "file:zh/system/error"])
        with pytest.raises(BadFlowError) as caught:
            finish(hotline.service.publish(check(a_flow(NODES))))

        problems: Any = caught.value.details["problems"]
        assert [(one["node_id"], one["code"], one["message"]) for one in problems] == [
            ("ask", "missing-prompt", "there is no prompt file:en/ask"),
            ("", "missing-prompt", "there is no prompt file:zh/system/error"),
        ]
        assert hotline.flows.stored == {}
        with pytest.raises(NoSuchFlowError):
            hotline.service.get_live("demo")

    def test_a_target_that_is_not_there_is_a_warning(self) -> None:
        out = {"kind": "route", "to": "queue", "target": "vip", "exits": {"failed": "on"}}
        on = {"kind": "route", "to": "flow", "target": "next", "exits": {"failed": "keyed"}}
        keyed = {"kind": "route", "to": "extension", "target": "{x}", "exits": {"failed": "bye"}}
        nodes = {"out": out, "on": on, "keyed": keyed, "bye": BYE}
        hotline = Hotline(lost=[("queue", "vip")])
        flow = finish(hotline.service.publish(check(a_flow(nodes, variables={"x": ""}))))

        assert [(one.node_id, one.code, one.severity) for one in flow.warnings] == [
            ("out", "no-such-target", "warning"),
            ("on", "no-such-target", "warning"),
        ]

    def test_flows_are_there_again_after_a_restart(self) -> None:
        hotline = Hotline(a_flow(NODES, id="b"), a_flow(NODES, id="a", version=2))
        service = hotline.a_service()
        finish(service.load())

        assert [(flow.id, flow.version) for flow in service.list_live()] == [("a", 2), ("b", 1)]
        assert hotline.flows.stored["b", 1][1] == hotline.clock.at_ms

    def test_a_slow_older_version_does_not_replace_a_newer_one(self) -> None:
        hotline = Hotline(a_flow(NODES, version=1))
        older, newer = check(a_flow(NODES, version=2)), check(a_flow(NODES, version=3))
        publishing = hotline.flows.publish
        waiting: list[Any] = []

        async def slow(flow: Flow, published_at_ms: int) -> None:
            await publishing(flow, published_at_ms)
            if flow.version == 2:
                finish(hotline.service.publish(newer))
            waiting.append(flow.version)

        hotline.flows.publish = slow  # type: ignore[method-assign]
        finish(hotline.service.publish(older))

        assert waiting == [3, 2]
        assert hotline.service.get_live("demo").version == 3


class TestReplay:
    def test_at_every_moment_the_replayed_run_is_the_run(self) -> None:
        hotline = Hotline(a_flow(NODES)).dial()
        steps: list[Any] = [
            hotline.prompt_ends,
            hotline.silence,
            lambda: hotline.key("9"),
            lambda: hotline.key("1"),
            hotline.prompt_ends,
            hotline.hang_up,
        ]
        for step in (lambda: None, *steps):
            step()
            service = hotline.a_service()
            finish(service.load())
            for fact in hotline.facts:
                service.replay(fact)
            assert service.find_run(ID) == hotline.service.find_run(ID)

    def test_a_crash_closes_what_was_replayed(self) -> None:
        before = Hotline(a_flow(NODES)).dial()
        before.prompt_ends()
        after = Hotline(a_flow(NODES))
        for fact in before.facts:
            after.service.replay(fact)
        after.hang_up("system", "crash")

        assert after.calls.heard == []
        assert [(fact.outcome, fact.detail) for fact in after.told(FlowEnded)] == [
            ("failed", "crash")
        ]
        assert after.service.find_run(ID) is None

    def test_a_restored_run_goes_on_where_it_was(self) -> None:
        before = Hotline(a_flow(NODES)).dial()
        after = Hotline(a_flow(NODES))
        for fact in before.facts:
            after.service.replay(fact)
        after.calls.waiting = before.calls.waiting
        after.prompt_ends()

        assert after.path == ["ask"]


def test_a_flow_of_one_language_speaks_it_to_everybody() -> None:
    hotline = Hotline(a_flow(NODES, languages=["en"])).dial()

    assert hotline.calls.heard == [("file:en/hello",)]


def test_a_declared_value_counts_until_the_call_has_one() -> None:
    say = {"kind": "say", "value": "{account}", "exits": {"done": "bye"}}
    hotline = Hotline(a_flow({"say": say, "bye": BYE}, variables={"account": "1"}))
    hotline.calls.data["account"] = "2"
    hotline.dial()

    assert hotline.calls.heard == [("say:zh:digits/2",)]


def test_a_call_that_dies_within_a_turn_is_not_routed() -> None:
    out = {"kind": "route", "to": "queue", "target": "q", "exits": {"failed": "bye"}}
    nodes = {"hello": {**HELLO, "exits": {"done": "out"}}, "out": out, "bye": BYE}
    hotline = Hotline(a_flow(nodes)).dial()
    hotline.calls.alive = False
    hotline.prompt_ends()

    assert hotline.calls.routes == []
    assert hotline.told(FlowEnded) == []
