"""The fact door: everything told about calls and agents is folded, changes are stored."""

from cordboard.agents import AgentFact
from cordboard.calls import CallFact
from cordboard.kit.bus import Bus

from .events import RecordChanged
from .service import Records


def subscribe(bus: Bus, records: Records) -> None:
    """Let the records hear; listed behind the rooms nearer the wire, whose facts they fold."""
    bus.subscribe(CallFact, records.hear)
    bus.subscribe(AgentFact, records.hear)
    bus.subscribe(RecordChanged, records.store)
