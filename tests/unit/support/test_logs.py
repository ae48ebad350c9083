"""The guard of the logs knows a number when it sees one, and nothing else."""

import pytest

from tests.support.logs import personal_data

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "value",
    ["13800138000", "+8613800138000", "keyed 330851926 then", ("330851926",), ValueError("96510")],
)
def test_somebodys_number_is_found(value: object) -> None:
    assert personal_data([{"event": "call.began", "says": value}]) == [f"says={value}"]


@pytest.mark.parametrize(
    "value",
    [
        "c-01jdabc0912345",
        "c-330851926",
        1_795_000_000_000,
        21.5,
        None,
        True,
        "192.0.2.81:5060",
        "2026-11-22T17:10:14.123456Z",
        "work.failed",
        "8001",
    ],
)
def test_ids_times_addresses_and_measures_are_not(value: object) -> None:
    assert personal_data([{"event": "call.began", "says": value}]) == []
