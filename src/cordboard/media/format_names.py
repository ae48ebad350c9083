"""Names of the sound formats that recordings leave in and prompts come in; the work is `formats`.

Source: LIN-09 (S002-VCD-09, -11, -12, -14, -22); ITU-T G.711; GSM 06.10.
"""

from typing import Literal

import msgspec

FormatName = Literal[
    "wav", "wav-alaw", "wav-ulaw", "wav-adpcm", "wav-gsm", "alaw", "ulaw", "gsm", "vox", "mp3"
]


class SoundFormat(msgspec.Struct, frozen=True):
    """How one format is written."""

    suffix: str
    container: str
    coding: str
    media_type: str
    is_mono: bool = False
    "It holds one channel: both parties are mixed into it."


FORMATS: dict[FormatName, SoundFormat] = {
    "wav": SoundFormat("wav", "WAV", "PCM_16", "audio/wav"),
    "wav-alaw": SoundFormat("wav", "WAV", "ALAW", "audio/wav"),
    "wav-ulaw": SoundFormat("wav", "WAV", "ULAW", "audio/wav"),
    "wav-adpcm": SoundFormat("wav", "WAV", "IMA_ADPCM", "audio/wav"),
    "wav-gsm": SoundFormat("wav", "WAV", "GSM610", "audio/wav", is_mono=True),
    "alaw": SoundFormat("alaw", "RAW", "ALAW", "application/octet-stream", is_mono=True),
    "ulaw": SoundFormat("ulaw", "RAW", "ULAW", "application/octet-stream", is_mono=True),
    "gsm": SoundFormat("gsm", "RAW", "GSM610", "audio/gsm", is_mono=True),
    "vox": SoundFormat("vox", "RAW", "VOX_ADPCM", "application/octet-stream", is_mono=True),
    "mp3": SoundFormat("mp3", "MP3", "MPEG_LAYER_III", "audio/mpeg"),
}
