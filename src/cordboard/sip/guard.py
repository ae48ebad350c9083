"""Whom to hear: asked about each message and each new connection before any work is done.

Pure: time is given. A source is one of three. *Exempt*: trunks, fixed contacts, networks that the
settings name; always heard. *Known*: a digest was right there, lately; heard well. *Stranger*:
heard a little, each alone and all together, so that neither one flood nor a thousand forged
addresses cost more than a few refusals a second.

A stranger on UDP may be anybody, so it is never banned, whatever is sent in its name: if it asks
for many users and answers no challenge, it is not answered for a while, but for a rare request
(a telephone behind the same address gets its challenge that way, and by answering it becomes
known). Banned is only who was shown to be there: who echoes a nonce that only this address was
given, or completed a TCP handshake, and then goes on being wrong. Requests of a living dialog
always pass.

Source: RFC 3261 §26.1.5, §26.3.2.4 (denial of service); RFC 7616 §5.1 (nonces bound to clients).
"""

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .model import Flow
from .peek import dialog_of, method_of, nonce_of, user_of

Verdict = Literal["hear", "drop", "cut"]
"`cut`: drop it, and close the connection that it came over."

Why = Literal["garbage", "rate", "crowd", "silenced", "banned"]
Sentence = Literal["silenced", "banned"]
Key = tuple[str, str, int]
"`udp` or `stream`, host, and the connection of a browser (its address is its proxy's)."

_KNOWN_S = 7_200.0
"So long after a right digest a source is known; telephones register at least each hour."

_KNOWN_FACTOR = 10.0
"Known sources may be an office behind one address: so many times the rates of a stranger."

_PATIENCE_S = 2.0
"A telephone answers its challenge sooner; many that begin at once are no scan."

_TRICKLE_S = 30.0
"Of a silenced source one request in this time is heard."

_BURST_S = 4.0
"Requests of so much time may come at once."

_FAILURES = 20.0
_FAILURES_PER_S = 1 / 6
"""Wrong digests: at once, and for ever. One telephone with a wrong password is under it, and a
right digest makes good for all, so an office is not banned for it."""


