"""The web door: an agent's own state buttons, and the supervisor's forced ones (AGT-04, AGT-05)."""

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Body, Depends

from cordboard.kit.errors import ForbiddenError
from cordboard.kit.ids import AgentId
from cordboard.kit.turns import Turn, Turns

from .model import NOT_READY_REASONS
from .schemas import AgentOut, ForcedNotReadyIn, NotReadyIn, ReasonOut, SignInIn, TodayOut
from .service import Agents

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


def make_router(
    agents: Agents, turns: Turns, now_ms: Callable[[], int], require: Require
) -> APIRouter:
    """The room's endpoints.

    Args:
        agents: The service.
        turns: Runs commands; a request answers when its turn is committed.
        now_ms: UTC milliseconds, for "today".
        require: `require(*roles)` gives the dependency that yields the current user.
    """
    router = APIRouter(prefix="/api", tags=["agents"])
    _add_own(router, agents, turns, now_ms, require("agent", "supervisor", "administrator"))
    _add_forced(router, agents, turns, require("supervisor", "administrator"))
    return router


def _add_own(
    router: APIRouter,
    agents: Agents,
    turns: Turns,
    now_ms: Callable[[], int],
    current: Callable[..., Any],
) -> None:
    me = Annotated[Any, Depends(current)]

    async def change(user: Person, work: Callable[[Turn, AgentId], None]) -> AgentOut:
        agent_id = _agent_of(user)
        await turns.take(lambda turn: work(turn, agent_id))
        return AgentOut.of(agents.get_agent(agent_id))

    @router.post("/agents/me/sign_in")
    async def sign_in(user: me, body: Annotated[SignInIn | None, Body()] = None) -> AgentOut:
        """Sign in at a phone."""
        wish = body or SignInIn()
        return await change(
            user, lambda turn, me: agents.sign_in(turn, me, wish.extension, reason=wish.reason)
        )

    @router.post("/agents/me/sign_out")
    async def sign_out(user: me) -> AgentOut:
        """Sign out; during a call, after it."""
        return await change(user, agents.sign_out)

    @router.post("/agents/me/ready")
    async def ready(user: me) -> AgentOut:
        """Become idle; during work, after it."""
        return await change(user, agents.set_ready)

    @router.post("/agents/me/not_ready")
    async def not_ready(user: me, body: NotReadyIn) -> AgentOut:
        """Take no more offers; during work, after it."""
        return await change(user, lambda turn, me: agents.set_not_ready(turn, me, body.reason))

    @router.post("/agents/me/finish_wrap_up")
    async def finish_wrap_up(user: me) -> AgentOut:
        """End the wrap-up now."""
        return await change(user, agents.finish_wrap_up)

    @router.get("/agents/me")
    async def get_me(user: me) -> AgentOut:
        """The current user's agent."""
        return AgentOut.of(agents.get_agent(_agent_of(user)))

    @router.get("/me/today")
    async def today(user: me) -> TodayOut:
        """What the current user's agent did today."""
        return TodayOut.of(agents.find_day(_agent_of(user), now_ms()))

    @router.get("/reasons")
    async def list_reasons(_: me) -> list[ReasonOut]:
        """Reasons of not ready, in the order of the screen."""
        return [ReasonOut.of(reason) for reason in NOT_READY_REASONS.values()]


def _add_forced(
    router: APIRouter, agents: Agents, turns: Turns, current: Callable[..., Any]
) -> None:
    supervisor = Annotated[Any, Depends(current)]

    async def change(agent_id: AgentId, work: Callable[[Turn], None]) -> AgentOut:
        agents.get_agent(agent_id)
        await turns.take(work)
        return AgentOut.of(agents.get_agent(agent_id))

    @router.get("/agents")
    async def list_agents(_: supervisor) -> list[AgentOut]:
        """All agents as they are now, by agent number."""
        return [AgentOut.of(view) for view in agents.list_agents()]

    @router.post("/agents/{agent_id}/sign_out")
    async def force_sign_out(user: supervisor, agent_id: str) -> AgentOut:
        """Sign the agent out at once; a call in progress goes on."""
        who = AgentId(agent_id)
        return await change(who, lambda turn: agents.sign_out(turn, who, forced_by=user.id))

    @router.post("/agents/{agent_id}/ready")
    async def force_ready(user: supervisor, agent_id: str) -> AgentOut:
        """Set the agent idle; a wrap-up ends, a call first comes to its end."""
        who = AgentId(agent_id)
        return await change(who, lambda turn: agents.set_ready(turn, who, forced_by=user.id))

    @router.post("/agents/{agent_id}/not_ready")
    async def force_not_ready(
        user: supervisor,
        agent_id: str,
        body: Annotated[ForcedNotReadyIn | None, Body()] = None,
    ) -> AgentOut:
        """Set the agent not ready; a call first comes to its end."""
        who = AgentId(agent_id)
        reason = (body or ForcedNotReadyIn()).reason
        return await change(
            who, lambda turn: agents.set_not_ready(turn, who, reason, forced_by=user.id)
        )


def _agent_of(user: Person) -> AgentId:
    if user.agent_id is None:
        raise ForbiddenError("you are not an agent")
    return AgentId(user.agent_id)
