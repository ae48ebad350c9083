"""Sound files taken in as prompts: read in any format, brought to one loudness, stored to play.

Nothing is half there: the file appears under its name when it is whole.
"""

import os
import re
from pathlib import Path

import msgspec

from cordboard.app.config import Settings
from cordboard.kit.errors import DomainError
from cordboard.media.formats import (
    RATE_HZ,
    SoundError,
    as_prompt,
    loudness_dbfs,
    read_prompt,
    read_sound,
)

__all__ = ["RATE_HZ", "BadPromptError", "StoredPrompt", "take_prompt"]

_NAME = re.compile(r"[A-Za-z0-9_\-]+(?:/[A-Za-z0-9_\-]+)*")


class BadPromptError(DomainError):
    """The sound cannot become a prompt."""

    code = "bad-prompt"
    status = 422


class StoredPrompt(msgspec.Struct, frozen=True):
    """A prompt that can be played now."""

    path: Path
    duration_ms: int
    loudness_dbfs: float


def take_prompt(
    settings: Settings, name: str, file: Path, *, rate_hz: int = RATE_HZ, sets_level: bool = True
) -> StoredPrompt:
    """Store a sound file as a prompt of this name; an earlier one of the name is replaced.

    Args:
        settings: Where prompts lie.
        name: As flows name it behind `file:`.
        file: The sound.
        rate_hz: Samples a second of a raw file.
        sets_level: Bring it to the loudness of the other prompts.

    Raises:
        BadPromptError: If there is no folder for prompts, the name is none, or the file no sound.
        OSError: If the file cannot be read, or the prompt not be written.
    """
    if not settings.media.prompts_dir:
        raise BadPromptError("Say where own prompts lie: set CORDBOARD_MEDIA_PROMPTS_DIR.")
    if not _NAME.fullmatch(name):
        raise BadPromptError(f"{name!r} is no name: letters, digits, - and _, parted by /.")
    try:
        sound = as_prompt(*read_sound(file, rate_hz), sets_level=sets_level)
    except SoundError as error:
        raise BadPromptError(f"{error}.") from None
    path = Path(settings.media.prompts_dir) / f"{name}.alaw"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(sound)
    os.replace(fresh, path)
    return StoredPrompt(path, len(sound) * 1000 // RATE_HZ, loudness_dbfs(read_prompt(sound)))
