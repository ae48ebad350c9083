"""A sound file becomes a prompt that can be played, or a word why not."""

from pathlib import Path

import numpy as np
import pytest

from cordboard.app.config import Media, Settings
from cordboard.app.prompts import BadPromptError, take_prompt
from cordboard.media.formats import write_sound
from cordboard.media.prompt_cache import PromptCache

pytestmark = pytest.mark.unit


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(media=Media(prompts_dir=str(tmp_path / "prompts")))


def a_file(folder: Path) -> Path:
    at = np.arange(16000) / 8000
    sound = np.rint(np.sin(2 * np.pi * 440 * at) * 2000).astype(np.int16)[:, np.newaxis]
    file = folder / "voice.mp3"
    file.write_bytes(write_sound(sound, 8000, "mp3"))
    return file


def test_it_can_be_played_under_its_name(settings: Settings, tmp_path: Path) -> None:
    stored = take_prompt(settings, "zh/menus/new", a_file(tmp_path))

    assert 1900 < stored.duration_ms < 2300
    cache = PromptCache([Path(settings.media.prompts_dir)])
    assert cache.missing(["file:zh/menus/new"]) == []
    assert sorted(p.name for p in stored.path.parent.iterdir()) == ["new.alaw"]


def test_another_of_the_name_replaces_it(settings: Settings, tmp_path: Path) -> None:
    first = take_prompt(settings, "zh/menus/new", a_file(tmp_path))
    again = take_prompt(settings, "zh/menus/new", first.path, sets_level=False)
    assert (again.path, again.duration_ms) == (first.path, first.duration_ms)


@pytest.mark.parametrize("name", ["../up", "/etc/x", "a b", ""])
def test_a_name_that_leads_elsewhere_is_refused(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    with pytest.raises(BadPromptError, match="no name"):
        take_prompt(settings, name, a_file(tmp_path))


def test_without_a_folder_it_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(BadPromptError, match="CORDBOARD_MEDIA_PROMPTS_DIR"):
        take_prompt(Settings(), "zh/new", a_file(tmp_path))


def test_what_is_no_sound_leaves_the_old_prompt(settings: Settings, tmp_path: Path) -> None:
    stored = take_prompt(settings, "zh/new", a_file(tmp_path))
    before = stored.path.read_bytes()
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF")
    with pytest.raises(BadPromptError):
        take_prompt(settings, "zh/new", bad)
    assert stored.path.read_bytes() == before
