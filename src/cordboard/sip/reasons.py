"""Why a call ended, as the peer says it: the Reason header, and Retry-After.

Source: RFC 3326; RFC 3261 §20.33; ITU-T Q.850.
"""

import re

from .messages import Request, Response
from .uri import readable, unquote

_CAUSE = re.compile(r"Q\.850[ \t]*;(?:[^,]*;)?[ \t]*cause[ \t]*=[ \t]*([0-9]{1,3})", re.IGNORECASE)
_TEXT = re.compile(r";[ \t]*text[ \t]*=[ \t]*(\"(?:[^\"\\]|\\.)*\")", re.IGNORECASE)


def read_reason(message: Request | Response) -> tuple[int | None, str]:
    """Q.850 cause and text; what cannot be read is left out."""
    value = ", ".join(message.headers.get("reason", ()))
    cause, text = _CAUSE.search(value), _TEXT.search(value)
    return int(cause[1]) if cause else None, readable(unquote(text[1])) if text else ""


def read_retry_after(response: Response) -> int | None:
    """Seconds of Retry-After, or None."""
    found = re.match(r"[0-9]{1,6}", response.get("retry-after") or "")
    return int(found[0]) if found else None
