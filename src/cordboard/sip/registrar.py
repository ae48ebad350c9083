"""The registrar: which contacts a user can be reached at now, and over which flow.

A REGISTER that passed digest goes in; the Contacts to list and what changed come out. Bounded per
user; time is given. This file sends nothing and checks no password.

Source: RFC 3261 §10.3; RFC 3581 and RFC 5626 (reach a phone over the flow it registered on).
"""

from dataclasses import dataclass

from .agenda import NEVER, Agenda
from .errors import RemoteProtocolError
from .events import Registered, Unregistered
from .messages import Request
from .model import Flow, SipSettings
from .uri import NameAddr, SipUri, readable

RegistrarEvent = Registered | Unregistered


class IntervalTooBriefError(RemoteProtocolError):
    """The phone asked for less than we grant (423, with Min-Expires)."""

    def __init__(self) -> None:
        super().__init__("interval too brief", 423)


@dataclass(slots=True)
class Binding:
    """One contact of one user."""

    user: str
    contact: str
    "Request-URI for calls to it, exactly as it came."

    flow: Flow
    path: list[str]
    expires_at_s: float
    q: str | None
    call_id: str
    cseq: int
    user_agent: str
    deadline: float = NEVER
    queued_at: float = NEVER
    registrar: "Registrar | None" = None

    def fire(self, now_s: float) -> None:
        """Run out."""
        self.deadline = NEVER
        if self.registrar is not None:
            self.registrar.drop(self)


class Registrar:
    """All bindings of one realm."""

    def __init__(self, settings: SipSettings, agenda: Agenda) -> None:
        self._settings = settings
        self._agenda = agenda
        self._users: dict[str, dict[str, Binding]] = {}
        self._flows: dict[tuple[str, str, int, int], dict[str, int]] = {}
        self.happened: list[RegistrarEvent] = []
        "Drained by the core."

    def register(self, user: str, request: Request, flow: Flow, now_s: float) -> None:
        """Apply a REGISTER; all of it or nothing.

        Raises:
            IntervalTooBriefError: If a contact asks for less than the minimum.
            RemoteProtocolError: If it is broken (400), out of order (500) or too much (403).
        """
        contacts = request.values("contact")
        if contacts == ["*"]:
            if self._expires(request.get("expires"), None) != 0 or request.get("expires") is None:
                raise RemoteProtocolError("Contact: * without Expires: 0")
            for binding in self.bindings(user):
                self._check_order(binding, request)
            for binding in self.bindings(user):
                self.drop(binding)
            return
        wanted = [self._read(item, request) for item in contacts]
        mine = self._users.get(user, {})
        for address, _ in wanted:
            if address.uri in mine:
                self._check_order(mine[address.uri], request)
        fresh = {a.uri for a, expires_s in wanted if expires_s and a.uri not in mine}
        if len(mine) + len(fresh) > self._settings.bindings_per_user:
            raise RemoteProtocolError("too many contacts", 403)
        for address, expires_s in wanted:
            self._bind(user, address, expires_s, request, flow, now_s)

    def bindings(self, user: str) -> list[Binding]:
        """Contacts of a user, best q first, then the latest."""
        mine = list(self._users.get(user, {}).values())
        return sorted(mine, key=lambda b: (-float(b.q or "1"), -b.expires_at_s))

    def contacts(self, user: str, now_s: float) -> list[tuple[str, str]]:
        """Contact headers for the 200."""
        return [
            (
                "Contact",
                f"<{b.contact}>;expires={max(0, round(b.expires_at_s - now_s))}"
                + (f";q={b.q}" if b.q else ""),
            )
            for b in self.bindings(user)
        ]

    def user_at(self, flow: Flow) -> str | None:
        """The user whose phone registered over this very path, if there is exactly one."""
        users = self._flows.get(_place(flow))
        return next(iter(users)) if users is not None and len(users) == 1 else None

    def connection_lost(self, flow: Flow) -> None:
        """A stream closed: its contacts cannot be reached any more."""
        for user in list(self._flows.get(_place(flow), ())):
            for binding in self.bindings(user):
                if binding.flow == flow:
                    self.drop(binding)

    def adopt(
        self, user: str, contact: str, flow: Flow, expires_at_s: float, user_agent: str = ""
    ) -> None:
        """Put back a binding after a restart; its next REGISTER may have any CSeq."""
        self._store(Binding(user, contact, flow, [], expires_at_s, None, "", 0, user_agent))

    def drop(self, binding: Binding) -> None:
        """Remove one contact and tell."""
        mine = self._users.get(binding.user, {})
        if mine.get(binding.contact) is not binding:
            return
        del mine[binding.contact]
        if not mine:
            del self._users[binding.user]
        self._leave(binding)
        self.happened.append(
            Unregistered(
                user=binding.user, contact_uri=binding.contact, still_registered=bool(mine)
            )
        )

    def _read(self, item: str, request: Request) -> tuple[NameAddr, int]:
        address = NameAddr.parse(item)
        SipUri.parse(address.uri)
        q = address.params.get("q")
        if q is not None and not (q.replace(".", "", 1).isdecimal() and float(q) <= 1):
            raise RemoteProtocolError("broken q")
        return address, self._expires(address.params.get("expires"), request.get("expires"))

    def _expires(self, own: str | None, common: str | None) -> int:
        """Seconds granted; RFC 3261 §10.2.1.1: what cannot be read counts as the default."""
        text = own if own is not None else common
        settings = self._settings
        if text is None or not (text.isascii() and text.isdigit()):
            return settings.register_default_s
        seconds = int(text[:10])
        if 0 < seconds < settings.register_min_s:
            raise IntervalTooBriefError
        return min(seconds, settings.register_max_s)

    def _check_order(self, binding: Binding, request: Request) -> None:
        if binding.call_id == request.call_id and request.cseq <= binding.cseq:
            raise RemoteProtocolError("REGISTER out of order", 500)

    def _bind(
        self,
        user: str,
        address: NameAddr,
        expires_s: int,
        request: Request,
        flow: Flow,
        now_s: float,
    ) -> None:
        old = self._users.get(user, {}).get(address.uri)
        if expires_s == 0:
            if old is not None:
                self.drop(old)
            return
        binding = Binding(
            user,
            address.uri,
            flow,
            request.values("path"),
            now_s + expires_s,
            address.params.get("q"),
            request.call_id,
            request.cseq,
            readable(request.get("user-agent") or ""),
        )
        self._store(binding)
        self.happened.append(
            Registered(
                user=user,
                contact_uri=address.uri,
                flow=flow,
                expires_s=expires_s,
                user_agent=binding.user_agent,
                fresh=old is None or old.flow != flow,
            )
        )

    def _store(self, binding: Binding) -> None:
        mine = self._users.setdefault(binding.user, {})
        old = mine.get(binding.contact)
        if old is not None:
            old.deadline = NEVER
            self._leave(old)
        mine[binding.contact] = binding
        users = self._flows.setdefault(_place(binding.flow), {})
        users[binding.user] = users.get(binding.user, 0) + 1
        binding.registrar = self
        binding.deadline = binding.expires_at_s
        self._agenda.schedule(binding)

    def _leave(self, binding: Binding) -> None:
        place = _place(binding.flow)
        users = self._flows.get(place)
        if users is None:
            return
        users[binding.user] -= 1
        if not users[binding.user]:
            del users[binding.user]
        if not users:
            del self._flows[place]


def _place(flow: Flow) -> tuple[str, str, int, int]:
    return flow.transport, flow.remote[0], flow.remote[1], flow.connection_id
