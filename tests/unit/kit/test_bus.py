"""Who hears which news, and in which order."""

import pytest

from cordboard.calls import CallDataSet, CallFact, PromptEnded
from cordboard.kit.bus import Bus
from cordboard.kit.facts import News

pytestmark = pytest.mark.unit


def first(turn: object, news: object) -> None: ...
def second(turn: object, news: object) -> None: ...
def third(turn: object, news: object) -> None: ...


def test_listeners_hear_in_the_order_of_subscription() -> None:
    bus = Bus()
    bus.subscribe(CallDataSet, second)
    bus.subscribe(CallFact, first)
    bus.subscribe(News, third)

    assert bus.listeners(CallDataSet) == (second, first, third)


def test_a_base_class_is_heard_with_its_leaves_and_no_others() -> None:
    bus = Bus()
    bus.subscribe(CallFact, first)

    assert bus.listeners(CallDataSet) == (first,)
    assert bus.listeners(PromptEnded) == ()


def test_a_late_subscriber_hears_what_was_looked_up_before() -> None:
    bus = Bus()
    assert bus.listeners(CallDataSet) == ()

    bus.subscribe(CallDataSet, first)

    assert bus.listeners(CallDataSet) == (first,)
