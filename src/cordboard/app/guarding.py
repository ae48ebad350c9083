"""The guard of the telephone side, as the settings want it: who is exempt, and what is logged.

A log says that somebody was silenced or banned and never who: an address is a personal value.
"""

import ipaddress
from collections.abc import Callable
from functools import lru_cache

import structlog

from cordboard.app.config import Guard, Tolls
from cordboard.sip import GuardSettings
from cordboard.telephony.tolls import TollSettings, prefixes_of

_log = structlog.get_logger(__name__)


def guard_settings(asked: Guard, stands_at: Callable[[str], bool]) -> GuardSettings | None:
    """What the SIP core is told; None: no guard.

    Args:
        asked: In effect.
        stands_at: Whether a trunk or a fixed contact is at this host, now.
    """
    if not asked.enabled:
        return None
    networks = asked.networks

    @lru_cache(maxsize=4_096)
    def is_trusted(host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in networks)

    return GuardSettings(
        requests_per_s=asked.requests_per_s,
        registers_per_s=asked.registers_per_s,
        connections_per_s=asked.connections_per_s,
        strangers_per_s=asked.strangers_per_s,
        scan_users=asked.scan_users,
        silence_s=asked.silence_s,
        ban_s=asked.ban_s,
        exempt=lambda host: stands_at(host) or bool(networks and is_trusted(host)),
    )


def toll_settings(asked: Tolls) -> TollSettings:
    """What the telephones are told."""
    return TollSettings(
        phone_per_min=asked.phone_per_min,
        phone_at_once=asked.phone_at_once,
        trunk_per_min=asked.trunk_per_min,
        trunk_at_once=asked.trunk_at_once,
        costly_prefixes=prefixes_of(asked.costly_prefixes),
        costly_per_min=asked.costly_per_min,
    )


def tell_sentence(sentence: str, host: str) -> None:
    """Log that somebody is not heard any more."""
    kind = "ipv6" if ":" in host else "ipv4"
    if sentence == "banned":
        _log.warning("guard.banned", kind=kind)
    else:
        _log.warning("guard.silenced", kind=kind)
