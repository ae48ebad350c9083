"""Figures for Prometheus."""

import pytest

from cordboard.kit.metrics import Metrics

pytestmark = pytest.mark.unit


def test_gauges_are_read_when_somebody_looks() -> None:
    metrics, calls = Metrics(), [1]
    metrics.gauge("calls_living", "Calls now.", lambda: float(calls[0]))
    calls[0] = 7

    assert b"cordboard_calls_living 7.0" in metrics.render()


def test_one_figure_for_each_value_of_a_label() -> None:
    metrics = Metrics()
    metrics.counter("gate_refused", "Refused.", lambda: {"late": 2.0, "full": 1.0}, label="why")

    text = metrics.render()

    assert b'cordboard_gate_refused_total{why="late"} 2.0' in text
    assert b'cordboard_gate_refused_total{why="full"} 1.0' in text


def test_distributions_counts_and_levels_are_kept() -> None:
    metrics = Metrics()
    metrics.histogram("journal_commit_seconds", "Commit.").observe(0.0015)
    metrics.count("calls_begun", "Begun.", labels=("direction",)).labels("inbound").inc()
    metrics.level("media_legs", "Legs.").set(3)

    text = metrics.render()

    assert b'cordboard_journal_commit_seconds_bucket{le="0.002"} 1.0' in text
    assert b'cordboard_calls_begun_total{direction="inbound"} 1.0' in text
    assert b"cordboard_media_legs 3.0" in text


def test_the_process_itself_is_measured() -> None:
    text = Metrics().render()

    assert b"cordboard_process_cpu_seconds_total" in text
    assert b"cordboard_process_memory_bytes" in text
