"""Every format there and back: the tone is the same, the length is the same, nothing clips."""

from pathlib import Path

import numpy as np
import pytest

from cordboard.media.codecs import decode
from cordboard.media.format_names import FORMATS, FormatName
from cordboard.media.formats import (
    LOUDNESS_DBFS,
    PEAK_DBFS,
    Samples,
    SoundError,
    as_prompt,
    levelled,
    loudness_dbfs,
    read_sound,
    write_sound,
)

pytestmark = pytest.mark.unit

SAID_HZ, HEARD_HZ = 440, 1000


def tone(hz: float, seconds: float = 1.0, level: float = 8000, rate_hz: int = 8000) -> Samples:
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.rint(np.sin(2 * np.pi * hz * at) * level).astype(np.int16)


def share(samples: Samples, hz: float, rate_hz: int = 8000) -> float:
    """How much of the sound's energy is this tone."""
    middle = samples[len(samples) // 4 : -len(samples) // 4].astype(np.float64)
    at = np.arange(len(middle)) / rate_hz
    part = np.abs(np.mean(middle * np.exp(-2j * np.pi * hz * at))) ** 2 * 2
    return float(part / np.mean(middle**2))


@pytest.mark.parametrize("name", FORMATS)
def test_a_talk_survives_every_format(name: FormatName, tmp_path: Path) -> None:
    talk = np.stack([tone(SAID_HZ), tone(HEARD_HZ)], axis=1)
    file = tmp_path / f"talk.{FORMATS[name].suffix}"

    file.write_bytes(write_sound(talk, 8000, name))
    again, rate_hz = read_sound(file)

    assert rate_hz == 8000
    assert abs(len(again) - len(talk)) < 2000  # blocks of MP3 and ADPCM
    if FORMATS[name].is_mono:
        assert again.shape[1] == 1
        assert min(share(again[:, 0], SAID_HZ), share(again[:, 0], HEARD_HZ)) > 0.4
    else:
        assert share(again[:, 0], SAID_HZ) > 0.9
        assert share(again[:, 1], HEARD_HZ) > 0.9


def test_two_loud_parties_in_one_channel_do_not_wrap_round() -> None:
    loud = np.full((800, 2), 30000, dtype=np.int16)
    raw = write_sound(loud, 8000, "alaw")
    assert decode(raw, "PCMA").min() > 30000


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
def test_a_prompt_of_any_rate_keeps_its_length_and_its_tone(rate_hz: int) -> None:
    sound = np.stack([tone(SAID_HZ, 2, rate_hz=rate_hz)] * 2, axis=1) // 4

    prompt = decode(as_prompt(sound, rate_hz), "PCMA")

    assert abs(len(prompt) - 16000) < 20
    assert share(prompt, SAID_HZ) > 0.9
    assert loudness_dbfs(prompt) == pytest.approx(LOUDNESS_DBFS, abs=0.5)


def test_a_whisper_with_one_crack_is_not_clipped() -> None:
    sound = tone(SAID_HZ, 1, level=300)
    sound[4000] = 20000

    louder = levelled(sound)

    assert 20 * np.log10(np.abs(louder.astype(int)).max() / 32768) <= PEAK_DBFS + 0.01
    assert loudness_dbfs(louder) > loudness_dbfs(sound)


def test_silence_stays_silence() -> None:
    assert not levelled(np.zeros(800, dtype=np.int16)).any()


def test_pauses_do_not_count_towards_loudness() -> None:
    talk = tone(SAID_HZ, 1)
    paused = np.concatenate([talk, np.zeros(24000, dtype=np.int16)])
    assert loudness_dbfs(paused) == pytest.approx(loudness_dbfs(talk), abs=0.1)


@pytest.mark.parametrize("name", ["text.wav", "text.mp3", "empty.vox"])
def test_what_is_no_sound_is_refused_by_name(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(b"" if name.startswith("empty") else b"not a sound at all" * 50)
    with pytest.raises(SoundError, match=name):
        read_sound(file)
