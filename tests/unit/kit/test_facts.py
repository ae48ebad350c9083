"""Facts age: what is stored is lifted to today's shape, by recorded steps and no others."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from typing_extensions import override

import cordboard.acd
import cordboard.agents
import cordboard.calls
import cordboard.flows
import cordboard.queues
from cordboard.calls import CallDataSet
from cordboard.kit import facts
from cordboard.kit.facts import Fact, all_facts, decode, encode, upgrade
from cordboard.kit.ids import CallId

pytestmark = pytest.mark.unit

ROOMS = (cordboard.acd, cordboard.agents, cordboard.calls, cordboard.flows, cordboard.queues)
SAMPLES = Path(__file__).parents[2] / "replay" / "samples"


def missing_steps(kinds: list[type[Fact]], steps: set[tuple[str, int]]) -> list[tuple[str, int]]:
    """Steps up that a stored fact of these kinds may need and that nobody wrote."""
    return [
        (cls.__name__, number)
        for cls in kinds
        for number in range(1, cls.FORMAT)
        if (cls.__name__, number) not in steps
    ]


def missing_samples(steps: set[tuple[str, int]], folder: Path) -> list[str]:
    """Samples of stored facts that each step must have been tried on."""
    names = [f"{kind}.{number}.json" for kind, number in sorted(steps)]
    return [name for name in names if not (folder / name).exists()]


def test_every_format_can_be_lifted_to_the_next() -> None:
    assert missing_steps(list(all_facts()), set(facts._UPGRADES)) == []


def test_every_step_has_a_recorded_sample_that_it_lifts() -> None:
    assert missing_samples(set(facts._UPGRADES), SAMPLES) == []
    for kind, number in facts._UPGRADES:
        decode(kind, number, (SAMPLES / f"{kind}.{number}.json").read_bytes())


def test_these_rules_bite(tmp_path: Path) -> None:
    class Raised(Fact, frozen=True, kw_only=True):
        FORMAT: ClassVar[int] = 3

    assert missing_steps([Raised], {("Raised", 1)}) == [("Raised", 2)]
    assert missing_samples({("Raised", 1)}, tmp_path) == ["Raised.1.json"]
    del Raised
    gc.collect()


def test_no_two_facts_have_one_name() -> None:
    names = [cls.__name__ for cls in all_facts() if cls.__module__.startswith("cordboard.")]
    assert len(names) == len(set(names))


def test_a_fact_comes_back_as_it_was() -> None:
    fact = CallDataSet(at_ms=1, call_id=CallId("c-1"), name="metre", value="漢字\x00")

    assert decode("CallDataSet", 1, encode(fact)) == fact


def test_an_unknown_kind_or_shape_is_an_error() -> None:
    with pytest.raises(LookupError, match="CallForgotten"):
        decode("CallForgotten", 1, b"{}")
    with pytest.raises(msgspec.ValidationError):
        decode("CallDataSet", 1, b'{"at_ms": "x"}')
    with pytest.raises(LookupError):
        decode("CallDataSet", 0, b"{}")


class TestLifting:
    @pytest.fixture(autouse=True)
    def registers(self) -> Iterator[None]:
        steps, classes = dict(facts._UPGRADES), dict(facts._CLASSES)
        yield
        facts._UPGRADES.clear()
        facts._UPGRADES.update(steps)
        facts._CLASSES.clear()
        facts._CLASSES.update(classes)
        gc.collect()

    def test_goes_one_step_after_the_other(self) -> None:
        class CallWeighed(Fact, frozen=True, kw_only=True, gc=False):
            FORMAT: ClassVar[int] = 3
            grams: int
            scale: str

            @property
            @override
            def stream(self) -> str:
                return "call/x"

        @upgrade("CallWeighed", 1)
        def _to_grams(fields: dict[str, Any]) -> dict[str, Any]:
            return {**fields, "grams": fields.pop("kilograms") * 1000}

        @upgrade("CallWeighed", 2)
        def _name_the_scale(fields: dict[str, Any]) -> dict[str, Any]:
            return {**fields, "scale": "unknown"}

        lifted = decode("CallWeighed", 1, b'{"at_ms": 1, "kilograms": 2}')

        assert lifted == CallWeighed(at_ms=1, grams=2000, scale="unknown")
