"""The web door: an agent's verbs on a call, and a supervisor's. It decides nothing.

A verb that the call's state forbids is a 409 whose detail says why. A request answers when its turn
is committed, with the call as it stands then.
"""

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Body, Depends

from cordboard.kit.errors import ForbiddenError
from cordboard.kit.ids import AgentId, CallId
from cordboard.kit.turns import Turn, Turns

from .errors import VerbRefusedError
from .model import SuperviseMode
from .schemas import (
    CallIdOut,
    CallNowOut,
    DigitsIn,
    FlowIn,
    MuteIn,
    NumberIn,
    ParkIn,
    PromptsIn,
    SuperviseIn,
    TargetIn,
)
from .service import Calls, Taps, Verbs

Require = Callable[..., Callable[..., Any]]


class Person(Protocol):
    """What this door asks of the current user."""

    @property
    def id(self) -> str:
        """The user."""
        ...

    @property
    def agent_id(self) -> str | None:
        """The agent that the user is, if any."""
        ...

    @property
    def extension(self) -> str | None:
        """The user's own phone, if any."""
        ...

    def may(self, permission: str) -> bool:
        """Whether the user holds a permission."""
        ...


class Desk:
    """Runs verbs for users.

    Args:
        calls: The calls.
        verbs: What agents do.
        taps: What supervisors do.
        turns: Runs turns.
    """

    def __init__(self, calls: Calls, verbs: Verbs, taps: Taps, turns: Turns) -> None:
        self.calls = calls
        self.verbs = verbs
        self.taps = taps
        self.turns = turns

    async def own(
        self, user: Person, call_id: str, work: Callable[[Turn, CallId, AgentId], object]
    ) -> CallNowOut:
        """Run an agent's verb; the call as it stands then."""
        call, agent_id = CallId(call_id), agent_of(user)
        await self.turns.take(lambda turn: work(turn, call, agent_id))
        return self.show(user, call)

    def show(self, user: Person, call_id: CallId) -> CallNowOut:
        """The call as it stands, also in its last moment."""
        call = self.calls.calls.get(call_id) or self.calls.get(call_id)
        return CallNowOut.of(call, hides_taps=not user.may("calls.supervise"))

    def phone_of(self, user: Person, wanted: str | None) -> str:
        """At which phone a supervisor hears.

        Raises:
            VerbRefusedError: If none is known.
        """
        seat = user.agent_id and self.calls.addresses.extension_of(AgentId(user.agent_id))
        phone = wanted or seat or user.extension
        if not phone:
            raise VerbRefusedError("name the extension of a phone to hear the call at")
        return phone


def make_router(
    calls: Calls, verbs: Verbs, taps: Taps, turns: Turns, require: Require
) -> APIRouter:
    """The room's endpoints.

    Args:
        calls: The calls.
        verbs: What agents do.
        taps: What supervisors do.
        turns: Runs verbs.
        require: `require(permission)` gives the dependency that yields the current user.
    """
    router = APIRouter(prefix="/api", tags=["calls"])
    desk = Desk(calls, verbs, taps, turns)
    _add_hold(router, desk, require("calls.handle"))
    _add_passing(router, desk, require("calls.handle"))
    _add_dialling(router, desk, require("calls.handle"))
    _add_supervision(router, desk, require("calls.supervise"))
    return router


