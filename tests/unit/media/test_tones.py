import numpy as np
import pytest

from cordboard.media.tones import TONES, find_tone, render

pytestmark = pytest.mark.unit


def test_every_country_has_every_tone() -> None:
    names = {"dial", "ringback", "busy", "congestion", "beep"}
    assert all(set(tones) == names for tones in TONES.values())
    assert {"cn", "us", "gb"} <= set(TONES)


@pytest.mark.parametrize(
    ("country", "name", "on_ms", "off_ms", "hertz"),
    [
        ("cn", "ringback", 1000, 4000, {450}),
        ("cn", "busy", 350, 350, {450}),
        ("us", "busy", 500, 500, {480, 620}),
        ("us", "ringback", 2000, 4000, {440, 480}),
        ("gb", "congestion", 400, 350, {400}),
    ],
)
def test_cadence_and_pitch_are_those_of_the_country(
    country: str, name: str, on_ms: int, off_ms: int, hertz: set[int]
) -> None:
    tone = find_tone(name, country)
    assert tone is not None
    sound = render(tone).astype(float)
    on, off = sound[: on_ms * 8], sound[on_ms * 8 : (on_ms + off_ms) * 8]
    power = abs(np.fft.rfft(on)) / len(on)
    peaks = {round(at * 8000 / len(on)) for at in np.argsort(power)[-len(hertz) :]}
    assert all(min(abs(peak - want) for want in hertz) <= 3 for peak in peaks)
    assert not off.any()


def test_an_unknown_tone_or_country_is_none() -> None:
    assert find_tone("busy", "xx") is None
    assert find_tone("hum", "cn") is None


def test_a_tone_without_pause_joins_itself_without_a_click() -> None:
    tone = find_tone("dial", "us")
    assert tone is not None
    sound = render(tone).astype(int)
    inside = abs(np.diff(sound)).max()
    assert abs(sound[0] - sound[-1]) <= inside
