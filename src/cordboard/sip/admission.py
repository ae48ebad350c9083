"""Who may come in: the checks before a request may start anything.

Each check either lets a request pass or has answered it, without keeping state: a flood of
strangers costs no memory. This file starts no session.

Source: RFC 3261 §8.2.1–8.2.3, §8.2.2.2 (merged), §16.3 (hops, loops), §22.2; RFC 8760.
"""

from .digest import readable_by
from .endpoint import Endpoint
from .errors import RemoteProtocolError
from .messages import Request
from .model import EXTENSIONS, Flow
from .parser import parse_uri
from .refresh import read_interval
from .reliable import wants_reliable
from .sdp import body_sdp
from .session import Pairs
from .uri import NameAddr

NO_HOP_CHECK = ("OPTIONS",)


class Admission:
    """The gate in front of `uas` and the registrar."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._end = endpoint

    def admits(self, request: Request, flow: Flow) -> bool:
        """Whether an out-of-dialog request may go on; if not, it is answered already."""
        refusal = self._refusal(request, flow)
        if refusal is None:
            return True
        status, extra = refusal
        self._end.refuse(request, flow, status, extra)
        return False

    def _refusal(self, request: Request, flow: Flow) -> tuple[int, Pairs] | None:
        end, method = self._end, request.method
        if method not in end.settings.allow:
            return 405, [end.allow]
        parse_uri(request)
        if end.table.is_merged(request) or end.table.is_looped(request):
            return 482, ()
        hops = request.get("max-forwards")
        if hops is not None and int(hops) == 0 and method not in NO_HOP_CHECK:
            return 483, ()
        unknown = [tag for tag in request.tokens("require") if tag not in EXTENSIONS]
        if unknown:
            return 420, [("Unsupported", ", ".join(unknown))]
        if method in ("OPTIONS", "REGISTER"):
            return None
        if method != "INVITE":
            return 481, ()
        return self._invite(request)

    def _invite(self, request: Request) -> tuple[int, Pairs] | None:
        refusal = self._extensions(request)
        if refusal is not None:
            return refusal
        encoding = request.get("content-encoding")
        if encoding is not None and encoding.lower() != "identity":
            return 415, [("Accept-Encoding", "identity")]
        try:
            body_sdp(request.get("content-type"), request.body)
        except RemoteProtocolError as error:
            return error.sip_status_hint, [("Accept", "application/sdp")]
        accept = [item.partition(";")[0].lower() for item in request.tokens("accept")]
        wanted = ("application/sdp", "application/*", "*/*")
        if accept and not any(item in wanted for item in accept):
            return 406, [("Accept", "application/sdp")]
        NameAddr.parse(request.from_)
        NameAddr.parse(request.to)
        return None

    def has_room(self, request: Request, flow: Flow) -> bool:
        """Whether a call of somebody who may call can be taken now; if not, it is answered.

        Asked last, so that strangers do not use up the room of those who may call. A leg that takes
        another one over (RFC 3891) belongs to a call in progress: the gate is not for it.
        """
        end, wait_s = self._end, None
        if end.gate is not None and request.get("replaces") is None:
            wait_s = end.gate(flow)
        if wait_s is None and len(end.sessions) >= end.settings.max_sessions:
            wait_s = 5
        if wait_s is not None:
            end.refuse(request, flow, 503, [("Retry-After", str(wait_s))])
        return wait_s is None

    def _extensions(self, request: Request) -> tuple[int, Pairs] | None:
        """Session timers too short (RFC 4028 §9), and 100rel where it is a must (RFC 3262 §3)."""
        settings = self._end.settings
        if "session-expires" in request.headers:
            seconds = read_interval(request)
            if not seconds:
                return 400, ()
            if seconds < settings.min_se_s and "timer" in request.tokens("supported"):
                return 422, [("Min-SE", str(settings.min_se_s))]
        if settings.provisionals == "required" and not wants_reliable(request, None, "required"):
            return 421, [("Require", "100rel")]
        return None

    def identify(self, request: Request, flow: Flow, now_s: float) -> tuple[bool, str | None]:
        """Whether the sender of an INVITE may call, and who it is; else it is challenged."""
        settings = self._end.settings
        if not flow.pinned and settings.trusts(flow.remote[0]):  # a browser comes by any proxy
            return True, None
        if settings.trust_registered:
            user = self._end.registrar.user_at(flow)
            if user is not None:
                return True, user
        user = self.prove(request, flow, now_s)
        return user is not None, user

    def prove(self, request: Request, flow: Flow, now_s: float) -> str | None:
        """The user that the request's digest proves; None: a challenge is sent."""
        end = self._end
        verdict = end.digest.check(request, now_s)
        if verdict.user is None:
            readable = readable_by(request.get("user-agent"), end.settings.digest_algorithms)
            challenges = end.digest.challenges(
                now_s, stale=verdict.stale, algorithms=readable, host=flow.remote[0]
            )
            if verdict.wrong and end.guard is not None:
                end.guard.failed(verdict.wrong, flow, now_s)
            end.refuse(request, flow, 401, [("WWW-Authenticate", c) for c in challenges])
        else:
            end.settings.proved(verdict.user, verdict.algorithm)
            if end.guard is not None:
                end.guard.knows(flow, now_s)
        return verdict.user
