"""What comes in: bytes to a message, and the message to whom it concerns.

The order of the questions is the rule: repetition, CANCEL, room, dialog, admission, the gate. This
file starts nothing itself and raises nothing.

Source: RFC 3261 §8.1.3, §8.2, §10.3, §17.1.3, §17.2.3, §18.
"""

from .admission import Admission
from .endpoint import Endpoint, stamp_via
from .errors import RemoteProtocolError
from .events import BadMessage
from .indialog import InDialog
from .messages import Request, Response
from .model import Flow
from .parser import parse
from .registrar import IntervalTooBriefError
from .transactions import InviteServer, ServerTransaction
from .uas import Inbound
from .uri import NameAddr


class Reception:
    """Sends each message to its place."""

    def __init__(self, endpoint: Endpoint, dialogs: InDialog, inbound: Inbound) -> None:
        self._end = endpoint
        self._dialogs = dialogs
        self._in = inbound
        self._admission = Admission(endpoint)

    def receive(self, data: bytes, flow: Flow, now_s: float) -> None:
        """Take one whole message; whatever it holds, nothing is raised."""
        if len(data) <= 4 and not data.strip(b"\r\n\0"):
            return  # keep-alive
        message: Request | Response | None = None
        try:
            message = parse(data, self._end.settings.limits)
            if isinstance(message, Request):
                self._request(message, flow, now_s)
            else:
                self._response(message, now_s)
        except RemoteProtocolError as error:
            self._bad(error, error.message or message, flow)

    def _bad(self, error: RemoteProtocolError, message: object, flow: Flow) -> None:
        self._end.counters["bad_messages"] += 1
        if isinstance(message, Request) and message.via is not None:
            stamp_via(message, flow)
            self._end.refuse(message, flow, error.sip_status_hint, reason=error.reason)
        self._end.emit(BadMessage(flow=flow, error=error.reason))

    def _response(self, response: Response, now_s: float) -> None:
        client = self._end.table.find_client(response)
        if client is None:
            self._end.counters["stray_responses"] += 1
        else:
            client.receive(response, now_s)

    def _request(self, request: Request, flow: Flow, now_s: float) -> None:
        stamp_via(request, flow)
        end, method = self._end, request.method
        if method == "ACK":
            self._ack(request, now_s)
            return
        known = end.table.find_server(request, method)
        if known is not None:
            known.repeat()
        elif method == "CANCEL":
            self._cancel(request, flow, now_s)
        elif not end.table.has_room(in_dialog=request.to_tag is not None):
            end.refuse(request, flow, 503, [("Retry-After", "5")])
        elif request.to_tag is not None and method != "REGISTER":
            self._dialogs.receive(request, flow, now_s)
        elif self._admission.admits(request, flow):
            self._admitted(request, flow, now_s)

    def _admitted(self, request: Request, flow: Flow, now_s: float) -> None:
        end = self._end
        if request.method == "OPTIONS":
            extra = [*end.offers, ("Accept", "application/sdp"), end.contact(flow.transport)]
            end.answer(request, flow, 200, now_s, extra)
        elif request.method == "REGISTER":
            self._register(request, flow, now_s)
        else:
            allowed, user = self._admission.identify(request, flow, now_s)
            if allowed and self._admission.has_room(request, flow):
                self._in.receive(request, flow, user, now_s)

    def _register(self, request: Request, flow: Flow, now_s: float) -> None:
        end = self._end
        user = self._admission.prove(request, flow, now_s)
        if user is None:
            return
        if NameAddr.parse(request.to).user != user:
            end.answer(request, flow, 403, now_s)
            return
        try:
            end.registrar.register(user, request, flow, now_s)
        except IntervalTooBriefError:
            least = [("Min-Expires", str(end.settings.register_min_s))]
            end.answer(request, flow, 423, now_s, least)
        except RemoteProtocolError as error:
            end.answer(request, flow, error.sip_status_hint, now_s)
        else:
            end.answer(request, flow, 200, now_s, end.registrar.contacts(user, now_s))

    def _cancel(self, request: Request, flow: Flow, now_s: float) -> None:
        server = self._end.table.find_server(request, "INVITE")
        if not isinstance(server, InviteServer):
            self._end.refuse(request, flow, 481)
            return
        own = self._end.serve(request, flow)
        self._end.respond(own, request, 200, now_s, to_tag=server.local_tag)
        if server.on_cancel is not None:
            server.on_cancel(request, now_s)

    def _ack(self, request: Request, now_s: float) -> None:
        server: ServerTransaction | None = self._end.table.find_server(request, "INVITE")
        if isinstance(server, InviteServer) and not server.unacked:
            server.acked(now_s)
        else:
            self._in.ack(request, now_s)