def _add_hold(router: APIRouter, desk: Desk, current: Callable[..., Any]) -> None:
    me = Annotated[Any, Depends(current)]
    verbs = desk.verbs

    @router.get("/calls/{call_id}/now")
    async def now(user: me, call_id: str) -> CallNowOut:
        """Who is on the call now; for who is on it, and for supervisors."""
        call = desk.calls.get(CallId(call_id))
        is_own = user.agent_id is not None and call.find_leg_of(AgentId(user.agent_id)) is not None
        if not is_own and not user.may("calls.supervise"):
            raise ForbiddenError("you are not on this call")
        return desk.show(user, call.id)

    @router.post("/calls/{call_id}/hold")
    async def hold(user: me, call_id: str) -> CallNowOut:
        """Let the customer hear music."""
        return await desk.own(user, call_id, verbs.hold)

    @router.post("/calls/{call_id}/retrieve")
    async def retrieve(user: me, call_id: str) -> CallNowOut:
        """Take the customer back, from hold or from a consultation under way."""
        return await desk.own(user, call_id, verbs.retrieve)

    @router.post("/calls/{call_id}/mute")
    async def mute(
        user: me, call_id: str, body: Annotated[MuteIn | None, Body()] = None
    ) -> CallNowOut:
        """Let nobody hear the agent, or everybody again."""
        wish = (body or MuteIn()).is_muted
        return await desk.own(
            user, call_id, lambda turn, call, agent: verbs.mute(turn, call, agent, is_muted=wish)
        )

    @router.post("/calls/{call_id}/digits")
    async def digits(user: me, call_id: str, body: DigitsIn) -> CallNowOut:
        """Send keys to whom the agent talks with."""
        return await desk.own(
            user,
            call_id,
            lambda turn, call, agent: verbs.send_digits(turn, call, agent, body.digits),
        )

    @router.post("/calls/{call_id}/send_to_flow")
    async def send_to_flow(user: me, call_id: str, body: FlowIn) -> CallNowOut:
        """Let the customer pass a flow (key in a PIN) and come back; the agent hears nothing."""
        return await desk.own(
            user,
            call_id,
            lambda turn, call, agent: verbs.send_to_flow(turn, call, agent, body.flow_id),
        )

    @router.post("/calls/{call_id}/play")
    async def play(user: me, call_id: str, body: PromptsIn) -> CallNowOut:
        """Let the customer hear a prompt and come back."""
        items = tuple(body.items)
        return await desk.own(
            user, call_id, lambda turn, call, agent: verbs.play(turn, call, agent, items)
        )

    @router.post("/calls/{call_id}/hang_up")
    async def hang_up(user: me, call_id: str) -> CallNowOut:
        """End the agent's own leg."""
        return await desk.own(user, call_id, verbs.hang_up)


def _add_passing(router: APIRouter, desk: Desk, current: Callable[..., Any]) -> None:
    me = Annotated[Any, Depends(current)]
    verbs = desk.verbs

    @router.post("/calls/{call_id}/transfer")
    async def transfer(user: me, call_id: str, body: TargetIn) -> CallNowOut:
        """Pass the call on without speaking first: to an agent, a queue, a flow, a number."""
        target = body.find() or verbs.read_number(body.number)
        return await desk.own(
            user, call_id, lambda turn, call, agent: verbs.transfer(turn, call, agent, target)
        )

    @router.post("/calls/{call_id}/consult")
    async def consult(user: me, call_id: str, body: TargetIn) -> CallNowOut:
        """Ring a third party while the customer hears music."""
        target = body.find() or verbs.read_number(body.number)
        return await desk.own(
            user, call_id, lambda turn, call, agent: verbs.consult(turn, call, agent, target)
        )

    @router.post("/calls/{call_id}/complete")
    async def complete(user: me, call_id: str) -> CallNowOut:
        """Pass the customer to the consulted party."""
        return await desk.own(user, call_id, verbs.complete)

    @router.post("/calls/{call_id}/cancel")
    async def cancel(user: me, call_id: str) -> CallNowOut:
        """Leave the consulted party and take the customer back."""
        return await desk.own(user, call_id, verbs.cancel)

    @router.post("/calls/{call_id}/alternate")
    async def alternate(user: me, call_id: str) -> CallNowOut:
        """Turn from the consulted party to the customer, or back."""
        return await desk.own(user, call_id, verbs.alternate)

    @router.post("/calls/{call_id}/conference")
    async def conference(user: me, call_id: str) -> CallNowOut:
        """Join customer, agent and consulted party."""
        return await desk.own(user, call_id, verbs.conference)

    @router.post("/calls/{call_id}/park")
    async def park(
        user: me, call_id: str, body: Annotated[ParkIn | None, Body()] = None
    ) -> CallNowOut:
        """Leave the customer in a place where anybody may pick the call up."""
        slot = (body or ParkIn()).slot
        return await desk.own(
            user, call_id, lambda turn, call, agent: verbs.park(turn, call, agent, slot)
        )


