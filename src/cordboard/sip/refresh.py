"""Session timers: who refreshes a talk, when, and when a silent one is over.

A talk whose far end died without a word is noticed by this and by nothing else. The peer refreshes
where it can; else we do, by UPDATE where the peer allows it, by a re-INVITE of the same description
where it agreed to timers without. Only deadlines here; messages go through `indialog`.

Source: RFC 4028 (session timers), RFC 3311 (UPDATE).
"""

from collections.abc import Callable
from functools import partial

from .agenda import NEVER
from .dialogs import Dialog
from .endpoint import Endpoint
from .messages import Message, Request, Response, names
from .session import Pairs, Phase, Session
from .transactions import ClientTransaction, ResponseHandler
from .waits import SWEEP_S, SessionTimer, Sweep

EXPIRED = ("Reason", 'SIP;cause=408;text="Session timer expired"')
RESTORED_S = 5.0
"A talk taken back after a crash is refreshed this soon: its last refresh is not known."


class Refreshes:
    """The rules of session timers.

    Args:
        endpoint: What all share.
        reinvite: Sends a re-INVITE with this description as soon as it may.
        gone: Ends a session whose peer does not know it, or does not answer.
        expired: Ends a session that nobody refreshed.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        reinvite: Callable[[Session, bytes | None, float], None],
        gone: Callable[[Session, Response | None, float], None],
        expired: Callable[[Session, float], None],
    ) -> None:
        self._end = endpoint
        self._reinvite = reinvite
        self._gone = gone
        self._expired = expired
        self._sweep = Sweep()

    # what our messages say

    def answer(self, session: Session, request: Request, now_s: float) -> Pairs:
        """What our 2xx to an INVITE or UPDATE says; the interval begins."""
        most_s = self._end.settings.session_expires_s
        asked = read_interval(request)
        supports = names(request, "supported", "timer") or names(request, "require", "timer")
        allows = names(request, "allow", "UPDATE")
        if supports and (asked or most_s):
            least_s = read_seconds(request.get("min-se")) or self._end.settings.min_se_s
            seconds = max(min(asked or most_s, most_s or asked), least_s)
            seconds = min(seconds, asked) if asked else seconds
            ours = read_refresher(request) == "uas"
            self._begin(session, seconds, ours, allows, now_s)
            who = "uas" if ours else "uac"
            return [("Require", "timer"), ("Session-Expires", f"{seconds};refresher={who}")]
        if most_s and allows:
            self._begin(session, most_s, True, True, now_s)
            return [("Session-Expires", f"{most_s};refresher=uas")]
        self._end_of(session)
        return ()

    def offer(self, session: Session) -> Pairs:
        """What a change of ours within the talk says."""
        timer = session.timer
        if timer is None:
            return self._end.timer_offer
        who = "uac" if timer.ours else "uas"
        least_s = max(self._end.settings.min_se_s, session.min_se_s)
        expires = ("Session-Expires", f"{timer.interval_s};refresher={who}")
        return [expires, ("Min-SE", str(least_s))]

    def agreed(self, session: Session, response: Response, now_s: float) -> None:
        """A 2xx to an INVITE or refresh of ours says who refreshes."""
        if session.digest is not None:
            session.digest.tries = 0  # a long talk meets many nonces
        seconds = read_interval(response)
        allows = names(response, "allow", "UPDATE")
        if seconds:
            self._begin(session, seconds, read_refresher(response) != "uas", allows, now_s)
        elif self._end.settings.session_expires_s and allows:
            most_s = self._end.settings.session_expires_s
            self._begin(session, most_s, True, True, now_s)
        else:
            self._end_of(session)

    def retry(
        self,
        session: Session,
        client: ClientTransaction,
        response: Response,
        handler: ResponseHandler,
        now_s: float,
    ) -> ClientTransaction | None:
        """After 422: the same INVITE with the interval that the peer wants. §7.4."""
        least_s = read_seconds(response.get("min-se"))
        if response.status != 422 or not least_s or least_s <= session.min_se_s:
            return None
        session.min_se_s = least_s
        wanted = {
            "Session-Expires": str(max(least_s, self._end.settings.session_expires_s)),
            "Min-SE": str(least_s),
        }
        draft = client.draft
        again = draft.again(self._end.via(client.hop[2]), draft.cseq + 1, [])
        again.extra = [(name, wanted.get(name, value)) for name, value in again.extra]
        if session.dialog is not None:
            session.dialog.local_seq = again.cseq = session.dialog.local_seq + 1
        return self._end.start(again, client.flow, client.hop, handler, now_s)

    def restored(self, session: Session, paper: object, now_s: float) -> None:
        """Go on with a talk of an earlier life."""
        if isinstance(paper, list):
            seconds, ours, by_update = paper
            self._begin(session, int(seconds), bool(ours), bool(by_update), now_s)
            if ours and session.timer is not None:
                session.timer.due_at_s = now_s + RESTORED_S

    # time

    def _begin(
        self, session: Session, seconds: int, ours: bool, by_update: bool, now_s: float
    ) -> None:
        timer = session.timer
        if timer is None:
            act = partial(self._act, session)
            timer = SessionTimer(act, seconds, ours, by_update)
            session.timer = timer
            sweep = self._sweep
            sweep.timers.append(timer)
            if sweep.deadline == NEVER:
                sweep.deadline = now_s + SWEEP_S
                self._end.agenda.schedule(sweep)
        timer.interval_s, timer.ours = seconds, ours
        timer.by_update = by_update or timer.by_update
        timer.start(now_s)

    def _end_of(self, session: Session) -> None:
        if session.timer is not None:
            session.timer.close()
            session.timer = None

    def _act(self, session: Session, over: bool, now_s: float) -> None:
        dialog, timer = session.dialog, session.timer
        if session.over or dialog is None or timer is None:
            return
        if over:
            self._expired(session, now_s)
        elif session.phase is not Phase.CONFIRMED:
            pass  # no ACK yet: its own timer ends the talk
        elif timer.by_update:
            self._update(session, dialog, now_s)
        elif session.local_sdp:
            self._reinvite(session, session.local_sdp, now_s)

    def _update(self, session: Session, dialog: Dialog, now_s: float) -> None:
        flow, hop = dialog.next_hop()
        draft = dialog.draft("UPDATE", self._end.via(hop[2]))
        draft.extra = [self._end.contact(hop[2]), *self._end.offers, *self.offer(session)]
        self._end.start(draft, flow, hop, partial(self._on_update, session), now_s)

    def _on_update(
        self, session: Session, client: ClientTransaction, response: Response | None, now_s: float
    ) -> None:
        if response is not None and response.status < 200:
            return
        if response is None or response.status in (408, 481):
            if not session.over:
                self._gone(session, response, now_s)
        elif response.status < 300:
            self.agreed(session, response, now_s)
        elif response.status == 422:
            self.retry(session, client, response, partial(self._on_update, session), now_s)
        elif response.status in (405, 501) and session.timer is not None:
            session.timer.by_update = False
            self._act(session, False, now_s)
        else:
            self._end.retry(session, client, response, partial(self._on_update, session), now_s)


def read_seconds(text: str | None) -> int:
    """The delta-seconds before the parameters; 0 if there are none."""
    digits = (text or "").partition(";")[0].strip(" \t")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


def read_interval(message: Message) -> int:
    """Seconds of Session-Expires; 0 if it says nothing."""
    return read_seconds(message.get("session-expires"))


def read_refresher(message: Message) -> str:
    """`uac` or `uas`; empty if Session-Expires names nobody."""
    tail = (message.get("session-expires") or "").lower().partition(";")[2]
    for item in tail.split(";"):
        name, _, value = item.partition("=")
        if name.strip(" \t") == "refresher":
            return value.strip(" \t")
    return ""
