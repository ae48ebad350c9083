"""Identifiers sort by time and keep apart what is made in one millisecond."""

from random import Random

import pytest

from cordboard.kit.ids import Ids

pytestmark = pytest.mark.unit


def test_ids_sort_by_the_time_they_were_made() -> None:
    now = [1_795_000_000_000]
    ids = Ids(lambda: now[0], Random(1))
    made = []
    for _ in range(50):
        made.append(ids.new("c"))
        now[0] += 997

    assert made == sorted(made)
    assert all(len(each) == 17 and each.startswith("c-") for each in made)


def test_ids_of_one_millisecond_differ() -> None:
    ids = Ids(lambda: 1)

    assert len({ids.new("c") for _ in range(1_000)}) == 1_000
