"""Every kind of node, and every exit of it, as a caller meets it."""

from typing import Any, ClassVar

import pytest

from cordboard.flows.events import NodeFailed, NodeLeft, NodeRetried
from cordboard.flows.model import LANGUAGES, Scene
from cordboard.flows.nodes import KINDS
from cordboard.flows.nodes.node import Node, SpeakingNode
from tests.unit.flows.hotline import BYE, Hotline, a_flow

pytestmark = pytest.mark.unit

GOAL = {"kind": "play", "items": ["goal"], "exits": {"done": "bye"}}


def at(node: dict[str, Any], **head: Any) -> Hotline:
    """A caller at this node; every exit leads to `goal`."""
    return Hotline(a_flow({"node": node, "goal": GOAL, "bye": BYE}, **head)).dial()


def left(hotline: Hotline) -> tuple[str, str]:
    """Exit and digits by which the caller left `node`."""
    (fact,) = (fact for fact in hotline.told(NodeLeft) if fact.node_id == "node")
    return fact.exit, fact.digits


class TestPlay:
    NODE: ClassVar[dict[str, Any]] = {
        "kind": "play",
        "items": ["menus/welcome", "silence:500"],
        "exits": {"done": "goal"},
    }

    def test_caller_hears_the_prompts_in_the_language_of_the_call(self) -> None:
        hotline = at(self.NODE)

        assert hotline.calls.heard == [("file:zh/menus/welcome", "silence:500")]

    def test_it_goes_on_when_the_prompts_are_over(self) -> None:
        hotline = at(self.NODE)
        hotline.prompt_ends()

        assert left(hotline) == ("done", "")
        assert hotline.node == "goal"

    @pytest.mark.parametrize(
        ("language", "heard"),
        [
            ("zh", ("file:zh/hello",)),
            ("en", ("file:en/hello",)),
            ("both", ("file:zh/hello", "file:en/hello")),
        ],
    )
    def test_a_node_may_choose_its_own_language(
        self, language: str, heard: tuple[str, ...]
    ) -> None:
        node = {"kind": "play", "items": ["hello"], "language": language, "exits": {"done": "goal"}}

        assert at(node).calls.heard == [heard]

    def test_a_missing_prompt_leads_on_and_is_told(self) -> None:
        hotline = at(self.NODE)
        hotline.prompt_ends("failed", "file:zh/menus/welcome")

        (fault,) = hotline.told(NodeFailed)
        assert (fault.node_id, fault.detail) == ("node", "prompt: file:zh/menus/welcome")
        assert not fault.is_final
        assert hotline.node == "goal"

    def test_a_key_ends_what_is_interruptible(self) -> None:
        hotline = at({**self.NODE, "interruptible": True})
        hotline.key("5")

        assert left(hotline) == ("done", "5")

    def test_what_is_interruptible_ends_by_itself_too(self) -> None:
        hotline = at({**self.NODE, "interruptible": True})
        hotline.silence()

        assert left(hotline) == ("done", "")

    def test_a_missing_interruptible_prompt_leads_on(self) -> None:
        hotline = at({**self.NODE, "interruptible": True})
        hotline.collected("", "failed")

        assert hotline.told(NodeFailed)
        assert hotline.node == "goal"

    def test_what_cannot_be_spoken_is_left_out(self) -> None:
        node = {"kind": "play", "items": ["say:digits/{x}"], "exits": {"done": "goal"}}
        hotline = at(node, variables={"x": "not digits"})

        assert hotline.node == "goal"
        assert hotline.calls.heard == [("file:zh/goal",)]


