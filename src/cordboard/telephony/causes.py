"""Between SIP status codes and Q.850 causes, both ways.

Source: RFC 3398 §7.2.4.1 (cause to status) and §8.2.6.1 (status to cause); RFC 3326 (Reason).
"""

_TO_CAUSE = {
    400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22,
    413: 127, 414: 127, 415: 79, 416: 127, 420: 127, 480: 18, 481: 41, 482: 25, 483: 25, 484: 28,
    485: 1, 486: 17, 487: 16, 488: 88, 500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127,
    600: 17, 603: 21, 604: 1, 606: 88,
}  # fmt: skip

_TO_STATUS = {
    1: 404, 2: 404, 3: 404, 16: 480, 17: 486, 18: 408, 19: 480, 20: 480, 21: 403, 22: 410,
    23: 410, 26: 404, 27: 502, 28: 484, 29: 501, 31: 480, 34: 503, 38: 503, 41: 503, 42: 503,
    47: 503, 55: 403, 57: 403, 58: 503, 65: 488, 70: 488, 79: 501, 87: 403, 88: 503, 102: 504,
    111: 500, 127: 500,
}  # fmt: skip

NORMAL = 16
NO_ROUTE = 3
ABSENT = 20
NO_CHANNEL = 34
TEMPORARY_FAILURE = 41
INCOMPATIBLE = 88
TIMER_EXPIRED = 102
"Q.850 causes that adapters give of their own."


def cause_of_status(status: int) -> int:
    """The Q.850 cause that a final SIP status stands for; 31 if the table has none."""
    return _TO_CAUSE.get(status, 41 if status >= 500 else 31)


def status_of_cause(cause: int) -> int:
    """The SIP status that refuses an unanswered call for this Q.850 cause."""
    return _TO_STATUS.get(cause, 480)


def reason_header(cause: int) -> tuple[str, str]:
    """The header that tells the far end why, as name and value."""
    return "Reason", f"Q.850;cause={cause}"
