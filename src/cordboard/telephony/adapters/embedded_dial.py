"""One call attempt over several targets: the next one is tried while the caller waits.

A target that is silent, away or broken gives way to the next; somebody who is busy or a number that
does not exist is an answer, and so is a telephone that has rung.

Source: RFC 3263 §4.3 (failover), RFC 3261 §21.5.
"""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Literal

from cordboard import sip
from cordboard.kit.ids import LegId
from cordboard.sip import order_codecs
from cordboard.telephony import events as wire
from cordboard.telephony.adapters.embedded_identity import ANONYMOUS, let_out, shown_as
from cordboard.telephony.adapters.embedded_leg import Moment, SipLeg
from cordboard.telephony.adapters.embedded_legs import SipLegs
from cordboard.telephony.adapters.embedded_route import DialRoute
from cordboard.telephony.causes import cause_of_status
from cordboard.telephony.ports import DialTarget
from cordboard.telephony.tolls import TollBrake

_NO_SUCH_MEDIA = frozenset({415, 488, 606})


Payer = tuple[Literal["phone", "trunk"], str]
_FORBIDDEN = 403


def gives_way(status: int) -> bool:
    """Whether a failure is the target's and not the called party's."""
    return status == 408 or 500 <= status < 600


def _payer(beside: SipLeg | None) -> Payer | None:
    """Who pays for a call to outside: the phone beside it, or the trunk whose call is passed on."""
    if beside is None:
        return None
    if beside.extension:
        return "phone", beside.extension
    return beside.payer or (("trunk", beside.trunk_id) if beside.trunk_id else None)


class Dialler:
    """Begins legs that we dial, and moves them on to other targets.

    Args:
        legs: Where legs live.
    """

    def __init__(self, legs: SipLegs) -> None:
        self._legs = legs
        self.brake = TollBrake(legs.settings.tolls)

    def dial(
        self,
        leg_id: LegId,
        target: DialTarget,
        shown_number: str,
        headers: dict[str, str],
        like: LegId | None,
    ) -> None:
        """Call somebody as a new leg."""
        legs = self._legs
        first = legs.find(like) if like is not None else None
        payer = _payer(first) if target.extension is None else None
        routes = legs.book.find_routes(target)
        if payer is not None and not isinstance(routes, int) and self._brakes(payer, target):
            routes = _FORBIDDEN
        if isinstance(routes, int):
            legs.tell(
                wire.LegEnded(
                    at_ms=legs.clock.now_ms(),
                    leg_id=leg_id,
                    by="network",
                    hangup_cause=cause_of_status(routes),
                    sip_status=routes,
                )
            )
            return
        if target.shown_number:
            routes = [replace(one, shown_number=target.shown_number) for one in routes]
        route = routes[0]
        leg = SipLeg(
            id=leg_id,
            session=leg_id,
            moment=Moment.DIALLING,
            side=legs.side(route.srtp),
            signalling_host=route.host,
            latch=route.latch,
            trunk_id=route.trunk_id,
            extension=target.extension or "",
            payer=payer,
            like=like or "",
            codecs=order_codecs(first.agreed.codec if first and first.agreed else None),
        )
        make = partial(self._invite, shown_number=shown_number, headers=headers)
        leg.invite = make(route)
        tries = [(one, make(one), in_clear) for one in routes for in_clear in self._ways(one)]
        leg.others = tries[1:]
        legs.add(leg)
        legs.open_media(leg)
        self._watch(leg, route)

    def _brakes(self, payer: Payer, target: DialTarget) -> bool:
        """Whether a call to outside is one too many."""
        at_once = sum(1 for leg in self._legs.living.values() if leg.payer == payer)
        now_ms = self._legs.clock.now_ms()
        return self.brake.ask(*payer, target.number or "", at_once, now_ms) is not None

    def _invite(
        self, route: DialRoute, *, shown_number: str, headers: dict[str, str]
    ) -> dict[str, object]:
        """What `SipCore.invite` is told for this route, but for the description."""
        is_withheld = shown_number in ("", ANONYMOUS)
        from_, identity = shown_as(
            shown_number if is_withheld else route.shown_number or shown_number,
            route.shown_number,
            route.username,
            route.policy.domain or self._legs.settings.sip_host,
            route.policy,
        )
        return {
            "request_uri": route.request_uri,
            "from_": from_,
            "to": f"<{route.request_uri}>",
            "next_hop": route.next_hop,
            "username": route.username or None,
            "password": route.password or None,
            "headers": [*identity, *let_out(headers, route.policy.x_headers)],
        }

    def _ways(self, route: DialRoute) -> tuple[bool, ...]:
        """Whether to call in clear: once, or again after the peer refused encryption."""
        offers = self._legs.settings.takes_srtp and route.srtp == "optional"
        return (False, True) if offers else (False,)

    def _watch(self, leg: SipLeg, route: DialRoute) -> None:
        """Give a target that says nothing at all a few seconds, if there is another."""
        if leg.others:
            later = asyncio.get_running_loop().call_later
            later(route.policy.patience_s, self._silent, leg, leg.session)

    def _silent(self, leg: SipLeg, session: str) -> None:
        same = leg.session == session and leg.moment is Moment.DIALLING
        if same and leg.port and self._legs.core.is_unheard(session):
            self._skip_clear(leg)
            if not leg.others:
                return
            self._next(leg, was_told=False)

    def takes_over(self, leg: SipLeg, event: sip.SessionFailed) -> bool:
        """Whether a failed attempt goes on with another target; if so, it does."""
        if leg.has_rung:
            return False
        is_refused = event.status in _NO_SUCH_MEDIA and bool(leg.others) and leg.others[0][2]
        if not is_refused:
            self._skip_clear(leg)
            if not leg.others or not gives_way(event.status):
                return False
        self._next(leg, was_told=True)
        return True

    def _skip_clear(self, leg: SipLeg) -> None:
        """A target that is away is not asked again in clear."""
        if leg.others and leg.others[0][2]:
            del leg.others[0]

    def _next(self, leg: SipLeg, *, was_told: bool) -> None:
        legs, now_s = self._legs, self._legs.now_s()
        (route, leg.invite, in_clear), *leg.others = leg.others
        old = legs.move(leg, f"{leg.id}/{len(leg.others)}", route.trunk_id)
        legs.memory.drop(f"leg/{old}")
        if not was_told:
            legs.core.hang_up(old, now_s)  # CANCELled as soon as it says something after all
        leg.signalling_host, leg.latch = route.host, route.latch
        takes = legs.settings.takes_srtp and not in_clear
        leg.side.secure(route.srtp if takes else "off")
        legs.send_invite(leg)
        self._watch(leg, route)