def _none_exempt(host: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardSettings:
    """How much strangers are heard. Rates are per second; four seconds' worth may come at once."""

    requests_per_s: float = 5.0
    "Of one stranger, but for REGISTER."

    registers_per_s: float = 5.0
    connections_per_s: float = 5.0
    "New TCP and TLS connections of one source."

    strangers_per_s: float = 200.0
    "All strangers together."

    scan_users: int = 10
    "A stranger that asks for so many users and answers no challenge is silenced."

    silence_s: float = 600.0
    ban_s: float = 600.0
    max_sources: int = 10_000
    "Strangers remembered, and again so many known; the longest unheard is forgotten."

    exempt: Callable[[str], bool] = _none_exempt
    "Hosts that are always heard: trunks, fixed contacts, networks of the house."


class Bucket:
    """A token bucket that begins full."""

    __slots__ = ("_at_s", "_tokens")

    def __init__(self) -> None:
        self._at_s: float | None = None
        self._tokens = 0.0

    def take(self, now_s: float, per_s: float, burst: float) -> bool:
        """Whether one more may pass."""
        if self._at_s is None:
            self._tokens = burst
        else:
            self._tokens = min(burst, self._tokens + max(0.0, now_s - self._at_s) * per_s)
        self._at_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Source:
    """What is remembered of one source."""

    __slots__ = (
        "banned_until_s", "connections", "failures", "known_until_s", "registers", "requests",
        "silent_until_s", "since_s", "trickle_at_s", "users",
    )  # fmt: skip

    def __init__(self) -> None:
        self.requests, self.registers, self.connections = Bucket(), Bucket(), Bucket()
        self.failures = Bucket()
        self.users: set[int] = set()
        "Hashes of users asked for since `since_s` while no challenge was answered."

        self.since_s = 0.0
        self.silent_until_s = self.banned_until_s = self.known_until_s = 0.0
        self.trickle_at_s = 0.0


class Guard:
    """Remembers sources and says whom to hear.

    Args:
        settings: Rates and limits.
        echoes: (nonce, host, now_s): whether we gave this nonce to this host, lately.
        in_dialog: (Call-ID, To tag): whether a session of ours is so named.
        told: Hears each sentence and the host; keep the address out of logs.
    """

    def __init__(
        self,
        settings: GuardSettings,
        *,
        echoes: Callable[[str, str, float], bool],
        in_dialog: Callable[[tuple[str, str]], bool],
        told: Callable[[Sentence, str], object] = lambda *_: None,
    ) -> None:
        self._settings = settings
        self._echoes = echoes
        self._in_dialog = in_dialog
        self.told = told
        self._strangers: OrderedDict[Key, Source] = OrderedDict()
        self._proved: OrderedDict[Key, Source] = OrderedDict()
        "Sources that were shown to be there; no flood of forged addresses drives them out."

        self._crowd = Bucket()
        self.dropped: Counter[Why] = Counter(
            {"garbage": 0, "rate": 0, "crowd": 0, "silenced": 0, "banned": 0}
        )
        self.refused_connections = 0
        self.sentences: Counter[Sentence] = Counter({"silenced": 0, "banned": 0})

    @property
    def sources(self) -> int:
        """How many are remembered."""
        return len(self._strangers) + len(self._proved)

    def verdict(self, data: bytes, flow: Flow, now_s: float) -> Verdict:
        """Whether to read one message.

        Args:
            data: As it came.
            flow: Where from.
            now_s: Monotonic seconds.
        """
        if self._is_exempt(flow) or len(data) <= 4:
            return "hear"
        why = self._why_not(data, flow, now_s)
        if why is None:
            return "hear"
        self.dropped[why] += 1
        return "cut" if flow.reliable and why in ("garbage", "banned") else "drop"

    def admits_connection(self, flow: Flow, now_s: float) -> bool:
        """Whether to take a connection that somebody made to us."""
        if flow.pinned or self._is_exempt(flow):
            return True
        source = self._find(_key(flow))
        per_s = self._settings.connections_per_s
        passes = source.banned_until_s <= now_s and source.connections.take(
            now_s, per_s, _burst(per_s)
        )
        self.refused_connections += not passes
        return passes

    def knows(self, flow: Flow, now_s: float) -> None:
        """A digest was right, now or in an earlier life: its source is known."""
        source = self._prove(_key(flow))
        source.known_until_s = now_s + _KNOWN_S
        source.banned_until_s = 0.0
        source.failures = Bucket()

    def failed(self, nonce: str, flow: Flow, now_s: float) -> None:
        """A digest was wrong; too often, and its source is banned, if it was shown to be there."""
        is_there = flow.reliable or self._echoes(nonce, flow.remote[0], now_s)
        if not is_there or self._is_exempt(flow):
            return
        source = self._prove(_key(flow))
        if not source.failures.take(now_s, _FAILURES_PER_S, _FAILURES):
            self._ban(source, flow, now_s)

    def _why_not(self, data: bytes, flow: Flow, now_s: float) -> Why | None:
        method = method_of(data)
        if method is None:
            return "garbage"
        dialog = dialog_of(data) if method else None
        if dialog is not None and self._in_dialog(dialog):
            return None
        key = _key(flow)
        source = self._find(key)
        if source.banned_until_s > now_s:
            return "banned"
        if source.known_until_s > now_s:
            return self._rate(source, method, now_s, _KNOWN_FACTOR)
        nonce = nonce_of(data)
        if nonce is not None and self._echoes(nonce, flow.remote[0], now_s):
            self._forgive(self._prove(key))
            return self._rate(source, method, now_s, _KNOWN_FACTOR)
        return self._stranger(source, method, data, flow, now_s)

    def _stranger(
        self, source: Source, method: str, data: bytes, flow: Flow, now_s: float
    ) -> Why | None:
        if method == "ACK":  # of no dialog of ours: it asks for nothing
            return "rate"
        if source.silent_until_s > now_s:
            if now_s < source.trickle_at_s:
                return "silenced"
            source.trickle_at_s = now_s + _TRICKLE_S
        elif method and self._scans(source, data, now_s):
            if flow.reliable:
                self._ban(source, flow, now_s)
                return "banned"
            source.silent_until_s = now_s + self._settings.silence_s
            source.trickle_at_s = now_s + _TRICKLE_S
            source.users.clear()
            self._sentence("silenced", flow)
            return "silenced"
        why = self._rate(source, method, now_s, 1.0)
        per_s = self._settings.strangers_per_s
        if why is None and not self._crowd.take(now_s, per_s, _burst(per_s)):
            return "crowd"
        return why

    def _scans(self, source: Source, data: bytes, now_s: float) -> bool:
        """Whether it has asked for too many users and answered nothing."""
        if not source.users or now_s - source.since_s > self._settings.silence_s:
            source.users.clear()
            source.since_s = now_s
        if len(source.users) < self._settings.scan_users:
            source.users.add(hash(user_of(data)))
            return False
        return now_s - source.since_s >= _PATIENCE_S

    def _rate(self, source: Source, method: str, now_s: float, factor: float) -> Why | None:
        if method == "REGISTER":
            bucket, per_s = source.registers, self._settings.registers_per_s * factor
        elif factor > 1 and method in ("", "ACK", "CANCEL", "BYE", "PRACK"):
            return None  # what it began goes on
        else:
            bucket, per_s = source.requests, self._settings.requests_per_s * factor
        return None if bucket.take(now_s, per_s, _burst(per_s)) else "rate"

    def _ban(self, source: Source, flow: Flow, now_s: float) -> None:
        source.banned_until_s = now_s + self._settings.ban_s
        source.known_until_s = 0.0
        source.failures = Bucket()
        source.users.clear()
        self._sentence("banned", flow)

    def _sentence(self, sentence: Sentence, flow: Flow) -> None:
        self.sentences[sentence] += 1
        self.told(sentence, flow.remote[0])

    def _is_exempt(self, flow: Flow) -> bool:
        return not flow.pinned and self._settings.exempt(flow.remote[0])

    def _forgive(self, source: Source) -> None:
        source.silent_until_s = 0.0
        source.users.clear()

    def _find(self, key: Key) -> Source:
        source = self._proved.get(key)
        if source is not None:
            self._proved.move_to_end(key)
            return source
        return self._remember(self._strangers, key, self._strangers.pop(key, None))

    def _prove(self, key: Key) -> Source:
        return self._remember(
            self._proved, key, self._proved.pop(key, None) or self._strangers.pop(key, None)
        )

    def _remember(self, where: OrderedDict[Key, Source], key: Key, source: Source | None) -> Source:
        found = where[key] = source or Source()
        if len(where) > self._settings.max_sources:
            where.popitem(last=False)
        return found


def _burst(per_s: float) -> float:
    return max(1.0, per_s * _BURST_S)


def _key(flow: Flow) -> Key:
    kind = "stream" if flow.reliable else "udp"
    return kind, flow.remote[0], flow.connection_id if flow.pinned else 0
