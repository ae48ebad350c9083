"""A REGISTER client: our name at somebody else's registrar, kept alive.

One registration is one value with one deadline: the next attempt. Refreshed well before its end, at
a moment that no other registration shares; after a failure it comes again ever later, or when the
registrar says.

Source: RFC 3261 §10.2; RFC 5626 §4.5 (back-off), RFC 3261 §20.33 (Retry-After).
"""

from dataclasses import dataclass
from functools import partial

from .agenda import NEVER
from .digest import DigestClient
from .draft import Draft
from .endpoint import MAX_TRIES, Endpoint
from .errors import RemoteProtocolError
from .events import RegistrationEnded, RegistrationFailed, RegistrationMade
from .messages import Response
from .model import Hop
from .reasons import read_retry_after
from .refresh import read_seconds
from .transactions import ClientTransaction
from .uri import NameAddr, readable, wire

FIRST_RETRY_S, LAST_RETRY_S = 30, 1800
REFUSED_S = 600
"After 403 and the like: somebody must mend something first."


@dataclass(slots=True)
class Registration:
    """One name of ours at one registrar."""

    id: str
    aor: str
    "Our address of record, a bare URI."

    user: str
    "User part of our Contact: the registrar's calls come for it."

    hop: Hop
    expires_s: int
    call_id: str
    digest: DigestClient | None
    client: "RegisterClient | None"
    cseq: int = 0
    failures: int = 0
    ends_at_s: float = NEVER
    "When the registrar forgets us; NEVER while it does not know us."

    leaving: bool = False
    deadline: float = NEVER
    queued_at: float = NEVER

    def fire(self, now_s: float) -> None:
        """Register (again)."""
        self.deadline = NEVER
        if self.client is not None:
            self.client.attempt(self, now_s)


