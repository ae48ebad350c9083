import pytest

from cordboard.flows.events import (
    FlowEnded,
    FlowFact,
    FlowStarted,
    NodeEntered,
    NodeFailed,
    NodeLeft,
    NodeRetried,
)
from cordboard.flows.state import STEPS_PER_SECOND, Pace, Run, apply
from cordboard.kit.ids import CallId

pytestmark = pytest.mark.unit

ABOUT = {"at_ms": 1000, "call_id": CallId("c-1"), "flow_id": "demo"}
STARTED = FlowStarted(**ABOUT, version=3)  # type: ignore[arg-type]
ENTERED = NodeEntered(**ABOUT, node_id="n1", node_kind="menu")  # type: ignore[arg-type]
SERVED = NodeEntered(**ABOUT, node_id="n2", node_kind="play", served=True)  # type: ignore[arg-type]
RETRIED = NodeRetried(**ABOUT, node_id="n1", reason="invalid")  # type: ignore[arg-type]
FAULT = NodeFailed(**ABOUT, node_id="n1", detail="prompt")  # type: ignore[arg-type]
FAILED = NodeFailed(**ABOUT, node_id="n1", detail="circle", is_final=True)  # type: ignore[arg-type]
LEFT = NodeLeft(**ABOUT, node_id="n1", exit="done")  # type: ignore[arg-type]
ENDED = FlowEnded(**ABOUT, outcome="routed")  # type: ignore[arg-type]


def after(*facts: FlowFact) -> Run | None:
    run = None
    for fact in facts:
        run = apply(run, fact)
    return run


def living(*facts: FlowFact) -> Run:
    run = after(*facts)
    assert run is not None
    return run


def test_a_run_keeps_its_version_and_its_node() -> None:
    run = living(STARTED, ENTERED)

    assert (run.flow_id, run.version, run.node_id, run.steps) == ("demo", 3, "n1", 1)


def test_attempts_count_within_a_node() -> None:
    assert living(STARTED, ENTERED, RETRIED, RETRIED).attempt == 2
    assert living(STARTED, ENTERED, RETRIED, LEFT, ENTERED).attempt == 0


def test_served_once_is_served_for_ever() -> None:
    assert living(STARTED, SERVED, LEFT, ENTERED).served
    assert not living(STARTED, ENTERED).served


def test_a_final_failure_is_kept_and_a_fault_is_not() -> None:
    assert living(STARTED, ENTERED, FAILED).failure == "circle"
    assert living(STARTED, ENTERED, FAULT).failure == ""


def test_each_step_retry_and_failure_waits_for_another_order() -> None:
    stories = [
        (STARTED, ENTERED),
        (STARTED, ENTERED, RETRIED),
        (STARTED, ENTERED, RETRIED, FAILED),
        (STARTED, ENTERED, FAILED),
        (STARTED, ENTERED, LEFT, ENTERED),
    ]
    assert len({living(*story).order_id for story in stories}) == len(stories)


def test_the_end_is_the_end() -> None:
    assert after(STARTED, ENTERED, ENDED) is None


@pytest.mark.parametrize("fact", [ENTERED, RETRIED, FAULT, FAILED, LEFT, ENDED])
def test_a_fact_without_a_run_changes_nothing(fact: FlowFact) -> None:
    assert after(fact) is None


def test_a_new_flow_begins_a_new_run() -> None:
    assert living(STARTED, ENTERED, STARTED).node_id == ""


def test_pace_allows_so_many_nodes_in_a_second() -> None:
    pace = Pace()

    assert all(pace.step(5000) for _ in range(STEPS_PER_SECOND))
    assert not pace.step(5999)
    assert pace.step(6000)
