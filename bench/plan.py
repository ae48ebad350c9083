"""What the generator is asked to do, and what it tells: plain data between processes."""

from typing import Any, NamedTuple


class Plan(NamedTuple):
    """One run of callers and agents."""

    target: str
    "`host:port` that is called."

    number: str
    "Dialled service number."

    rate: float
    "Calls begun per second, evenly spaced, whatever becomes of earlier ones."

    calls: int
    "How many are begun."

    hold_s: float = 1.0
    "From the agent's ACK to the hang-up; negative: until told to stop."

    keys: str = ""
    "Pressed by SIP INFO after the answer, each `key_after_ms` after the one before."

    key_after_ms: int = 150
    agent_port: int = 9290
    answer_after_ms: int = 0
    "From the agent's 180 to its 200."

    agents_hang_up: float = 0.5
    "Share of the calls that the agent ends; the caller ends the others."

    wait_s: float = 15.0
    "A call that is not with an agent by then counts as unserved and is hung up."

    drain_s: float = 10.0
    "After the last hang-up is due, how long to wait for what is still open."

    sound: bool = False
    "Both parties send and check marked RTP; else they offer a port that nobody reads."

    keep_to_target: bool = False
    "Requests inside the dialog go to the target too, whatever its Contact says."

    backlog: int = 0
    "Freed agents are timed only while at least so many callers wait."


class Report(NamedTuple):
    """What became of a run."""

    begun: int = 0
    completed: int = 0
    "Reached an agent, talked, and both sides' BYE was answered."

    busy: int = 0
    "Refused with 503."

    failed: int = 0
    "Refused otherwise, ended by the switch, or never answered."

    unserved: int = 0
    "Answered, but not with an agent within `wait_s`."

    unfinished: int = 0
    "Still open at the end: a BYE that nobody answered."

    statuses: tuple[tuple[int, int], ...] = ()
    resent: int = 0
    "Requests and responses that we had to send again."

    guessed: int = 0
    "Agents' calls whose caller number was hidden: taken to be the longest waiting caller's."

    repeated: int = 0
    "Messages that the switch sent again."

    seconds: float = 0.0
    begun_late: int = 0
    "Calls begun more than 20 ms after their time: the generator was starved."

    cpu_s: float = 0.0
    "Of the generator's signalling process."

    setup_ms: tuple[float, ...] = ()
    "Caller's INVITE sent to agent's INVITE received, one per call."

    answer_ms: tuple[float, ...] = ()
    "Caller's INVITE sent to its 200."

    freed_ms: tuple[float, ...] = ()
    "Agent's BYE sent to the next INVITE at the same phone."

    @property
    def lost(self) -> int:
        """Calls that were neither completed nor refused for want of room."""
        return self.begun - self.completed - self.busy


def plan_of(fields: dict[str, Any]) -> Plan:
    """A plan from JSON."""
    return Plan(**fields)


def report_of(fields: dict[str, Any]) -> Report:
    """A report from JSON."""
    tuples = {
        key: tuple(tuple(v) if isinstance(v, list) else v for v in value)
        for key, value in fields.items()
        if isinstance(value, list)
    }
    return Report(**(fields | tuples))
