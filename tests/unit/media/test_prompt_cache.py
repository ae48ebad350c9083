import json
import os
from pathlib import Path

import numpy as np
import pytest

from cordboard.media.codecs import decode, encode, transcoding
from cordboard.media.prompt_cache import SHIPPED, ItemError, PromptCache
from cordboard.media.speech import expand
from cordboard.media.tones import chord
from cordboard.media.wav import header

pytestmark = pytest.mark.unit


def test_every_prompt_of_the_catalogue_is_shipped_and_audible() -> None:
    catalogue = json.loads((SHIPPED / "catalogue.json").read_text(encoding="utf-8"))
    cache = PromptCache([])
    total = 0
    for name, entry in catalogue.items():
        for language in ("zh", "en"):
            if language in entry or "both" in entry:
                (segment,) = cache.segments([f"file:{language}/{name}"], "PCMA")
                pcm = decode(segment.data, "PCMA").astype(int)
                assert 0.05 < len(pcm) / 8000 < 15
                assert 5000 < abs(pcm).max() < 31000
                total += len(pcm)
    assert total < 3_000_000


def test_items_of_all_kinds_are_known() -> None:
    items = [
        "file:zh/menus/main", "tone:busy/cn", "tone:busy/cn/3000", "silence:500", "moh:default",
        "moh:default/8000", "say:zh:number/1234", "say:en:date/2026-11-22", "silence:0",
    ]  # fmt: skip
    assert PromptCache([]).missing(items) == []


@pytest.mark.parametrize(
    "item",
    [
        "file:zh/none",
        "file:../../etc/passwd",
        "file:/etc/passwd",
        "file:zh/menus/../closed",
        "file:",
        "tone:busy",
        "tone:busy/xx",
        "tone:busy/cn/x",
        "silence:",
        "silence:-1",
        "silence:9999999",
        "moh:none",
        "say:fr:number/1",
        "say:zh:number/x",
        "tts:hello",
        "",
        "file:zh/menus/main\n",
    ],
)
def test_what_cannot_be_played_is_named(item: str) -> None:
    cache = PromptCache([])
    assert cache.missing(["file:zh/closed", item]) == [item]
    with pytest.raises(ItemError) as caught:
        cache.segments(["file:zh/closed", item], "PCMA")
    assert item in str(caught.value)


def test_own_prompts_come_before_shipped_ones_and_changes_are_seen(tmp_path: Path) -> None:
    own = tmp_path / "zh" / "closed.alaw"
    own.parent.mkdir()
    own.write_bytes(b"\x11" * 800)
    cache = PromptCache([tmp_path])
    assert cache.segments(["file:zh/closed"], "PCMA")[0].data == b"\x11" * 800
    own.write_bytes(b"\x22" * 80)
    os.utime(own, ns=(1, 1))
    assert cache.segments(["file:zh/closed"], "PCMA")[0].data == b"\x22" * 80


def test_each_format_gives_the_sound_in_the_legs_codec(tmp_path: Path) -> None:
    pcm = chord((500,), 100)
    alaw = encode(pcm, "PCMA")
    wav = bytearray(header("PCMA", 1, len(pcm)))
    (tmp_path / "a.alaw").write_bytes(alaw)
    (tmp_path / "w.wav").write_bytes(bytes(wav) + alaw)
    (tmp_path / "u.ulaw").write_bytes(encode(pcm, "PCMU"))
    wav[20:22] = (1).to_bytes(2, "little")
    wav[34:36] = (16).to_bytes(2, "little")
    (tmp_path / "p.wav").write_bytes(
        bytes(wav[:54]) + (2 * len(pcm)).to_bytes(4, "little") + pcm.tobytes()
    )
    cache = PromptCache([tmp_path])
    for name in "awup":
        heard = decode(cache.segments([f"file:{name}"], "PCMU")[0].data, "PCMU").astype(float)
        assert np.corrcoef(heard, pcm)[0, 1] > 0.99
    table = transcoding("PCMA", "PCMU")
    assert table is not None
    assert cache.segments(["file:a"], "PCMU")[0].data == alaw.translate(table)


def test_a_broken_or_empty_file_is_an_error_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    (tmp_path / "empty.alaw").write_bytes(b"")
    (tmp_path / "stereo.wav").write_bytes(header("PCMA", 2, 100) + bytes(200))
    items = ["file:broken", "file:empty", "file:stereo"]
    assert PromptCache([tmp_path]).missing(items) == items


def test_the_cache_forgets_the_oldest_beyond_its_size(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.alaw").write_bytes(name.encode() * 1000)
    cache = PromptCache([tmp_path], max_bytes=2500)
    for name in "abcdab":
        assert cache.segments([f"file:{name}"], "PCMA")[0].data == name.encode() * 1000
    assert cache.held_bytes <= 2500


def test_said_numbers_are_their_prompts_one_after_another() -> None:
    cache = PromptCache([])
    parts = [cache.segments([item], "PCMA") for item in expand("zh", "number", "2026")]
    whole = cache.segments(["say:zh:number/2026"], "PCMA")
    assert whole == [segment for part in parts for segment in part]


def test_shared_prompts_are_one_memory() -> None:
    cache = PromptCache([])
    first, second = (cache.segments(["file:zh/closed"], "PCMA")[0] for _ in range(2))
    assert first.data is second.data
