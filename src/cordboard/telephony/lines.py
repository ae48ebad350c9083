"""Lines as configured, and the number plan that says what a dialled number means.

Pure: no I/O. A trunk is a peer towards the public network; a phone is an inner line; a service
number is what customers dial to reach a hotline. Capabilities LIN-01, LIN-05.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from .pools import LinePlan, plan_problems


class SipPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How SIP is spoken with the peer of a trunk."""

    accepts_refer: bool = False
    "Its calls may transfer themselves by REFER; a carrier hardly ever needs that."

    registers: bool = False
    "We register there with `username` and `password`; its calls in are let in by address."

    register_s: int = 600
    "Seconds that we ask to be registered for."

    domain: str = ""
    "Host part of our address and of numbers there; empty: the first host's."

    identity: Literal["none", "asserted", "preferred"] = "none"
    "Header that carries the shown number beside From: P-Asserted- or P-Preferred-Identity."

    from_account: bool = False
    "From names `username`, whatever number is shown."

    shows_withheld: bool = False
    "Show numbers that callers withheld: for emergency services and who else may by law."

    srtp: Literal["off", "optional", "required"] = "off"
    """Encrypted sound with keys in SDP (SDES; use it with TLS only): `optional` takes it where it
    is offered, and offers it, then calls again in clear if the peer refuses it."""

    uses_srv: bool = False
    "`hosts` are domains whose SRV records name the targets; they are asked again as they age."

    patience_s: float = 4.0
    "A target that says nothing at all for so long gives way to the next."

    x_headers: tuple[str, ...] = ()
    "X- headers taken in and let out, by name; `X-A*` stands for all that begin so."


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """A peer towards the public network."""

    id: str
    name: str
    hosts: tuple[str, ...]
    "Addresses it signals from; calls from them are let in without digest unless `username`."

    port: int = 5060
    transport: Literal["udp", "tcp", "tls"] = "udp"
    username: str = ""
    "With a password: digest, as server for its calls in and as client for ours out."

    password: str = ""
    shown_number: str = ""
    "Our number on calls out; empty: the caller's own."

    latch: Literal["strict", "nat"] = "strict"
    max_calls: int = 0
    "0: no limit."

    checks_health: bool = True
    "OPTIONS now and then: up after 2 answers, down after 3 silences."

    sip: SipPolicy = SipPolicy()


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """An inner line: registers with digest, or stands at a fixed contact."""

    extension: str
    name: str = ""
    ha1_md5: str = ""
    "Lower-case hex of MD5(`extension:realm:password`); no password is stored."

    ha1_sha256: str = ""
    contact: str = ""
    "Fixed `host:port`; empty: registers."

    transport: Literal["udp", "tcp", "tls"] = "udp"


class ServiceNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A number that customers dial, and where it leads."""

    number: str
    name: str
    kind: Literal["flow", "queue", "control"]
    "`control`: it rings until a program answers it over the control interface."

    target: str
    "Id of the flow or queue; for `control` any word, which FindOutTelByLevel asks by."


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """All lines of a site."""

    trunks: tuple[Trunk, ...] = ()
    phones: tuple[Phone, ...] = ()
    service_numbers: tuple[ServiceNumber, ...] = ()
    outside_prefix: str = "9"
    "What a phone dials before an outside number."

    plan: LinePlan = LinePlan()
    "Outer lines by number, and who may dial out on which."


class Destination(msgspec.Struct, frozen=True):
    """What a dialled number means."""

    kind: Literal["flow", "queue", "control", "extension", "outside"]
    target: str
    service_number: str = ""


_SEPARATORS = str.maketrans("", "", " -.()")


def clean_number(text: str) -> str:
    """The number without visual separators; `+`, `*` and `#` stay.

    Source: RFC 3966 §5.1.1, visual separators.
    """
    return text.translate(_SEPARATORS)


class NumberPlan:
    """Finds what a dialled number means."""

    def __init__(self, lines: Lines) -> None:
        self._services = {entry.number: entry for entry in lines.service_numbers}
        self._extensions = {phone.extension for phone in lines.phones}
        self._prefix = lines.outside_prefix

    def find(self, dialled: str, by: Literal["trunk", "phone"]) -> Destination | None:
        """Where the number leads, or None if nobody has it.

        Args:
            dialled: Cleaned number.
            by: Who dials: from a trunk only service numbers are reached; a phone also reaches
                extensions, and outside numbers behind the prefix.
        """
        service = self._services.get(dialled)
        if service is not None:
            return Destination(service.kind, service.target, service.number)
        if by == "trunk":
            return None
        if dialled in self._extensions:
            return Destination("extension", dialled)
        outside = dialled.removeprefix(self._prefix)
        if self._prefix and outside != dialled and len(outside) >= 3:
            return Destination("outside", outside)
        return None


def problems(lines: Lines) -> list[str]:
    """Everything that is wrong with a set of lines, in sentences; empty if it holds."""
    found = [
        *_twice("trunk", (trunk.id for trunk in lines.trunks)),
        *_twice("extension", (phone.extension for phone in lines.phones)),
        *_twice("service number", (entry.number for entry in lines.service_numbers)),
        *_twice("outer line", (line.number for line in lines.plan.outer_lines)),
        *_twice("line pool", (pool.id for pool in lines.plan.pools)),
        *plan_problems(
            lines.plan,
            {trunk.id for trunk in lines.trunks},
            {phone.extension for phone in lines.phones},
        ),
    ]
    found += [f"trunk {t.id}: name at least one host" for t in lines.trunks if not t.hosts]
    found += [
        f"phone {p.extension}: give a password or a fixed contact"
        for p in lines.phones
        if not p.ha1_md5 and not p.ha1_sha256 and not p.contact
    ]
    found += [
        f"extension {p.extension}: starts with the outside prefix {lines.outside_prefix}"
        for p in lines.phones
        if lines.outside_prefix and p.extension.startswith(lines.outside_prefix)
    ]
    return found


def _twice(what: str, values: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    found = []
    for value in values:
        if value in seen:
            found.append(f"{what} {value}: stands there twice")
        seen.add(value)
    return found
