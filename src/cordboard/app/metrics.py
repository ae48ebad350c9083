"""Figures of the house for Prometheus: read when somebody scrapes, named by room and unit."""

from typing import Protocol

from cordboard.app.exchange import Exchange
from cordboard.app.overload import Gate
from cordboard.app.rooms import Rooms
from cordboard.desk.service import Desk
from cordboard.kit.journal import SqlJournal
from cordboard.kit.metrics import Metrics
from cordboard.records.service import RecordingKeeper
from cordboard.telephony.adapters.relays import Relays


class Measured(Protocol):
    """Whose figures these are."""

    @property
    def metrics(self) -> Metrics:
        """The registry."""
        ...

    @property
    def rooms(self) -> Rooms:
        """The rooms."""
        ...

    @property
    def exchange(self) -> Exchange:
        """The telephones."""
        ...

    @property
    def journal(self) -> SqlJournal:
        """The journal."""
        ...

    @property
    def gate(self) -> Gate:
        """The gate in front of new calls."""
        ...


def add_figures(house: Measured, desk: Desk, keeper: RecordingKeeper) -> Metrics:
    """Add all figures to the house's registry, and return it."""
    metrics = house.metrics
    rooms, exchange, journal = house.rooms, house.exchange, house.journal
    metrics.gauge("calls_living", "Calls in progress.", rooms.calls.count_living)
    metrics.gauge("calls_owners", "Owners of calls.", lambda: len(rooms.owners))
    metrics.counter("calls_bugs", "Owners that died.", lambda: rooms.owners.died)
    gate = house.gate
    metrics.counter(
        "calls_refused", "Calls refused at the gate.", lambda: gate.refused, label="why"
    )
    metrics.gauge("calls_most_per_second", "New calls let in.", lambda: gate.throttle.most_per_s)
    metrics.gauge(
        "overload_wait_seconds",
        "How long work waited, lately.",
        lambda: gate.waits_s,
        label="queue",
    )
    metrics.gauge("overload_busy_ratio", "Of the loop, lately.", lambda: gate.throttle.busy)
    metrics.counter(
        "telephony_refused", "INVITEs that became no call.", lambda: exchange.telephony.refused
    )
    metrics.gauge("sip_load", "Sessions, transactions.", lambda: exchange.core.load, label="what")
    metrics.counter(
        "sip_events", "What the core counted.", lambda: exchange.core.counters, label="what"
    )
    metrics.counter(
        "toll_refused",
        "Calls to outside that the toll brake refused.",
        lambda: exchange.telephony.toll_refused,
        label="why",
    )
    guard = exchange.core.guard
    if guard is not None:
        metrics.counter(
            "guard_dropped",
            "Messages of strangers that were not read.",
            lambda: {str(why): n for why, n in guard.dropped.items()},
            label="why",
        )
        metrics.counter(
            "guard_refused_connections",
            "Connections closed at once.",
            lambda: guard.refused_connections,
        )
        metrics.counter(
            "guard_sentences",
            "Sources silenced and banned.",
            lambda: {str(what): n for what, n in guard.sentences.items()},
            label="what",
        )
        metrics.gauge("guard_sources", "Sources remembered.", lambda: guard.sources)
    metrics.gauge(
        "media_up", "1 while the media process answers.", lambda: float(exchange.media.is_up)
    )
    metrics.counter("media_deaths", "Media processes that died.", lambda: exchange.media_deaths)
    if exchange.relays is not None:
        add_relays(metrics, exchange.relays)
    metrics.counter("journal_facts", "Facts appended.", lambda: journal.last_seq)
    metrics.gauge("journal_backlog_turns", "Turns not yet stored.", lambda: journal.backlog)
    metrics.gauge(
        "journal_ok", "1 while turns reach the database.", lambda: float(journal.state == "ok")
    )
    metrics.counter(
        "journal_refused_rows", "Rows the database refused.", lambda: journal.refused_rows
    )
    metrics.counter(
        "journal_unreadable_facts",
        "Stored facts that no class could take.",
        lambda: journal.history.unreadable,
    )
    metrics.counter(
        "kit_dead_letters", "News that a room could not take.", lambda: rooms.turns.dead_letters
    )
    metrics.counter(
        "kit_failed_effects", "Effects that failed.", lambda: rooms.turns.failed_effects
    )
    metrics.gauge("desk_screens", "Open screens.", desk.count_screens)
    metrics.gauge(
        "records_unrecorded_calls",
        "Answered calls without a recording or a word why.",
        lambda: len(keeper.unrecorded),
    )
    return metrics


def add_relays(metrics: Metrics, relays: Relays) -> None:
    """Add the figures of rtpengines."""
    all_of = relays.pool.relays
    metrics.gauge(
        "relay_up",
        "1 while the rtpengine answers.",
        lambda: {name: float(relay.is_up) for name, relay in all_of.items()},
        label="relay",
    )
    metrics.gauge(
        "relay_calls",
        "Calls at the rtpengine.",
        lambda: {name: relay.calls for name, relay in all_of.items()},
        label="relay",
    )
    metrics.counter(
        "relay_deaths",
        "How often it went down or was restarted.",
        lambda: {name: relay.deaths for name, relay in all_of.items()},
        label="relay",
    )
    metrics.counter(
        "relay_repeated_requests",
        "Requests sent again for want of an answer.",
        lambda: {name: relay.ng.repeated for name, relay in all_of.items()},
        label="relay",
    )
    metrics.counter(
        "relay_talks", "Pairs put through past media.", lambda: relays.plane.through_count
    )
    metrics.counter("relay_moves", "Legs given another place.", lambda: relays.rescue.moves)
    metrics.gauge(
        "relay_recordings_pending",
        "Recordings not yet made of captures.",
        lambda: relays.recordings.pending,
    )
