"""From a record to what the web door shows: names beside ids, numbers masked where they must be."""

from typing import Any

from cordboard.kit.clock import iso
from cordboard.records.access import Names
from cordboard.records.effects import Waveform
from cordboard.records.model import CallHeader, CallPage, CallRecord, Segment
from cordboard.records.state import customer_ms, header, masked, open_segments

from .bodies import (
    CallDetail,
    CallList,
    CallRow,
    KeyView,
    LegView,
    OfferView,
    ReasonView,
    RecordingView,
    SegmentView,
    StepView,
    Totals,
    VisitView,
    WaveformView,
)


def _at(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso(at_ms)


class Views:
    """Makes views.

    Args:
        names: Who has what id.
    """

    def __init__(self, names: Names) -> None:
        self._names = names

    def call_list(
        self, page: CallPage, cursor: str | None, now_ms: int, hidden: frozenset[str]
    ) -> CallList:
        """A page.

        Args:
            page: The calls.
            cursor: Where the next page begins.
            now_ms: For calls that go on.
            hidden: Calls whose customer's number is masked.
        """
        return CallList(
            items=[
                CallRow(**self._row(one, now_ms, hide=one.call_id in hidden))
                for one in page.headers
            ],
            next_cursor=cursor,
            total=page.total,
            totals=Totals(talk_ms=page.talk_ms, wait_ms=page.wait_ms),
        )

    def _row(self, one: CallHeader, now_ms: int, *, hide: bool) -> dict[str, Any]:
        caller, called = one.caller_number, one.called_number
        if hide:
            caller, called = self._masked(one.direction, caller, called)
        return {
            "id": one.call_id,
            "direction": one.direction,
            "arrived_at": iso(one.arrived_at_ms),
            "ended_at": _at(one.ended_at_ms),
            "caller_number": caller,
            "called_number": called,
            "service_number": one.service_number,
            "queue_id": one.queue_id,
            "queue_name": self._names.queue_name(one.queue_id) if one.queue_id else None,
            "agent_id": one.agent_id,
            "agent_name": self._names.agent_name(one.agent_id) if one.agent_id else None,
            "phase": one.phase,
            "result": one.result,
            "ended_by": one.ended_by,
            "total_wait_ms": one.total_wait_ms,
            "talk_ms": one.talk_ms,
            "hold_ms": one.hold_ms,
            "wrap_up_ms": one.wrap_up_ms,
            "duration_ms": max(0, (one.ended_at_ms or now_ms) - one.arrived_at_ms),
            "has_recording": one.has_recording,
        }

    @staticmethod
    def _masked(direction: str, caller: str, called: str) -> tuple[str, str]:
        """Hides the customer's number and leaves ours."""
        if direction == "inbound":
            return masked(caller), called
        return caller, masked(called) if direction == "outbound" else called

    def detail(self, record: CallRecord, now_ms: int, *, hide: bool) -> CallDetail:
        """The whole record."""
        row = self._row(header(record), now_ms, hide=hide)
        if record.phase in ("talk", "hold"):
            running = max(0, now_ms - record.phase_since_ms)
            row[f"{record.phase}_ms"] = customer_ms(record, record.phase) + running
        segments = sorted(
            (*record.segments, *open_segments(record)),
            key=lambda one: (one.started_at_ms, one.timeline == "agent"),
        )
        return CallDetail(
            **row,
            language=record.language,
            call_data=record.call_data,
            segments=[self._segment(one) for one in segments],
            keys=[
                KeyView(at=iso(one.at_ms), digit=one.digit, node=one.node_id, method=one.method)
                for one in record.keys
            ],
            path=[
                StepView(
                    at=iso(one.at_ms),
                    node_id=one.node_id,
                    node_kind=one.node_kind,
                    label=one.label,
                    exit=one.exit,
                )
                for one in record.path
            ],
            visits=[self._visit(one) for one in record.visits],
            offers=[self._offer(one) for one in record.offers],
            recordings=[_recording(one) for one in record.recordings],
            legs=[_leg(one, hide=hide) for one in record.legs],
        )

    def _segment(self, one: Segment) -> SegmentView:
        return SegmentView(
            timeline=one.timeline,
            party_id=one.agent_id,
            party_name=self._names.agent_name(one.agent_id) if one.agent_id else None,
            kind=one.kind,
            started_at=iso(one.started_at_ms),
            ended_at=_at(one.ended_at_ms),
        )

    def _visit(self, one: Any) -> VisitView:
        return VisitView(
            queue_id=one.queue_id,
            queue_name=self._names.queue_name(one.queue_id),
            entered_at=iso(one.entered_at_ms),
            left_at=_at(one.left_at_ms),
            outcome=one.outcome,
            wait_ms=one.wait_ms,
            position_announced=list(one.positions),
        )

    def _offer(self, one: Any) -> OfferView:
        return OfferView(
            id=one.id,
            agent_id=one.agent_id,
            agent_name=self._names.agent_name(one.agent_id),
            agent_number=self._names.agent_number(one.agent_id),
            made_at=iso(one.made_at_ms),
            ended_at=_at(one.ended_at_ms),
            result=one.result,
            reason=ReasonView.model_validate(one.reason, from_attributes=True),
        )


def _recording(one: Any) -> RecordingView:
    return RecordingView(
        id=one.id,
        started_at=iso(one.started_at_ms),
        duration_ms=one.duration_ms,
        bytes=one.size_bytes,
        sha256=one.sha256,
        state=one.state,
        gap_count=one.gap_count,
        reason=one.reason,
        missing_since=_at(one.missing_since_ms),
        removed_at=_at(one.removed_at_ms),
    )


def _leg(one: Any, *, hide: bool) -> LegView:
    return LegView(
        id=one.id,
        party=one.party,
        number=masked(one.number) if hide and one.party == "customer" else one.number,
        started_at=iso(one.started_at_ms),
        answered_at=_at(one.answered_at_ms),
        ended_at=_at(one.ended_at_ms),
        ended_by=one.ended_by,
        hangup_cause=one.hangup_cause,
        codec=one.codec,
        loss=one.loss,
        jitter_ms=one.jitter_ms,
        mos=one.mos,
    )


def waveform_view(one: Waveform) -> WaveformView:
    """A waveform."""
    return WaveformView(duration_ms=one.duration_ms, said=one.said, heard=one.heard)
