"""The water hotline of the demo, as its callers meet it: choices, silence, wrong keys, leaving."""

import itertools
from pathlib import Path

import pytest

from cordboard.flows.events import FlowEnded, NodeLeft
from cordboard.flows.graph import check
from cordboard.flows.nodes import KINDS
from tests.unit.flows.hotline import ID, Hotline, finish

pytestmark = pytest.mark.unit

FOLDER = Path(__file__).resolve().parents[3] / "src" / "cordboard" / "app" / "demo" / "flows"
DEMO = (FOLDER / "demo.json").read_bytes()
TARGETS = {"repair", "billing"}


def walk(story: str, hotline: Hotline | None = None) -> Hotline:
    """A caller's story: keys, `-` for silence, `.` for the end of a prompt, by spaces."""
    hotline = hotline or Hotline(DEMO).dial()
    for step in story.split():
        if step == "-":
            hotline.silence()
        elif step == ".":
            hotline.prompt_ends()
        else:
            hotline.key(step)
    return hotline


def test_it_holds_without_a_warning_and_uses_all_kinds_of_nodes() -> None:
    flow = check(DEMO)

    assert flow.warnings == ()
    assert {node.KIND for node in flow.nodes.values()} == set(KINDS)


def test_the_story_of_the_chinese_caller() -> None:
    hotline = walk("1 1 123456# . 1 .")

    assert hotline.calls.heard == [
        ("file:zh/menus/welcome_language",),
        ("file:zh/menus/main_water",),
        ("file:zh/account/enter",),
        ("file:zh/account/you_entered", "say:zh:digits/123456"),
        ("file:zh/account/confirm",),
        ("file:zh/account/thanks",),
    ]
    assert hotline.path == [
        "language", "matter", "account", "repeat", "confirm", "thanks", "by_matter", "to_repair",
    ]  # fmt: skip
    assert [(one.kind, one.target) for one in hotline.calls.routes] == [("queue", "repair")]
    assert hotline.calls.data["account"] == "123456"
    assert hotline.calls.data["account_confirmed"] == "yes"
    assert (hotline.ended.outcome, hotline.ended.served) == ("routed", False)


def test_the_story_of_the_english_caller_with_a_bill() -> None:
    hotline = walk("2 2 654321# . 1 .")

    heard = itertools.chain.from_iterable(hotline.calls.heard[1:])
    assert all(item.startswith(("file:en/", "say:en:")) for item in heard)
    assert hotline.calls.routes[0].target == "billing"


def test_every_key_is_told_where_it_was_pressed() -> None:
    hotline = walk("2 1 123456# . 1 .")

    assert [(one.node_id, one.digits) for one in hotline.told(NodeLeft) if one.digits] == [
        ("language", "2"), ("matter", "1"), ("account", "123456#"), ("confirm", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("story", "target"),
    [
        ("1 0", "repair"),
        ("2 0", "repair"),
        ("- - - 0", "repair"),
        ("9 9 9 0", "repair"),
        ("9 - 9 0", "repair"),
        ("1 9 9 9", "repair"),
        ("1 - 9 9", "repair"),
        ("1 1 - - -", "repair"),
        ("1 2 - - -", "billing"),
        ("1 2 12# 1# -", "billing"),
        ("1 2 12# 1# 3#", "billing"),
        ("1 2 1234 . 1 .", "billing"),
        ("1 2 123456789012 . 1 .", "billing"),
        ("1 2 1234# . - - -", "billing"),
        ("1 1 1234# . 9 9 9", "repair"),
        ("1 1 1234# . - 1 .", "repair"),
        ("1 2 1234# . 2 5678# . 1 .", "billing"),
        ("1 2 1234# . 2 1234# . 2 1234# . 2", "billing"),
    ],
)
def test_everybody_reaches_a_queue(story: str, target: str) -> None:
    hotline = walk(story)

    assert [one.target for one in hotline.calls.routes] == [target]
    assert hotline.ended.outcome == "routed"
    assert hotline.service.find_run(ID) is None


def test_who_keeps_silent_in_the_main_menu_hears_goodbye() -> None:
    hotline = walk("1 - - -")
    assert hotline.calls.heard[-1] == ("file:zh/goodbye",)
    hotline.prompt_ends()

    assert hotline.ended.outcome == "hung_up"
    assert [end.hangup_cause for end in hotline.calls.ends] == [16]


def test_an_account_that_is_entered_again_replaces_the_first() -> None:
    hotline = walk("1 1 1111# . 2 2222# . 1 .")

    assert hotline.calls.data["account"] == "2222"


def test_without_its_queue_the_caller_hears_that_lines_are_busy() -> None:
    hotline = Hotline(DEMO, lost=[("queue", "repair")]).dial()
    walk("1 0", hotline)
    assert hotline.calls.heard[-1] == ("file:zh/system/busy",)
    hotline.prompt_ends()

    assert hotline.calls.ends


LONGEST = "9 2 9 2 12# 1234# . 9 2 5678# . 1 ."


@pytest.mark.parametrize("count", range(len(LONGEST.split())))
def test_a_caller_may_leave_at_any_moment(count: int) -> None:
    hotline = walk(" ".join(LONGEST.split()[:count]))
    hotline.hang_up()

    assert hotline.ended.outcome == "caller_left"
    assert hotline.facts[-1] is hotline.ended
    assert hotline.service.find_run(ID) is None


@pytest.mark.parametrize("count", range(len(LONGEST.split()) + 1))
def test_a_replay_is_where_the_caller_is(count: int) -> None:
    hotline = walk(" ".join(LONGEST.split()[:count]))
    restored = hotline.a_service()
    finish(restored.load())
    for fact in hotline.facts:
        restored.replay(fact)

    assert restored.find_run(ID) == hotline.service.find_run(ID)


@pytest.mark.parametrize("choices", list(itertools.product("12-9", repeat=4)), ids="".join)
def test_no_way_through_ends_in_silence(choices: tuple[str, ...]) -> None:
    """After any choices the caller hears or is asked something, or the flow has ended."""
    hotline = Hotline(DEMO).dial()
    for choice in itertools.chain(choices, "-" * 40):
        if hotline.service.find_run(ID) is None:
            break
        if isinstance(hotline.calls.waiting, tuple):
            hotline.prompt_ends()
        elif choice == "-":
            hotline.silence()
        else:
            hotline.key(choice if hotline.node != "account" else choice * 4 + "#")

    ends = hotline.told(FlowEnded)
    assert len(ends) == 1
    assert hotline.calls.ends or {one.target for one in hotline.calls.routes} <= TARGETS
    assert bool(hotline.calls.ends) != bool(hotline.calls.routes)


def test_broken_prompts_everywhere_still_lead_to_an_end() -> None:
    hotline = Hotline(DEMO).dial()
    while hotline.service.find_run(ID) is not None:
        if isinstance(hotline.calls.waiting, tuple):
            hotline.prompt_ends("failed")
        else:
            hotline.collected("", "failed")

    assert hotline.ended.outcome == "hung_up"
