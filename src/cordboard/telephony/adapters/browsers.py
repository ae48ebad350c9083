"""Seats of agents whose telephone is a page: who owns a seat, and the call that is there.

A seat is an inner line like a phone, dialled by its extension. Its signalling is JSON over the
application's WebSocket, its sound a secure leg of the media process. One page owns a seat; the
others are told so. A call outlives its page for a while (`browser_state.py`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cordboard import media
from cordboard.kit.ids import LegId
from cordboard.sip import SdpSide
from cordboard.telephony import events as wire
from cordboard.telephony.adapters import browser_words as words
from cordboard.telephony.adapters.browser_sdp import (
    BrowserOffer,
    BrowserSdpError,
    read_offer,
    write_answer,
)
from cordboard.telephony.adapters.browser_state import Act, Heard, Talk, follow
from cordboard.telephony.adapters.embedded_leg import Moment, SipLeg
from cordboard.telephony.adapters.embedded_legs import SipLegs
from cordboard.telephony.causes import INCOMPATIBLE, NORMAL, TEMPORARY_FAILURE
from cordboard.telephony.ports import DialTarget

_BUSY, _DECLINED = (17, 486), (21, 603)
Say = Callable[[words.ToPage], None]


@dataclass(slots=True, eq=False)
class Page:
    """One open page of a seat."""

    extension: str
    say: Say
    tab: str = ""


@dataclass(slots=True)
class BrowserCall:
    """The call at a seat."""

    leg_id: LegId
    caller: str
    talk: Talk = Talk.RINGING
    deadline_ms: int | None = None
    offer: BrowserOffer | None = None
    round: int = 0
    "Counts offers: an answer to an earlier one is of no use."


@dataclass(slots=True)
class Seat:
    """One extension with at least one page, or a call that waits for one."""

    extension: str
    pages: list[Page] = field(default_factory=list)
    owner: Page | None = None
    call: BrowserCall | None = None


class Browsers:
    """All seats.

    Args:
        legs: Where their legs live.
        wait_ms: How long a call waits for its page to come back.
    """

    def __init__(self, legs: SipLegs, wait_ms: int) -> None:
        self._legs = legs
        self._wait_ms = wait_ms
        self._seats: dict[str, Seat] = {}

    # --- pages -------------------------------------------------------------------------------

    def open(self, extension: str, say: Say) -> Page:
        """A page has connected; it says nothing yet."""
        return Page(extension, say)

    def hear(self, page: Page, word: words.FromPage) -> None:
        """Take what a page says; who does not own the seat is not obeyed."""
        if isinstance(word, words.Register):
            self._register(page, word)
            return
        seat = self._seats.get(page.extension)
        call = seat.call if seat is not None and seat.owner is page else None
        if seat is None or call is None or call.leg_id != word.call:
            return
        if isinstance(word, words.HangUp):
            self._step(seat, call, Heard.HANG_UP)
        elif isinstance(word, words.Offer):
            self._take_offer(seat, call, word.sdp)

    def close(self, page: Page) -> None:
        """A page is gone; another one of the seat owns it now."""
        seat = self._seats.get(page.extension)
        if seat is None or page not in seat.pages:
            return
        seat.pages.remove(page)
        if seat.owner is page:
            seat.owner = None
            if seat.call is not None:
                self._step(seat, seat.call, Heard.GONE)
            elif seat.pages:
                self._own(seat, seat.pages[-1], "")
        self._clean(seat)

    def _register(self, page: Page, word: words.Register) -> None:
        seat = self._seats.setdefault(page.extension, Seat(page.extension))
        page.tab = word.tab
        if page not in seat.pages:
            seat.pages.append(page)
            if len(seat.pages) == 1:
                self._say_line(seat.extension, is_here=True)
        owner = seat.owner
        if owner is None or owner.tab == word.tab or word.takes:
            self._own(seat, page, word.call)
        elif owner is not page:
            page.say(words.SeatTold(seat.extension, "elsewhere"))

    def _own(self, seat: Seat, page: Page, call_id: str) -> None:
        before, seat.owner = seat.owner, page
        if before is not None and before is not page:
            before.say(words.SeatTold(seat.extension, "elsewhere"))
        page.say(words.SeatTold(seat.extension, "here"))
        call = seat.call
        if call is not None:
            self._step(seat, call, Heard.ALIVE if call.leg_id == call_id else Heard.BACK)
        if call_id and (call is None or call.leg_id != call_id):
            page.say(words.CallOver(call_id))

    def _clean(self, seat: Seat) -> None:
        if seat.pages:
            return
        if seat.call is None:
            self._seats.pop(seat.extension, None)
        self._say_line(seat.extension, is_here=False)

    def _say_line(self, extension: str, *, is_here: bool) -> None:
        route = self._legs.book.find_routes(DialTarget(extension=extension))
        self._legs.tell(
            wire.LineChanged(
                at_ms=self._legs.clock.now_ms(),
                line_id=extension,
                line_kind="phone",
                state="registered" if is_here or not isinstance(route, int) else "unregistered",
                detail="browser" if is_here else "",
            )
        )

    # --- legs --------------------------------------------------------------------------------

    def reaches(self, extension: str | None) -> bool:
        """Whether a page is there to ring, or the seat has a call already."""
        seat = self._seats.get(extension or "")
        return seat is not None and (bool(seat.pages) or seat.call is not None)

    def dial(self, leg_id: LegId, extension: str, caller: str, like: LegId | None) -> None:
        """Ring a seat that `reaches`."""
        seat = self._seats[extension]
        if seat.call is not None:
            cause, status = _BUSY
            self._legs.tell(
                wire.LegEnded(
                    at_ms=self._legs.clock.now_ms(),
                    leg_id=leg_id,
                    by="party",
                    hangup_cause=cause,
                    sip_status=status,
                )
            )
            return
        seat.call = BrowserCall(leg_id, caller)
        self._add(leg_id, extension, Moment.DIALLING, like)
        self._legs.open_media(self._legs.living[leg_id])

    def _add(self, leg_id: LegId, extension: str, moment: Moment, like: LegId | None) -> None:
        settings = self._legs.settings
        leg = SipLeg(
            id=leg_id,
            session=leg_id,
            moment=moment,
            side=SdpSide(settings.media_host, self._legs.clock.now_ms()),
            signalling_host="",
            latch="strict",
            like=like or "",
            browser=extension,
        )
        self._legs.add(leg)

    def opened(self, leg: SipLeg) -> None:
        """A leg of ours has its port: now it rings."""
        seat = self._seats.get(leg.browser)
        if seat is None or seat.call is None or seat.call.leg_id != leg.id:
            return
        self._step(seat, seat.call, Heard.BACK if seat.owner is not None else Heard.GONE)
        self._legs.tell(
            wire.LegRinging(
                at_ms=self._legs.clock.now_ms(), leg_id=leg.id, early_media=False
            )
        )  # fmt: skip

    def ended(self, leg: SipLeg) -> None:
        """A leg of ours is over, for whatever reason."""
        self._legs.memory.drop(f"browser/{leg.id}")
        seat = self._seats.get(leg.browser)
        if seat is not None and seat.call is not None and seat.call.leg_id == leg.id:
            self._step(seat, seat.call, Heard.ENDED)

    def adopt(self) -> set[LegId]:
        """Take back the talks of an earlier life; their pages will come back."""
        now_ms = self._legs.clock.now_ms()
        found: set[LegId] = set()
        for key, (extension, caller, codec) in self._legs.memory.items("browser/"):
            leg_id = LegId(key)
            call = BrowserCall(leg_id, caller, Talk.WAITING, now_ms + self._wait_ms)
            self._seats[extension] = Seat(extension, call=call)
            self._add(leg_id, extension, Moment.UP, None)
            self._legs.living[leg_id].browser_codec = codec
            found.add(leg_id)
        return found

    def expire(self, now_ms: int) -> None:
        """End the calls whose page did not come back in time."""
        for seat in list(self._seats.values()):
            call = seat.call
            if call is not None and call.deadline_ms is not None and call.deadline_ms <= now_ms:
                self._step(seat, call, Heard.LATE)

    # --- the table, acted on -----------------------------------------------------------------

    def _step(self, seat: Seat, call: BrowserCall, heard: Heard) -> None:
        call.talk, acts = follow(call.talk, heard)
        if call.talk is Talk.OVER:
            seat.call = None
        for act in acts:
            _ACTS[act](self, seat, call)
        if call.talk is Talk.OVER:
            self._clean_quiet(seat)

    def _clean_quiet(self, seat: Seat) -> None:
        if seat.call is None and not seat.pages:
            self._seats.pop(seat.extension, None)
        elif seat.call is None and seat.owner is None:
            self._own(seat, seat.pages[-1], "")

    def _take_offer(self, seat: Seat, call: BrowserCall, sdp: str) -> None:
        leg = self._legs.find(call.leg_id)
        if leg is None or not leg.port:
            return
        like = self._legs.find(LegId(leg.like))
        try:
            call.offer = read_offer(sdp, leg.codec or (like.codec if like else "") or "PCMA")
        except BrowserSdpError as error:
            self._say(seat, words.Refused(call.leg_id, str(error)))
            return
        call.round += 1
        self._step(seat, call, Heard.OFFER)

    def _secure(self, seat: Seat, call: BrowserCall) -> None:
        assert call.offer is not None
        order = media.Secure(call.leg_id, call.offer.ufrag, call.offer.fingerprint)
        done = partial(self._secured, seat, call, call.round)
        self._legs.media.send(order).add_done_callback(done)

    def _secured(
        self, seat: Seat, call: BrowserCall, number: int, future: "asyncio.Future[media.Reply]"
    ) -> None:
        leg, offer, reply = self._legs.find(call.leg_id), call.offer, future.result()
        if number != call.round or leg is None or offer is None:
            return
        if not isinstance(reply, media.Secured):
            self._step(seat, call, Heard.REFUSED)
            return
        is_wanted = call.talk in (Talk.ANSWERING, Talk.RESUMING)
        if is_wanted:
            answer = write_answer(offer, reply, leg.side.host, leg.port, leg.side.session_id)
            leg.browser_answer = answer
            self._legs.connect_media(leg, offer.agreed)
        self._step(seat, call, Heard.SECURED)

    def _reply(self, seat: Seat, call: BrowserCall) -> None:
        leg = self._legs.find(call.leg_id)
        if leg is not None:
            self._say(seat, words.AnswerSent(call.leg_id, leg.browser_answer))

    def _pick_up(self, seat: Seat, call: BrowserCall) -> None:
        leg = self._legs.find(call.leg_id)
        if leg is not None:
            leg.moment = Moment.UP
            kept = [seat.extension, call.caller, leg.codec]
            self._legs.memory.keep(f"browser/{leg.id}", kept)
            self._legs.tell_answered(leg)

    def _show(self, seat: Seat, call: BrowserCall) -> None:
        state: Any = "ringing" if call.talk is Talk.RINGING else "waiting"
        self._say(seat, words.CallShown(call.leg_id, call.caller, state))

    def _wait(self, seat: Seat, call: BrowserCall) -> None:
        call.deadline_ms = self._legs.clock.now_ms() + self._wait_ms

    def _stay(self, seat: Seat, call: BrowserCall) -> None:
        call.deadline_ms = None

    def _tell_over(self, seat: Seat, call: BrowserCall) -> None:
        self._say(seat, words.CallOver(call.leg_id))

    def _end(self, by: Any, cause: int, status: int, seat: Seat, call: BrowserCall) -> None:
        leg = self._legs.find(call.leg_id)
        if leg is not None:
            self._legs.over(leg, by, cause, status)

    def _say(self, seat: Seat, word: words.ToPage) -> None:
        if seat.owner is not None:
            seat.owner.say(word)


def _ending(by: str, cause: int, status: int = 0) -> Callable[[Browsers, Seat, BrowserCall], None]:
    return lambda browsers, seat, call: browsers._end(by, cause, status, seat, call)


_ACTS: dict[Act, Callable[[Browsers, Seat, BrowserCall], None]] = {
    Act.SHOW: Browsers._show,
    Act.SECURE: Browsers._secure,
    Act.REPLY: Browsers._reply,
    Act.PICK_UP: Browsers._pick_up,
    Act.WAIT: Browsers._wait,
    Act.STAY: Browsers._stay,
    Act.REJECT: _ending("party", *_DECLINED),
    Act.FAIL: _ending("network", INCOMPATIBLE, 488),
    Act.LEAVE: _ending("party", NORMAL),
    Act.LOSE: _ending("network", TEMPORARY_FAILURE),
    Act.TELL: Browsers._tell_over,
}
