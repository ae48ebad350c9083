"""Thin: categories are checked at collection; unit tests and stories run in virtual time."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.categories import VIRTUAL, CategorisedModule
from tests.support.virtual_time import VirtualTimeLoop

settings.register_profile("house", deadline=None, print_blob=True)
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