class RegisterClient:
    """All registrations of ours."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._end = endpoint
        self.all: dict[str, Registration] = {}

    def add(self, registration: Registration, now_s: float) -> None:
        """Begin; the first attempt comes within two seconds, not all at once."""
        self.all[registration.id] = registration
        self._at(registration, now_s + self._end.chance(2000) / 1000)

    def _at(self, registration: Registration, at_s: float) -> None:
        registration.deadline = at_s
        self._end.agenda.schedule(registration)

    def remove(self, registration: Registration, now_s: float) -> None:
        """Leave: the registrar is told once, if it knows us."""
        del self.all[registration.id]
        registration.leaving, registration.deadline = True, NEVER
        if registration.ends_at_s != NEVER:
            self.attempt(registration, now_s)

    def attempt(self, registration: Registration, now_s: float) -> None:
        """Send REGISTER."""
        end, hop = self._end, registration.hop
        registration.cseq += 1
        host = registration.aor.partition("@")[2] or registration.aor.partition(":")[2]
        address = f"<{wire(registration.aor)}>"
        draft = Draft(
            "REGISTER", f"sip:{host}", end.via(hop[2]), f"{address};tag={end.token()}", address,
            registration.call_id, registration.cseq,
        )  # fmt: skip
        seconds = 0 if registration.leaving else registration.expires_s
        draft.extra = [
            self._contact(registration),
            ("Expires", str(seconds)),
            end.allow,
            ("User-Agent", end.settings.user_agent),
        ]
        if registration.digest is not None:
            registration.digest.tries = 0
        end.start(draft, None, hop, partial(self._on_response, registration), now_s)

    def _contact(self, registration: Registration) -> tuple[str, str]:
        name, value = self._end.contact(registration.hop[2])
        own = f"<sip:{self._end.settings.contact_user}@"
        return name, value.replace(own, f"<sip:{wire(registration.user)}@", 1)

    def _on_response(
        self,
        registration: Registration,
        client: ClientTransaction,
        response: Response | None,
        now_s: float,
    ) -> None:
        if response is not None and response.status < 200:
            return
        if response is not None and self._proved(registration, client, response, now_s):
            return
        if registration.leaving:
            return
        if response is not None and response.status < 300:
            self._made(registration, response, now_s)
        else:
            self._failed(registration, client, response, now_s)

    def _proved(
        self,
        registration: Registration,
        client: ClientTransaction,
        response: Response,
        now_s: float,
    ) -> bool:
        """Whether a challenge was answered."""
        digest = registration.digest
        if response.status not in (401, 407) or digest is None or digest.tries >= MAX_TRIES:
            return False
        proxy = response.status == 407
        name = "proxy-authenticate" if proxy else "www-authenticate"
        draft = client.draft
        value = digest.answer(response.headers.get(name, []), draft.method, draft.uri, b"")
        if value is None:
            return False
        registration.cseq += 1
        header = ("Proxy-Authorization" if proxy else "Authorization", value)
        again = draft.again(self._end.via(client.hop[2]), registration.cseq, [header])
        handler = partial(self._on_response, registration)
        self._end.start(again, client.flow, client.hop, handler, now_s)
        return True

    def _made(self, registration: Registration, response: Response, now_s: float) -> None:
        seconds = self._granted(registration, response)
        if seconds <= 0:
            self._retry(registration, 500, "no time granted", None, now_s)
            return
        fresh = registration.ends_at_s == NEVER
        registration.failures, registration.ends_at_s = 0, now_s + seconds
        self._at(registration, now_s + seconds * (0.75 + self._end.chance(150) / 1000))
        self._end.emit(
            RegistrationMade(registration=registration.id, expires_s=seconds, is_fresh=fresh)
        )

    def _granted(self, registration: Registration, response: Response) -> int:
        """Seconds that the registrar gave our Contact."""
        wanted = self._contact(registration)[1].strip("<>").partition(";")[0]
        try:
            contacts = [NameAddr.parse(item) for item in response.values("contact")]
        except RemoteProtocolError:
            contacts = []
        ours = [c for c in contacts if c.uri.partition(";")[0] == wanted]
        texts = [c.params.get("expires") for c in ours] + [response.get("expires")]
        for text in texts:
            if text is not None and text.isascii() and text.isdigit():
                return int(text[:7])
        return registration.expires_s

    def _failed(
        self,
        registration: Registration,
        client: ClientTransaction,
        response: Response | None,
        now_s: float,
    ) -> None:
        if response is None:
            status = 503 if client.unreachable else 408
            self._retry(registration, status, "no answer", None, now_s)
            return
        least_s = read_seconds(response.get("min-expires"))
        if response.status == 423 and least_s > registration.expires_s:
            registration.expires_s = least_s
            self.attempt(registration, now_s)
            return
        after_s = read_retry_after(response)
        self._retry(registration, response.status, readable(response.reason), after_s, now_s)

    def _retry(
        self,
        registration: Registration,
        status: int,
        reason: str,
        after_s: int | None,
        now_s: float,
    ) -> None:
        """Come again later: half to whole of a time that doubles, or when it was said."""
        registration.failures += 1
        wait_s = float(min(FIRST_RETRY_S << min(registration.failures - 1, 6), LAST_RETRY_S))
        if status in (401, 403, 404, 407):
            wait_s = max(wait_s, REFUSED_S)
        wait_s *= 0.5 + self._end.chance(500) / 1000
        if after_s is not None:
            wait_s = min(after_s, LAST_RETRY_S) + self._end.chance(2000) / 1000
        if registration.ends_at_s <= now_s + wait_s and registration.ends_at_s > now_s:
            wait_s = max(1.0, (registration.ends_at_s - now_s) / 2)  # try while it still knows us
        known = registration.ends_at_s != NEVER and registration.ends_at_s > now_s + 2
        self._at(registration, now_s + wait_s)
        self._end.emit(
            RegistrationFailed(
                registration=registration.id,
                status=status,
                reason=reason,
                retry_in_s=wait_s,
                still_known=known,
            )
        )
        if not known:
            registration.ends_at_s = NEVER

    def path_lost(self, hop: Hop, now_s: float) -> None:
        """The connection to a registrar closed: calls would not reach us; register anew."""
        for registration in self.all.values():
            if registration.hop == hop and registration.ends_at_s != NEVER:
                registration.ends_at_s = NEVER
                self._end.emit(
                    RegistrationEnded(registration=registration.id, reason="connection lost")
                )
                self._at(registration, now_s + 1 + self._end.chance(4000) / 1000)
