import numpy as np
import pytest

from cordboard.media.codecs import decode, encode
from cordboard.media.dtmf import (
    FREQUENCIES,
    KEYS,
    EventFold,
    Press,
    ToneFold,
    event_frames,
    find_key,
    tone_of,
)

pytestmark = pytest.mark.unit


def presses_of(packets: list[tuple[bytes, int]]) -> list[Press]:
    fold = EventFold()
    return [p for at, (data, ts) in enumerate(packets) for p in fold.take(data, ts, at * 20)]


def a_press(digit: str, ts: int, duration_ms: int = 100) -> list[tuple[bytes, int]]:
    return [
        (frame.payload, ts)
        for frame in event_frames(digit, duration_ms)
        for _ in range(frame.copies)
    ]


class TestEventFold:
    def test_one_fact_per_key_however_often_it_is_repeated(self) -> None:
        packets = a_press("5", 1000) + a_press("5", 3000) + a_press("#", 5000)
        assert presses_of(packets) == [Press("5", 100), Press("5", 100), Press("#", 100)]

    @pytest.mark.parametrize("lost", range(7))
    def test_any_one_lost_packet_changes_nothing(self, lost: int) -> None:
        packets = a_press("7", 1000)
        del packets[lost]
        assert [press.digit for press in presses_of(packets)] == ["7"]

    def test_when_all_ends_are_lost_the_next_key_or_silence_ends_it(self) -> None:
        open_press = a_press("1", 1000)[:-3]
        assert [p.digit for p in presses_of(open_press + a_press("2", 4000))] == ["1", "2"]
        fold = EventFold()
        for data, ts in open_press:
            fold.take(data, ts, 0)
        assert fold.down == "1"
        assert fold.idle(100) is None
        assert fold.idle(300) == Press("1", 80)
        assert fold.idle(900) is None

    def test_only_an_end_packet_is_a_press_too(self) -> None:
        assert presses_of(a_press("9", 500)[-1:]) == [Press("9", 100)]

    def test_a_late_repetition_of_the_last_key_is_ignored(self) -> None:
        one, two = a_press("1", 1000), a_press("2", 3000)
        assert [p.digit for p in presses_of(one + two[:3] + one[-1:] + two[3:])] == ["1", "2"]

    def test_a_key_held_longer_than_one_event_can_say_is_one_press(self) -> None:
        fold, done = EventFold(), []
        for tick in range(1, 410):
            done += fold.take(bytes([5, 10]) + (tick * 160).to_bytes(2, "big"), 0, tick * 20)
        for tick in range(1, 40):
            end = 0x80 if tick == 39 else 0
            done += fold.take(bytes([5, 10 | end]) + (tick * 160).to_bytes(2, "big"), 0xFFFF, 9000)
        assert [press.digit for press in done] == ["5"]
        assert done[0].duration_ms > 8900

    def test_codes_that_are_no_keys_and_short_payloads_are_nothing(self) -> None:
        assert presses_of([(bytes([16, 0x80, 0, 160]), 1), (b"\1", 2), (b"", 3)]) == []

    def test_the_key_is_known_while_it_is_held(self) -> None:
        fold = EventFold()
        fold.take(*a_press("3", 1000)[0], now_ms=0)
        assert fold.down == "3"


class TestEventFrames:
    def test_the_end_goes_out_three_times_with_the_whole_duration(self) -> None:
        frames = event_frames("*", 100)
        assert [f.copies for f in frames] == [1, 1, 1, 1, 3]
        assert [f.first for f in frames] == [True, False, False, False, False]
        assert frames[-1].payload == bytes([10, 0x80 | 10]) + (800).to_bytes(2, "big")


def heard(sound: np.ndarray, law: str = "PCMA") -> list[Press]:
    fold = ToneFold()
    pcm = decode(encode(sound.astype(np.int16), law), law)
    return [p for at in range(0, len(pcm) - 159, 160) for p in fold.take(pcm[at : at + 160])]


class TestTones:
    @pytest.mark.parametrize("law", ["PCMA", "PCMU"])
    @pytest.mark.parametrize("shift", [0, 57, 113])
    def test_every_key_is_heard_once_at_any_phase(self, law: str, shift: int) -> None:
        quiet = np.zeros(800)
        for key in KEYS:
            sound = np.concatenate([quiet[:shift], quiet, tone_of(key, 80), quiet])
            assert [p.digit for p in heard(sound, law)] == [key]

    def test_two_presses_of_one_key_are_two(self) -> None:
        quiet, tone = np.zeros(480), tone_of("8", 90)
        sound = np.concatenate([tone, quiet, tone, quiet])
        assert [p.digit for p in heard(sound)] == ["8", "8"]

    def test_weak_twisted_and_noisy_keys_are_still_heard(self) -> None:
        time = np.arange(1280) / 8000
        low, high = FREQUENCIES["6"]
        sound = 300 * np.sin(2 * np.pi * low * time) + 600 * np.sin(2 * np.pi * high * time)
        noise = np.random.default_rng(1).normal(0, 40, 1280)
        sound = np.concatenate([sound + noise, np.zeros(480)])
        assert [p.digit for p in heard(sound)] == ["6"]

    def test_one_tone_noise_and_silence_are_no_key(self) -> None:
        time = np.arange(160) / 8000
        assert find_key((9000 * np.sin(2 * np.pi * 697 * time)).astype(np.int16)) is None
        assert find_key((9000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)) is None
        assert find_key(np.zeros(160, dtype=np.int16)) is None
        chance = np.random.default_rng(2)
        for _ in range(200):
            assert find_key(chance.normal(0, 3000, 160).astype(np.int16)) is None

    def test_a_short_click_is_no_key(self) -> None:
        sound = np.concatenate([np.zeros(320), tone_of("4", 18), np.zeros(640)])
        assert heard(sound) == []