class TestMenu:
    NODE: ClassVar[dict[str, Any]] = {
        "kind": "menu",
        "items": ["ask"],
        "keys": {"1": "one", "2": "two", "#": "hash"},
        "sets": {"2": {"language": "en", "choice": "{caller_number}"}},
        "timeout_s": 4,
        "retries": 1,
        "no_input_items": ["hello"],
        "invalid_items": ["wrong"],
        "exits": dict.fromkeys(("one", "two", "hash", "no_input", "invalid"), "goal"),
    }
    VARIABLES: ClassVar[dict[str, str]] = {"choice": ""}

    def a_menu(self) -> Hotline:
        return at(self.NODE, variables=self.VARIABLES)

    @pytest.mark.parametrize(("key", "exit"), [("1", "one"), ("2", "two"), ("#", "hash")])
    def test_each_key_has_its_exit(self, key: str, exit: str) -> None:
        hotline = self.a_menu()
        hotline.key(key)

        assert left(hotline) == (exit, key)
        assert hotline.told(NodeRetried) == []

    def test_hash_as_a_terminator_is_a_key_like_others(self) -> None:
        hotline = self.a_menu()
        hotline.collected("", "terminator", "#")

        assert left(hotline) == ("hash", "#")

    def test_a_key_may_set_variables_and_the_language_of_later_prompts(self) -> None:
        hotline = self.a_menu()
        hotline.key("2")

        assert hotline.calls.data["choice"] == "13800001234"
        assert hotline.calls.heard[-1] == ("file:en/goal",)

    def test_silence_asks_again_and_then_leaves_by_no_input(self) -> None:
        hotline = self.a_menu()
        hotline.silence()
        assert hotline.calls.heard[-1] == ("file:zh/hello", "file:zh/ask")
        hotline.silence()

        assert left(hotline) == ("no_input", "")
        assert [fact.reason for fact in hotline.told(NodeRetried)] == ["no_input"]

    def test_a_wrong_key_asks_again_and_then_leaves_by_invalid(self) -> None:
        hotline = self.a_menu()
        hotline.key("9")
        assert hotline.calls.heard[-1] == ("file:zh/wrong", "file:zh/ask")
        hotline.key("8")

        assert left(hotline) == ("invalid", "8")
        assert [(fact.reason, fact.digits) for fact in hotline.told(NodeRetried)] == [
            ("invalid", "9")
        ]

    def test_the_second_try_may_be_right(self) -> None:
        hotline = self.a_menu()
        hotline.silence()
        hotline.key("1")

        assert left(hotline) == ("one", "1")

    def test_a_question_that_cannot_be_put_is_not_put_again(self) -> None:
        hotline = self.a_menu()
        hotline.collected("", "failed")

        assert left(hotline) == ("no_input", "")
        assert hotline.told(NodeFailed)

    def test_it_waits_as_long_as_it_says(self) -> None:
        order: Any = self.a_menu().calls.waiting

        assert (order.first_ms, order.max_digits, order.terminators) == (4000, 1, "")


class TestCollect:
    NODE: ClassVar[dict[str, Any]] = {
        "kind": "collect",
        "variable": "account",
        "items": ["ask"],
        "min_digits": 3,
        "max_digits": 6,
        "retries": 1,
        "no_input_items": ["hello"],
        "invalid_items": ["wrong"],
        "exits": dict.fromkeys(("collected", "no_input", "invalid"), "goal"),
    }

    def asked(self, **changes: Any) -> Hotline:
        return at({**self.NODE, **changes}, variables={"account": ""})

    @pytest.mark.parametrize("keys", ["123#", "123456", "1234"])
    def test_an_entry_is_kept(self, keys: str) -> None:
        hotline = self.asked()
        hotline.key(keys)

        assert hotline.calls.data["account"] == keys.rstrip("#")
        assert left(hotline) == ("collected", keys)

    def test_silence_asks_again_and_then_leaves_by_no_input(self) -> None:
        hotline = self.asked()
        hotline.silence()
        assert hotline.calls.heard[-1] == ("file:zh/hello", "file:zh/ask")
        hotline.silence()

        assert left(hotline) == ("no_input", "")

    @pytest.mark.parametrize("keys", ["12#", "12", "#"])
    def test_too_short_an_entry_asks_again_and_then_leaves_by_invalid(self, keys: str) -> None:
        hotline = self.asked()
        hotline.key(keys)
        assert hotline.calls.heard[-1] == ("file:zh/wrong", "file:zh/ask")
        hotline.key(keys)

        assert left(hotline) == ("invalid", keys)
        assert "account" not in hotline.calls.data

    def test_a_pattern_ends_the_entry_when_it_matches(self) -> None:
        hotline = self.asked(pattern="13[0-5]X|2NN", terminators="")
        hotline.key("1349")

        assert hotline.calls.data["account"] == "1349"

    def test_an_entry_that_does_not_match_is_invalid(self) -> None:
        hotline = self.asked(pattern="13[0-5]X|2NN")
        hotline.key("139#")
        hotline.key("1390#")

        assert left(hotline) == ("invalid", "1390#")

    def test_an_empty_entry_may_be_allowed(self) -> None:
        hotline = self.asked(min_digits=0)
        hotline.key("#")

        assert left(hotline) == ("collected", "#")

    def test_a_question_that_cannot_be_put_leaves_by_no_input(self) -> None:
        hotline = self.asked()
        hotline.collected("", "failed")

        assert left(hotline) == ("no_input", "")


