"""Messages to screens as bytes: each value is encoded once and shared by all who may see it.

Leaders get one and the same message. Agents share one with customers' numbers masked; to the one
who works on a call its own is laid in unmasked, and only facts of its own are told.
Shapes: `snapshot {seq, state, server_now}`, `facts {from, seq, facts, patch}`, `ping {server_now}`.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from cordboard.kit.facts import Fact
from cordboard.kit.ids import AgentId

from .model import LiveState, Path, iso
from .snapshot import patch, snapshot

Numbered = Sequence[tuple[int, Fact]]
_encode = msgspec.json.encode
_PARTS = ("calls", "queues", "agents", "lines")


def ping(now_ms: int) -> bytes:
    """A sign of life."""
    return _encode({"type": "ping", "server_now": iso(now_ms)})


class WholePicture:
    """A snapshot of one moment, for every kind of screen."""

    def __init__(self, state: LiveState, now_ms: int) -> None:
        self._state = state
        self._now = iso(now_ms)
        self._shared: dict[bool, bytes] = {}

    def for_leader(self) -> bytes:
        """Everything."""
        return self._message(masks=False)

    def for_agent(self, agent_id: AgentId | None) -> bytes:
        """With customers masked, but for the call that this agent works on."""
        call_id = own_call(self._state, agent_id)
        if call_id is None:
            return self._message(masks=True)
        whole = snapshot(self._state, masks=True)
        (own,) = patch(self._state, {("calls", call_id)})
        whole["calls"][call_id] = own["value"]
        return self._wrap(whole)

    def _message(self, *, masks: bool) -> bytes:
        if masks not in self._shared:
            self._shared[masks] = self._wrap(snapshot(self._state, masks=masks))
        return self._shared[masks]

    def _wrap(self, whole: dict[str, Any]) -> bytes:
        return _encode(
            {
                "type": "snapshot",
                "seq": self._state.seq,
                "state": whole,
                "server_now": self._now,
            }
        )


class News:
    """What one push tells, for every kind of screen.

    Args:
        state: As it is behind these facts.
        facts: In order, without gap.
        touched: Places that changed since the last push.
    """

    def __init__(self, state: LiveState, facts: Numbered, touched: set[Path]) -> None:
        self._state = state
        self._facts = facts
        self._touched = touched
        self._leaders: bytes | None = None
        self._agents: bytes | None = None
        self._masked: dict[Path, msgspec.Raw] = {}
        self._told: dict[AgentId, list[msgspec.Raw]] = {}

    def for_leader(self) -> bytes:
        """Every fact and every value."""
        if self._leaders is None:
            facts = [_raw_fact(seq, fact) for seq, fact in self._facts]
            self._leaders = self._wrap(facts, patch(self._state, self._touched))
        return self._leaders

    def for_agent(self, agent_id: AgentId | None) -> bytes:
        """Masked values, with the agent's own call and own facts."""
        if self._agents is None:
            self._prepare()
        call_id = own_call(self._state, agent_id)
        own: Path | None = ("calls", call_id) if call_id else None
        told = self._told.get(agent_id, []) if agent_id else []
        if own not in self._touched and not told:
            return self._agents or b""
        entries: list[Any] = [raw for path, raw in self._masked.items() if path != own]
        if own in self._touched:
            entries += patch(self._state, {own})
        return self._wrap(told, entries)

    def _prepare(self) -> None:
        entries = patch(self._state, self._touched, masks=True)
        self._masked = {tuple(one["path"]): msgspec.Raw(_encode(one)) for one in entries}
        self._agents = self._wrap([], list(self._masked.values()))
        workers: dict[str, AgentId] = {
            seat.call_id: seat.id for seat in self._state.agents.values() if seat.call_id
        }
        for seq, fact in self._facts:
            agent_id = getattr(fact, "agent_id", None)
            call_of = workers.get(getattr(fact, "call_id", ""))
            for listener in {agent_id, call_of} - {None}:
                self._told.setdefault(AgentId(str(listener)), []).append(_raw_fact(seq, fact))

    def _wrap(self, facts: list[msgspec.Raw], entries: list[Any]) -> bytes:
        return _encode(
            {
                "type": "facts",
                "from": self._facts[0][0],
                "seq": self._facts[-1][0],
                "facts": facts,
                "patch": entries,
            }
        )


def own_call(state: LiveState, agent_id: AgentId | None) -> str | None:
    """The living call that this agent is offered or works on."""
    seat = state.agents.get(agent_id) if agent_id else None
    if seat is None or seat.call_id not in state.calls:
        return None
    return seat.call_id


def _raw_fact(seq: int, fact: Fact) -> msgspec.Raw:
    """A fact with its number; a field of its own called like one of ours becomes `fact_...`."""
    told = {"id": seq, "kind": type(fact).__name__, "at": iso(fact.at_ms)}
    for name, value in msgspec.structs.asdict(fact).items():
        if name != "at_ms":
            told[f"fact_{name}" if name in told else name] = value
    return msgspec.Raw(_encode(told))
