"""Who is on the line, and the way to whom we dial: trunks, phones, registrations, health.

Keeps registrations across a restart in the adapter's memory, so that phones are reachable at once.
Tells LineChanged; knows no leg.

Source: RFC 3261 §10 (registrations); OPTIONS health: up after 2 answers, down after 3 silences.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from cordboard import sip
from cordboard.kit.clock import Clock
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.embedded_identity import caller_number, user_of
from cordboard.telephony.adapters.embedded_route import (
    Binding,
    DialRoute,
    Line,
    host_port,
    is_ip,
    mark,
)
from cordboard.telephony.adapters.sip_memory import SipMemory
from cordboard.telephony.lines import Lines, Phone, Trunk, clean_number
from cordboard.telephony.ports import DialTarget

_MOST_TARGETS = 8
"Tried in one attempt."

_UP_AFTER = 2
_DOWN_AFTER = 3
_NOT_FOUND, _ABSENT, _UNAVAILABLE = 404, 480, 503


class LineBook:
    """Trunks, phones and what is known of them now.

    Args:
        lines: As configured.
        memory: Keeps registrations over a restart.
        clock: Wall time.
        tell: Hears LineChanged.
    """

    def __init__(
        self,
        lines: Lines,
        memory: SipMemory,
        clock: Clock,
        tell: Callable[[wire.TelephonyEvent], None],
    ) -> None:
        self._memory = memory
        self._clock = clock
        self._tell = tell
        self._calls: dict[str, int] = {}
        self._streaks: dict[str, int] = {}
        self._up: dict[str, bool] = {}
        self._targets: dict[str, list[sip.Hop]] = {}
        self._bindings: dict[str, dict[str, Binding]] = {}
        self._strong: dict[str, str] = dict(memory.items("digest/"))
        "User that SHA-256 proved -> mark of the secret that did."

        self.load(lines)
        for extension, kept in memory.items("phone/"):
            self._bindings[extension] = {
                uri: msgspec.convert(binding, Binding) for uri, binding in kept.items()
            }

    def load(self, lines: Lines) -> None:
        """Take other lines from now on."""
        self.lines = lines
        self._trunks = {trunk.id: trunk for trunk in lines.trunks}
        self._phones = {phone.extension: phone for phone in lines.phones}
        self._by_host: dict[str, Trunk] = {}
        for trunk in lines.trunks:
            for host in trunk.hosts:
                self._by_host.setdefault(host, trunk)
        self._by_contact: dict[tuple[str, int], Phone] = {}
        for phone in lines.phones:
            if phone.contact:
                self._by_contact[host_port(phone.contact)] = phone
        self._trunk_users = {
            t.username: t for t in lines.trunks if t.username and not t.sip.registers
        }
        self._contact_hosts = {host for host, _ in self._by_contact}

    def move_phone(self, extension: str, contact: str) -> None:
        """Reach a phone at another fixed contact, until lines are taken anew."""
        phones = tuple(
            msgspec.structs.replace(phone, contact=contact)
            if phone.extension == extension
            else phone
            for phone in self.lines.phones
        )
        self.load(msgspec.structs.replace(self.lines, phones=phones))

    # What the SIP core asks

    def trusts(self, host: str) -> bool:
        """Whether INVITEs from this host need no digest: trunks without a name of theirs."""
        trunk = self._by_host.get(host)
        open_ = trunk is not None and (not trunk.username or trunk.sip.registers)
        return open_ or host in self._contact_hosts

    def stands_at(self, host: str) -> bool:
        """Whether a trunk or a fixed contact of ours is there, whoever proves itself how."""
        return host in self._by_host or host in self._contact_hosts

    def secret_of(self, realm: str, user: str) -> sip.Secret | None:
        """What proves a phone or a trunk; once SHA-256 has, MD5 does no longer (no downgrade)."""
        secret = self._secret_of(user)
        if secret is None or user not in self._strong:
            return secret
        ha1 = sip.ha1_of(secret, "SHA-256", user, realm) or ""
        return sip.Ha1(None, ha1) if self._strong[user] == mark(ha1) else secret

    def proved(self, realm: str, user: str, algorithm: str) -> None:
        """A digest was right: remember the strongest, for as long as the password is this one."""
        secret = self._secret_of(user)
        if algorithm != "SHA-256" or secret is None:
            return
        strong = mark(sip.ha1_of(secret, algorithm, user, realm) or "")
        if self._strong.get(user) != strong:
            self._strong[user] = strong
            self._memory.keep(f"digest/{user}", strong)

    def _secret_of(self, user: str) -> sip.Secret | None:
        phone = self._phones.get(user)
        if phone is not None and (phone.ha1_md5 or phone.ha1_sha256):
            return sip.Ha1(phone.ha1_md5 or None, phone.ha1_sha256 or None)
        trunk = self._trunk_users.get(user)
        return trunk.password if trunk is not None and trunk.password else None

    # Inbound

    def find_line(self, event: sip.InviteReceived) -> Line | None:
        """Where an INVITE comes from, or None for a stranger."""
        user = event.authenticated_user
        said = user_of(event.from_.uri)
        if user is not None and user in self._phones:
            return Line("phone", user, user, "nat")
        if user is not None and user in self._trunk_users:
            return self._trunk_line(self._trunk_users[user], event)
        if event.flow.pinned:
            return None  # a browser proves itself: its address is its proxy's
        phone = self._by_contact.get(event.flow.remote)
        if phone is not None:
            return Line("phone", phone.extension, phone.extension, "nat")
        if self._is_registered_from(said, event.flow):
            return Line("phone", said, said, "nat")
        trunk = self._by_host.get(event.flow.remote[0])
        return self._trunk_line(trunk, event) if trunk is not None else None

    def _is_registered_from(self, extension: str, flow: sip.Flow) -> bool:
        """A phone on a trunk's own host, the server's for example, is told from it by this."""
        bindings = self._bindings.get(extension, {})
        return any(binding.remote == flow.remote for binding in bindings.values())

    def _trunk_line(self, trunk: Trunk, event: sip.InviteReceived) -> Line | None:
        if trunk.max_calls and self._calls.get(trunk.id, 0) >= trunk.max_calls:
            return None
        called = user_of(event.request_uri)
        if trunk.sip.registers and called == clean_number(trunk.username):
            called = user_of(event.to.uri) or called  # it calls our account, and means this number
        number = caller_number(event, trunk.sip)
        return Line("trunk", trunk.id, number, trunk.latch, called, trunk.sip)

    def accepts_refer(self, trunk_id: str) -> bool:
        """Whether calls on this trunk may transfer themselves."""
        trunk = self._trunks.get(trunk_id)
        return trunk is not None and trunk.sip.accepts_refer

    def host_of(self, trunk_id: str) -> str:
        """Host part of numbers on a trunk; empty if there is no such trunk."""
        trunk = self._trunks.get(trunk_id)
        return (trunk.sip.domain or trunk.hosts[0]) if trunk is not None else ""

    def count(self, trunk_id: str, change: int) -> None:
        """A call began (1) or ended (-1) on a trunk."""
        self._calls[trunk_id] = self._calls.get(trunk_id, 0) + change

    # Outbound

    def find_routes(self, target: DialTarget) -> list[DialRoute] | int:
        """How to reach a target, best first, or the SIP status that says why not."""
        if target.extension is not None:
            route = self._route_to_phone(target.extension)
            return route if isinstance(route, int) else [route]
        found = self._routes_outside(target.number or "", target.trunk_id)
        return found[:_MOST_TARGETS] or _UNAVAILABLE

    def login_of(self, trunk_id: str) -> tuple[str | None, str | None]:
        """User name and password for a trunk's challenges; nothing where there are none."""
        trunk = self._trunks.get(trunk_id)
        return (trunk.username or None, trunk.password or None) if trunk else (None, None)

    def _route_to_phone(self, extension: str) -> DialRoute | int:
        phone = self._phones.get(extension)
        if phone is None:
            return _NOT_FOUND
        if phone.contact:
            host, port = host_port(phone.contact)
            uri = f"sip:{extension}@{host}:{port}"
            return DialRoute(uri, (host, port, phone.transport), host)
        now_ms = self._clock.now_ms()
        found = [b for b in self._bindings.get(extension, {}).values() if b.expires_at_ms > now_ms]
        if not found:
            return _ABSENT
        latest = max(found, key=lambda binding: binding.expires_at_ms)
        return DialRoute(latest.contact_uri, latest.flow, latest.remote[0])

    def _routes_outside(self, number: str, trunk_id: str | None) -> list[DialRoute]:
        """Every target of every trunk that may be used, those of one trunk together."""
        return [
            self._route(trunk, hop, number)
            for trunk in self._trunks.values()
            if not (trunk_id and trunk.id != trunk_id) and self._is_usable(trunk)
            for hop in self.targets(trunk)
        ]

    def _is_usable(self, trunk: Trunk) -> bool:
        full = trunk.max_calls and self._calls.get(trunk.id, 0) >= trunk.max_calls
        return not full and self._up.get(trunk.id, True)

    def _route(self, trunk: Trunk, hop: sip.Hop, number: str) -> DialRoute:
        domain = trunk.sip.domain or f"{trunk.hosts[0] if trunk.sip.uses_srv else hop[0]}:{hop[1]}"
        return DialRoute(
            f"sip:{number}@{domain}",
            hop,
            hop[0],
            trunk.latch,
            trunk.id,
            trunk.shown_number,
            trunk.username,
            trunk.password,
            trunk.sip,
        )

    def targets(self, trunk: Trunk) -> list[sip.Hop]:
        """Where a trunk's calls go, in the order to try: as found last, or as configured."""
        known = self._targets.get(trunk.id)
        return known or [(host, trunk.port, trunk.transport) for host in trunk.hosts]

    def learn(self, trunk_id: str, hops: list[sip.Hop], addresses: list[str]) -> None:
        """Take what name servers said of a trunk; its calls may come from these addresses."""
        trunk = self._trunks.get(trunk_id)
        if trunk is None:
            return
        self._targets[trunk_id] = hops
        for address in addresses:
            self._by_host.setdefault(address, trunk)

    def named_trunks(self) -> list[Trunk]:
        """Trunks whose hosts are names."""
        return [t for t in self._trunks.values() if t.sip.uses_srv or not all(map(is_ip, t.hosts))]

    # Registrations and health

    def on_sip(self, event: sip.SipEvent) -> bool:
        """Take an event of the core if it is about lines; whether it was."""
        if isinstance(event, sip.Registered):
            self._registered(event)
        elif isinstance(event, sip.Unregistered):
            self._unregistered(event)
        elif isinstance(event, sip.OptionsAnswered):
            self._pinged(event.ping_id, answered=True)
        elif isinstance(event, sip.OptionsFailed):
            self._pinged(event.ping_id, answered=False)
        elif isinstance(event, sip.RegistrationMade):
            self._up[event.registration] = True
            if event.is_fresh:
                self._say(event.registration, "trunk", "up", "registered")
        elif isinstance(event, sip.RegistrationFailed):
            if not event.still_known:
                self._up[event.registration] = False
                self._say(event.registration, "trunk", "down", f"REGISTER: {event.status}")
        elif isinstance(event, sip.RegistrationEnded):
            self._say(event.registration, "trunk", "down", event.reason)
        else:
            return False
        return True

    def registrations(self) -> Mapping[str, Mapping[str, Binding]]:
        """Extension -> contact URI -> binding."""
        return self._bindings

    def _registered(self, event: sip.Registered) -> None:
        now_ms = self._clock.now_ms()
        bindings = self._bindings.setdefault(event.user, {})
        for uri in [uri for uri, kept in bindings.items() if kept.expires_at_ms <= now_ms]:
            del bindings[uri]
        bindings[event.contact_uri] = Binding(
            contact_uri=event.contact_uri,
            transport=event.flow.transport,
            local=event.flow.local,
            remote=event.flow.remote,
            connection_id=event.flow.connection_id,
            expires_at_ms=now_ms + event.expires_s * 1000,
        )
        self._memory.keep(f"phone/{event.user}", msgspec.to_builtins(bindings))
        self._say(event.user, "phone", "registered", event.user_agent)

    def _unregistered(self, event: sip.Unregistered) -> None:
        bindings = self._bindings.get(event.user, {})
        bindings.pop(event.contact_uri, None)
        if event.still_registered:
            self._memory.keep(f"phone/{event.user}", msgspec.to_builtins(bindings))
            return
        self._bindings.pop(event.user, None)
        self._memory.drop(f"phone/{event.user}")
        self._say(event.user, "phone", "unregistered")

    def living_bindings(self) -> list[tuple[str, Binding]]:
        """Extension and binding of phones that can still be reached, those over UDP."""
        now_ms = self._clock.now_ms()
        return [
            (extension, binding)
            for extension, bindings in self._bindings.items()
            for binding in bindings.values()
            if binding.transport == "udp" and binding.expires_at_ms > now_ms
        ]

    def pings(self) -> list[tuple[str, sip.Hop]]:
        """Trunks whose health is to be asked now: id and where."""
        return [
            (trunk.id, self.targets(trunk)[0])
            for trunk in self._trunks.values()
            if trunk.checks_health
        ]

    def _pinged(self, trunk_id: str, *, answered: bool) -> None:
        if trunk_id not in self._trunks:
            return
        streak = self._streaks.get(trunk_id, 0)
        streak = max(streak, 0) + 1 if answered else min(streak, 0) - 1
        self._streaks[trunk_id] = streak
        if streak >= _UP_AFTER and not self._up.get(trunk_id, False):
            self._up[trunk_id] = True
            self._say(trunk_id, "trunk", "up")
        elif streak <= -_DOWN_AFTER and self._up.get(trunk_id, True):
            self._up[trunk_id] = False
            self._say(trunk_id, "trunk", "down", "no answer to OPTIONS")

    def own_registrations(self) -> list[Trunk]:
        """Trunks where we are to register."""
        return [trunk for trunk in self._trunks.values() if trunk.sip.registers]

    def is_up(self, trunk_id: str) -> bool:
        """Whether a trunk is known to be there, by OPTIONS or by our registration."""
        return self._up.get(trunk_id, False)

    def announce(self) -> None:
        """Tell where every line stands, at start."""
        for trunk in self._trunks.values():
            if not trunk.checks_health and not trunk.sip.registers:
                self._say(trunk.id, "trunk", "up")
        for phone in self._phones.values():
            reachable = phone.contact or not isinstance(self._route_to_phone(phone.extension), int)
            self._say(phone.extension, "phone", "registered" if reachable else "unregistered")

    def _say(
        self,
        line_id: str,
        kind: Literal["trunk", "phone"],
        state: Literal["up", "down", "registered", "unregistered"],
        detail: str = "",
    ) -> None:
        self._tell(
            wire.LineChanged(
                at_ms=self._clock.now_ms(),
                line_id=line_id,
                line_kind=kind,
                state=state,
                detail=detail,
            )
        )
