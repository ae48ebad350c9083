"""The fuzz harness finds what is planted: a bug, a hang, a hunger for memory, a death."""

import os
from random import Random

import pytest

from tools.fuzz.engine import MEMORY_BYTES, Target, run
from tools.fuzz.mutation import mutate

pytestmark = pytest.mark.unit
SEEDS = (b"v=0\r\nm=audio 4000 RTP/AVP 8\r\n",)


def fine(data: bytes) -> object:
    if not data.startswith(b"v"):
        raise ValueError("no v")
    return data.count(b"\r\n")


def planted(data: bytes) -> object:
    """Breaks where the port is followed by another line end."""
    return fine(data) if b"4000\r\n" not in data else list(SEEDS)[4000]


def hangs(data: bytes) -> object:
    while data != SEEDS[0]:
        pass
    return None


def hungers(data: bytes) -> object:
    return len(bytearray(4 * MEMORY_BYTES)) if data != SEEDS[0] else 0


def dies(data: bytes) -> object:
    return os._exit(7) if data != SEEDS[0] else 0


def target(read: object) -> Target:
    return Target("planted", read, (ValueError,), SEEDS)  # type: ignore[arg-type]  # any of the above


def test_a_reader_that_keeps_its_promise_has_no_finding() -> None:
    result = run(target(fine), SEEDS, 0.3, seed=1)

    assert result.finding is None
    assert result.inputs > 100
    assert result.novel


@pytest.mark.parametrize(
    ("read", "says"),
    [(planted, "IndexError: list"), (hangs, "more than 1 s"), (hungers, "MemoryError")],
)
def test_a_planted_fault_is_found_with_the_input_that_shows_it(read: object, says: str) -> None:
    result = run(target(read), SEEDS, 20, seed=1)

    assert result.finding is not None
    assert says in result.finding.says
    assert result.finding.data != SEEDS[0]
    if read is planted:
        with pytest.raises(IndexError):
            planted(result.finding.data)


def test_a_reader_that_takes_the_process_along_leaves_its_input_behind() -> None:
    result = run(target(dies), SEEDS, 20, seed=1)

    assert result.finding is not None
    assert "exit code 7" in result.finding.says
    assert result.finding.data not in (b"", SEEDS[0])


def test_the_same_seed_makes_the_same_bytes() -> None:
    def some(seed: int) -> list[bytes]:
        chance = Random(seed)
        return [mutate(SEEDS[0], SEEDS, chance) for _ in range(200)]

    assert some(7) == some(7)
    assert some(7) != some(8)


def test_no_mutation_is_longer_than_a_datagram() -> None:
    data, chance = b"a" * 60_000, Random(3)
    for _ in range(200):
        data = mutate(data, [data], chance)
        assert len(data) <= 65_507
