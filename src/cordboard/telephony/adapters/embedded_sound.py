"""What the media process tells, in the words of legs.

Pure translation; knows no socket and no session.
"""

from collections.abc import Callable

import msgspec

from cordboard import media
from cordboard.kit.ids import LegId, RecordingId
from cordboard.telephony import events as wire


def info_digit(content_type: str, body: bytes) -> str:
    """The key in an INFO body, or an empty string.

    Source: draft-kaplan-dispatch-info-dtmf-package; `application/dtmf-relay` (`Signal=5`) and
    `application/dtmf` (`5`) as phones send them.
    """
    kind = content_type.partition(";")[0].strip().lower()
    text = body.decode("latin-1").strip()
    if kind == "application/dtmf-relay":
        for line in text.splitlines():
            name, _, value = line.partition("=")
            if name.strip().lower() == "signal":
                text = value.strip()
                break
        else:
            return ""
    elif kind != "application/dtmf":
        return ""
    text = {"10": "*", "11": "#"}.get(text, text)
    return text if len(text) == 1 and text in "0123456789*#ABCD" else ""


def media_event(event: media.Event, recordings_dir: str) -> wire.TelephonyEvent | None:
    """The event that rooms above hear, or None if it is not for them.

    Args:
        event: As the media process told it, with whole paths.
        recordings_dir: What paths in our events are relative to.
    """
    make = _MEDIA_EVENTS.get(type(event))
    return relative(make(event), recordings_dir) if make is not None else None


def relative(event: wire.TelephonyEvent, recordings_dir: str) -> wire.TelephonyEvent:
    """The event with the path of its recording, if it has one, from the recordings directory."""
    if isinstance(event, wire.RecordingStarted | wire.RecordingClosed | wire.RecordingFailed):
        return msgspec.structs.replace(event, path=inside(event.path, recordings_dir))
    return event


def inside(path: str, recordings_dir: str) -> str:
    """A whole path from the recordings directory on."""
    return path.removeprefix(recordings_dir + "/")


def _same(kind: type[wire.TelephonyEvent], *left_out: str) -> Callable[..., wire.TelephonyEvent]:
    """An event of the same fields under our names."""

    def make(event: msgspec.Struct) -> wire.TelephonyEvent:
        fields = {k: v for k, v in msgspec.structs.asdict(event).items() if k not in left_out}
        fields["leg_id"] = fields.pop("leg")
        return kind(**fields)

    return make


def _closed(event: media.RecordingClosed) -> wire.TelephonyEvent:
    return wire.RecordingClosed(
        at_ms=event.at_ms,
        leg_id=LegId(event.leg),
        recording_id=RecordingId(event.recording_id),
        path=event.path,
        duration_ms=event.duration_ms,
        size_bytes=event.bytes,
        sha256=event.sha256,
        gap_count=event.gap_count,
        gap_ms=event.gap_ms,
    )


def _reported(event: media.LegClosed) -> wire.TelephonyEvent:
    stats = event.stats
    return wire.LegMediaReported(
        at_ms=event.at_ms,
        leg_id=LegId(event.leg),
        packets_in=stats.packets_in,
        packets_out=stats.packets_out,
        lost=stats.lost,
        jitter_ms=stats.jitter_ms,
        foreign=stats.foreign_packets,
        rtt_ms=stats.rtt_ms,
        mos=stats.mos,
    )


_MEDIA_EVENTS: dict[type[object], Callable[..., wire.TelephonyEvent]] = {
    media.DigitPressed: _same(wire.DigitPressed),
    media.PlayEnded: _same(wire.PlayEnded),
    media.Collected: _same(wire.Collected, "enough"),
    media.RecordingStarted: _same(wire.RecordingStarted),
    media.RecordingFailed: _same(wire.RecordingFailed),
    media.RecordingClosed: _closed,
    media.LegClosed: _reported,
}

REFUSALS: dict[type[object], Callable[..., wire.TelephonyEvent]] = {
    media.Play: lambda at_ms, leg_id, order, reply: wire.PlayEnded(
        at_ms=at_ms, leg_id=leg_id, play_id=order.play_id, reason="failed", detail=reply.message
    ),
    media.Collect: lambda at_ms, leg_id, order, reply: wire.Collected(
        at_ms=at_ms, leg_id=leg_id, collect_id=order.collect_id, digits="", reason="failed"
    ),
    media.StartRecording: lambda at_ms, leg_id, order, reply: wire.RecordingFailed(
        at_ms=at_ms,
        leg_id=leg_id,
        recording_id=order.recording_id,
        path=order.path,
        reason=f"{reply.code}: {reply.message}",
    ),
}
