"""Thin: categories are checked at collection; unit tests and stories run in virtual time.

Stories also fail when a log line names a person.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.support.categories import VIRTUAL, CategorisedModule
from tests.support.logs import personal_data
from tests.support.virtual_time import VirtualTimeLoop

# CI judges a change by the same examples each time; new ones are found at home and by `make fuzz`.
settings.register_profile("house", deadline=None, print_blob=True, derandomize="CI" in os.environ)
settings.register_profile("fuzz", deadline=None, print_blob=True, max_examples=5_000)
settings.load_profile("house")


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
    """Collect each module through the check of its category."""
    module: pytest.Module = CategorisedModule.from_parent(parent, path=module_path)
    return module


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Give unit tests and stories a loop in virtual time, everybody else a real one."""
    if any(mark.name in VIRTUAL for mark in item.iter_markers()):
        return {"virtual": VirtualTimeLoop}
    return {"real": asyncio.new_event_loop}


@pytest.fixture
def virtual_loop() -> Iterator[VirtualTimeLoop]:
    """A loop in virtual time to drive by hand; closed after the test."""
    loop = VirtualTimeLoop()
    yield loop
    loop.close()


@pytest.fixture(autouse=True)
def _logs_name_nobody(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a story whose logs hold a number."""
    if request.node.get_closest_marker("story") is None:
        yield
        return
    with structlog.testing.capture_logs() as entries:
        yield
    assert personal_data(entries) == []
