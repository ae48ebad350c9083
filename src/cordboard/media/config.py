"""How one media process is set up: read once from JSON, frozen, all in one place.

Knows no default of the product: the control process writes this file or text from its own
settings. Unknown keys are an error, so a typing mistake never becomes a silent default.
"""

from pathlib import Path

import msgspec


class MediaConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one media process."""

    bind_host: str = "127.0.0.1"
    "Address of the RTP sockets; `0.0.0.0` for all."

    local_host: str = ""
    "What to write into SDP; empty means `bind_host`."

    first_port: int = 20000
    last_port: int = 29999
    port_rest_s: float = 10.0
    prompt_folders: list[str] = []
    "Searched before the shipped prompts."

    ring_facts: int = 20000
    silent_ms: int = 5000
    rtcp_s: int = 5
    orphan_music_s: float = 60.0
    "How long an orphaned leg hears music before it is hung up."

    lonely_s: float = 300.0
    "Without control and without legs for so long, the process ends itself; 0: never."

    fault_disk_after_bytes: int = 0
    "Development only: pretend the disk is full after so many bytes; 0: never."


class ConfigError(ValueError):
    """The configuration cannot be used; the message says where."""


def read_config(text: str) -> MediaConfig:
    """Parse JSON, or the file that the text names with a leading `@`.

    Raises:
        ConfigError: If it is no JSON, has unknown keys or impossible values.
    """
    try:
        data = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
        config = msgspec.json.decode(data, type=MediaConfig)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(str(error)) from error
    if not 1024 <= config.first_port < config.last_port <= 65535:
        raise ConfigError("ports: 1024 <= first_port < last_port <= 65535")
    return config
