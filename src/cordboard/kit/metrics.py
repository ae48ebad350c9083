"""Figures for Prometheus: one registry for the process, names `cordboard_<room>_<noun>_<unit>`.

Rooms count in plain attributes or through these; gauges are read when somebody scrapes, so that a
figure costs nothing while nobody looks.
"""

import gc
import resource
from collections.abc import Callable, Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from typing_extensions import override

__all__ = ["CONTENT_TYPE_LATEST", "LATENCY_S", "Metrics"]

LATENCY_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
"Buckets of seconds, from a fast commit to a slow page."

Read = Callable[[], float | Mapping[str, float]]
"A figure, or one figure for each value of the label."

_PREFIX = "cordboard_"


class Metrics:
    """The registry; `render` is what `/metrics` answers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._read = _Reader()
        self.registry.register(self._read)
        self.gauge("process_memory_bytes", "Peak resident memory.", _peak_memory_bytes)
        self.counter("process_cpu_seconds", "CPU used, user and system.", _cpu_s)
        self.counter("process_gc_runs", "Garbage collections.", _gc_runs, label="generation")

    def gauge(self, name: str, says: str, read: Read, *, label: str = "") -> None:
        """A value that is read at each scrape.

        Args:
            name: `<room>_<noun>_<unit>`, without the house's prefix.
            says: One line for people.
            read: Gives the value, or with `label` a value for each of the label's.
            label: Name of the label, if any.
        """
        self._read.add(GaugeMetricFamily, name, says, read, label)

    def counter(self, name: str, says: str, read: Read, *, label: str = "") -> None:
        """A count kept elsewhere that only grows; arguments as `gauge`."""
        self._read.add(CounterMetricFamily, name, says, read, label)

    def histogram(
        self, name: str, says: str, *, labels: Sequence[str] = (), buckets: Sequence[float] = ()
    ) -> Histogram:
        """A distribution to `observe`; buckets default to seconds of latency."""
        return Histogram(
            _PREFIX + name, says, labels, registry=self.registry, buckets=buckets or LATENCY_S
        )

    def count(self, name: str, says: str, *, labels: Sequence[str] = ()) -> Counter:
        """A counter to `inc`."""
        return Counter(_PREFIX + name, says, labels, registry=self.registry)

    def level(self, name: str, says: str, *, labels: Sequence[str] = ()) -> Gauge:
        """A gauge to `set`."""
        return Gauge(_PREFIX + name, says, labels, registry=self.registry)

    def render(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)


class _Reader(Collector):
    """Asks at each scrape."""

    def __init__(self) -> None:
        self._asked: list[tuple[type[Metric], str, str, Read, str]] = []

    def add(self, family: type[Metric], name: str, says: str, read: Read, label: str) -> None:
        self._asked.append((family, _PREFIX + name, says, read, label))

    @override
    def collect(self) -> Iterable[Metric]:
        for family, name, says, read, label in self._asked:
            metric = family(name, says, labels=[label] if label else [])  # type: ignore[call-arg]
            values = read()
            if isinstance(values, Mapping):
                for key, value in values.items():
                    metric.add_metric([key], value)  # type: ignore[attr-defined]
            else:
                metric.add_metric([], values)  # type: ignore[attr-defined]
            yield metric


def _peak_memory_bytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _gc_runs() -> Mapping[str, float]:
    return {str(n): float(stats["collections"]) for n, stats in enumerate(gc.get_stats())}
