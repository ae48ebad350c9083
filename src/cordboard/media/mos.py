"""How good did it sound: an estimate of the mean opinion score of one leg.

Pure; knows only numbers. G.711 with simple concealment at the far end is assumed.
Sources: ITU-T G.107 (E-model, §7.3 and B.4), G.113 appendix I (Ie 0, Bpl 4.3 for G.711).
"""

_R_DEFAULT = 93.2
_LOSS_ROBUSTNESS = 4.3
_PACKET_MS = 20.0


def estimate(lost_fraction: float, jitter_ms: float, rtt_ms: float | None) -> float:
    """Mean opinion score, 1 to 4.5, conversational quality.

    Args:
        lost_fraction: Packets lost of packets expected, 0 to 1.
        jitter_ms: Interarrival jitter; a receiver buffers about twice that.
        rtt_ms: Round trip; None counts as a near peer.
    """
    delay_ms = (rtt_ms or 0.0) / 2 + 2 * jitter_ms + _PACKET_MS
    delay_harm = 0.024 * delay_ms + (0.11 * (delay_ms - 177.3) if delay_ms > 177.3 else 0.0)
    loss = 100 * min(max(lost_fraction, 0.0), 1.0)
    rating = _R_DEFAULT - delay_harm - 95 * loss / (loss + _LOSS_ROBUSTNESS)
    if rating <= 0:
        return 1.0
    score = 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating)
    return round(min(max(score, 1.0), 4.5), 2)