def _add_dialling(router: APIRouter, desk: Desk, current: Callable[..., Any]) -> None:
    me = Annotated[Any, Depends(current)]

    @router.post("/calls", status_code=202)
    async def dial(user: me, body: NumberIn) -> CallIdOut:
        """Call a number, inner or outside: one's own phone rings first."""
        call_id, agent_id = CallId(desk.calls.ids.new("c")), agent_of(user)
        await desk.turns.take(
            lambda turn: desk.verbs.dial_out(turn, call_id, agent_id, body.number)
        )
        return CallIdOut(call_id=call_id)

    @router.post("/parked/{slot}/pick_up", status_code=202)
    async def pick_up(user: me, slot: str) -> CallIdOut:
        """Ring one's own phone for the call parked there."""
        agent_id, found = agent_of(user), list[CallId]()
        await desk.turns.take(lambda turn: found.append(desk.verbs.pick_up(turn, slot, agent_id)))
        return CallIdOut(call_id=found[0])


def _add_supervision(router: APIRouter, desk: Desk, current: Callable[..., Any]) -> None:
    supervisor = Annotated[Any, Depends(current)]
    taps = desk.taps

    def tap(
        user: Person, call: CallId, mode: SuperviseMode, phone: str
    ) -> Callable[[Turn], object]:
        agent_id = AgentId(user.agent_id) if user.agent_id else None
        return lambda turn: taps.supervise(
            turn, call, user_id=user.id, extension=phone, mode=mode, agent_id=agent_id
        )

    @router.post("/calls/{call_id}/supervise")
    async def supervise(
        user: supervisor, call_id: str, body: Annotated[SuperviseIn | None, Body()] = None
    ) -> CallNowOut:
        """Listen, whisper or barge in: the supervisor's phone rings; again to change the mode."""
        call, wish = CallId(call_id), body or SuperviseIn()
        phone = desk.phone_of(user, wish.extension)
        await desk.turns.take(tap(user, call, wish.mode, phone))
        return desk.show(user, call)

    @router.delete("/calls/{call_id}/supervise")
    async def stop(user: supervisor, call_id: str, extension: str | None = None) -> CallNowOut:
        """End one's supervision; the call goes on."""
        call, phone = CallId(call_id), desk.phone_of(user, extension)
        await desk.turns.take(lambda turn: taps.stop(turn, call, phone))
        return desk.show(user, call)

    @router.post("/calls/{call_id}/intercept")
    async def intercept(user: supervisor, call_id: str, extension: str | None = None) -> CallNowOut:
        """Take the call that one supervises over from the agent."""
        call, phone = CallId(call_id), desk.phone_of(user, extension)
        await desk.turns.take(
            lambda turn: taps.intercept(turn, call, user_id=user.id, extension=phone)
        )
        return desk.show(user, call)

    @router.post("/calls/{call_id}/release")
    async def release(user: supervisor, call_id: str) -> CallNowOut:
        """End the call by force."""
        call = CallId(call_id)
        await desk.turns.take(lambda turn: taps.release(turn, call))
        return desk.show(user, call)


def agent_of(user: Person) -> AgentId:
    """The agent that the user is.

    Raises:
        ForbiddenError: If the user is none.
    """
    if user.agent_id is None:
        raise ForbiddenError("you are not an agent")
    return AgentId(user.agent_id)
