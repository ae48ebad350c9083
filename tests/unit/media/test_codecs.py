import numpy as np
import pytest

from cordboard.media.codecs import SILENCE, decode, encode, transcoding

pytestmark = pytest.mark.unit

ALL = bytes(range(256))


@pytest.mark.parametrize(
    ("law", "pairs"),
    [
        # ITU-T G.711 tables 1a and 2a, scaled to 16 bits: first, last and zero levels
        ("PCMA", {0xD5: 8, 0x55: -8, 0xAA: 32256, 0x2A: -32256, 0x80: 5504}),
        ("PCMU", {0xFF: 0, 0x7F: 0, 0x80: 32124, 0x00: -32124, 0xFE: 8, 0x7E: -8}),
    ],
)
def test_levels_are_those_of_the_recommendation(law: str, pairs: dict[int, int]) -> None:
    assert {code: int(decode(bytes([code]), law)[0]) for code in pairs} == pairs


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
def test_every_code_survives_a_round_trip(law: str) -> None:
    levels = decode(ALL, law)
    assert (decode(encode(levels, law), law) == levels).all()


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
def test_a_sine_survives_with_little_noise(law: str) -> None:
    sine = (np.sin(np.arange(8000) * 0.3) * 12000).astype(np.int16)
    noise = decode(encode(sine, law), law).astype(float) - sine
    assert 10 * np.log10((sine.astype(float) ** 2).mean() / (noise**2).mean()) > 35


def test_transcoding_is_near_and_silence_stays_silence() -> None:
    table = transcoding("PCMA", "PCMU")
    assert table is not None
    before, after = decode(ALL, "PCMA").astype(int), decode(ALL.translate(table), "PCMU")
    assert (abs(before - after) <= np.maximum(16, abs(before) * 0.05)).all()
    back = transcoding("PCMU", "PCMA")
    assert back is not None
    assert back[SILENCE["PCMU"]] == SILENCE["PCMA"]


def test_equal_codecs_need_no_table() -> None:
    assert transcoding("PCMU", "PCMU") is None