class TestSay:
    @pytest.mark.parametrize(
        ("form", "value", "item"),
        [
            ("digits", "{account}", "say:zh:digits/0042"),
            ("digits", "12*#", "say:zh:digits/12*#"),
            ("number", "-3.14", "say:zh:number/-3.14"),
            ("ordinal", "3", "say:zh:ordinal/3"),
            ("money", "12.30/CNY", "say:zh:money/12.30/CNY"),
            ("date", "{date}", "say:zh:date/2026-11-18"),
            ("date", "2026-11-22", "say:zh:date/2026-11-22"),
            ("date", "{datetime}", "say:zh:date/2026-11-18"),
            ("time", "{time}", "say:zh:time/19:06"),
            ("time", "08:15", "say:zh:time/08:15"),
            ("time", "{datetime}", "say:zh:time/19:06"),
            ("phone", "{caller_number}", "say:zh:phone/13800001234"),
            ("duration", "90", "say:zh:duration/90"),
        ],
    )
    def test_a_value_is_spoken_between_prompts(self, form: str, value: str, item: str) -> None:
        node = {
            "kind": "say",
            "value": value,
            "form": form,
            "before": ["you_entered"],
            "after": ["thanks"],
            "exits": {"done": "goal"},
        }
        hotline = at(node, variables={"account": "0042"})

        assert hotline.calls.heard == [("file:zh/you_entered", item, "file:zh/thanks")]
        hotline.prompt_ends()
        assert left(hotline) == ("done", "")

    @pytest.mark.parametrize("value", ["", "12/../../etc", "a b"])
    def test_a_value_that_cannot_be_spoken_is_left_out(self, value: str) -> None:
        node = {"kind": "say", "value": "{x}", "before": ["so"], "exits": {"done": "goal"}}
        assert at(node, variables={"x": value}).calls.heard == [("file:zh/so",)]

    def test_nothing_to_say_leads_on(self) -> None:
        node = {"kind": "say", "value": "{x}", "exits": {"done": "goal"}}
        assert at(node, variables={"x": ""}).node == "goal"

    def test_what_cannot_be_said_leads_on(self) -> None:
        hotline = at({"kind": "say", "value": "7", "exits": {"done": "goal"}})
        hotline.prompt_ends("failed")

        assert hotline.told(NodeFailed)
        assert hotline.node == "goal"


class TestSet:
    def test_variables_take_values_in_order_and_count(self) -> None:
        node = {
            "kind": "set",
            "values": {"a": "7", "b": "{a}{caller_number}"},
            "add": {"n": 1, "m": -2, "a": 3},
            "exits": {"done": "goal"},
        }
        hotline = at(node, variables={"a": "", "b": "", "n": "41", "m": "no number"})

        data = hotline.calls.data
        assert (data["a"], data["b"]) == ("10", "713800001234")
        assert (data["n"], data["m"]) == ("42", "-2")
        assert left(hotline) == ("done", "")

    def test_a_value_cannot_grow_without_end(self) -> None:
        node = {"kind": "set", "values": {"a": "{a}{a}"}, "exits": {"done": "goal"}}

        assert at(node, variables={"a": "x" * 200}).calls.data["a"] == "x" * 256

    def test_a_counter_stops_at_eighteen_digits(self) -> None:
        node = {"kind": "set", "add": {"a": 1000}, "exits": {"done": "goal"}}

        assert at(node, variables={"a": "9" * 18}).calls.data["a"] == "9" * 18


class TestCompare:
    @pytest.mark.parametrize(
        ("op", "left_value", "right", "holds"),
        [
            ("eq", "7", "7", True),
            ("eq", "007", "7", False),
            ("ne", "a", "b", True),
            ("ne", "a", "a", False),
            ("lt", "9", "10", True),
            ("lt", "10", "10", False),
            ("le", "10", "10.0", True),
            ("gt", "10", "9", True),
            ("gt", "-1", "1", False),
            ("ge", "1", "1", True),
            ("ge", "x", "1", False),
            ("lt", "1", "", False),
            ("starts_with", "13800001234", "138", True),
            ("starts_with", "13800001234", "139", False),
            ("matches", "13800001234", "1[3-9]XXXXXXXXX", True),
            ("matches", "12800001234", "1[3-9]XXXXXXXXX", False),
            ("matches", "*21#", "*ZX#|5", True),
            ("in", "b", "a, b,c", True),
            ("in", "d", "a, b,c", False),
        ],
    )
    def test_it_branches_two_ways(self, op: str, left_value: str, right: str, holds: bool) -> None:
        node = {
            "kind": "compare",
            "variable": "x",
            "op": op,
            "value": right,
            "exits": {"true": "goal", "false": "bye"},
        }
        hotline = at(node, variables={"x": left_value})

        assert left(hotline) == (("true" if holds else "false"), "")

    @pytest.mark.parametrize(("value", "exit"), [("1", "one"), ("250", "many"), ("3", "else")])
    def test_the_first_case_that_holds_wins(self, value: str, exit: str) -> None:
        node = {
            "kind": "compare",
            "variable": "x",
            "cases": [
                {"value": "1", "exit": "one"},
                {"op": "ge", "value": "{limit}", "exit": "many"},
                {"op": "ge", "value": "200", "exit": "one"},
            ],
            "exits": {"one": "goal", "many": "goal", "else": "goal"},
        }
        hotline = at(node, variables={"x": value, "limit": "100"})

        assert left(hotline) == (exit, "")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("caller_number", "13800001234"),
            ("called_number", "96510"),
            ("service_number", "96510"),
            ("language", "zh"),
            ("date", "20261118"),
            ("time", "190640"),
            ("datetime", "20261118190640"),
        ],
    )
    def test_system_variables_are_there(self, name: str, value: str) -> None:
        node = {
            "kind": "compare",
            "variable": name,
            "value": value,
            "exits": {"true": "goal", "false": "bye"},
        }
        assert left(at(node)) == ("true", "")


class TestRoute:
    NODE: ClassVar[dict[str, Any]] = {
        "kind": "route",
        "to": "queue",
        "target": "repair",
        "priority": 5,
        "needs": {"english": 3},
        "exits": {"failed": "goal"},
    }

    def test_a_call_leaves_for_a_queue(self) -> None:
        hotline = at(self.NODE)

        (routed,) = hotline.calls.routes
        assert (routed.kind, routed.target, routed.by) == ("queue", "repair", "flow:demo")
        assert (routed.priority, routed.needs) == (5, {"english": 3})
        assert (hotline.ended.outcome, hotline.ended.detail) == ("routed", "queue:repair")
        assert hotline.node == ""

    def test_an_extension_may_be_keyed(self) -> None:
        hotline = at({**self.NODE, "to": "extension", "target": "{ext}"}, variables={"ext": "8001"})

        assert hotline.calls.routes[0].target == "8001"

    def test_without_a_target_the_caller_is_led_on(self) -> None:
        hotline = at({**self.NODE, "to": "extension", "target": "{ext}"}, variables={"ext": ""})

        assert left(hotline) == ("failed", "")
        assert hotline.calls.routes == []

    def test_a_queue_that_is_not_there_leads_on(self) -> None:
        nodes = {"node": self.NODE, "goal": GOAL, "bye": BYE}
        hotline = Hotline(a_flow(nodes), lost=[("queue", "repair")]).dial()

        assert left(hotline) == ("failed", "")
        assert hotline.node == "goal"

    def test_one_flow_leads_into_another(self) -> None:
        second = a_flow({"only": GOAL, "bye": BYE}, id="second")
        first = a_flow({"node": {**self.NODE, "to": "flow", "target": "second"}, "goal": BYE})
        hotline = Hotline(second, first).dial()

        assert hotline.path == ["node", "only"]
        assert hotline.ended.detail == "flow:second"
        assert hotline.node == "only"

    def test_a_flow_that_is_not_there_leads_on(self) -> None:
        assert left(at({**self.NODE, "to": "flow", "target": "none"})) == ("failed", "")


class TestHangUp:
    def test_it_ends_the_call_at_once(self) -> None:
        hotline = Hotline(a_flow({"bye": {"kind": "hang_up", "cause": 17}})).dial()

        assert [(end.hangup_cause, end.served) for end in hotline.calls.ends] == [(17, False)]
        assert hotline.ended.outcome == "hung_up"

    @pytest.mark.parametrize("reason", ["finished", "failed", "replaced"])
    def test_it_says_goodbye_first(self, reason: str) -> None:
        node = {"kind": "hang_up", "items": ["goodbye"], "served": True}
        hotline = Hotline(a_flow({"bye": node})).dial()
        assert hotline.calls.heard == [("file:zh/goodbye",)]
        assert hotline.calls.ends == []
        hotline.prompt_ends(reason)

        assert [end.served for end in hotline.calls.ends] == [True]
        assert hotline.ended.served


class TestKinds:
    def test_all_eight_are_there(self) -> None:
        assert list(KINDS) == [
            "play", "menu", "collect", "say", "set", "compare", "route", "hang_up",
        ]  # fmt: skip

    def test_a_node_without_answers_takes_none(self) -> None:
        scene = Scene(language="zh", values={})
        news: Any = None

        assert Node().on_prompt(scene, news) == ()
        assert Node().on_digits(scene, news) == ()
        assert list(SpeakingNode().prompts(LANGUAGES)) == []
