"""A glance at a message before it is read: is it SIP, what method, which dialog, whose nonce.

Costs a tenth of parsing and may be wrong about odd spellings, so it decides only how much strangers
are heard; what is let through is parsed in full. Source: RFC 3261 §7, §7.3.1, §7.3.3, §25.1.
"""

import re

_START = re.compile(
    rb"[\r\n]{0,8}(?:SIP/2\.0 [1-6][0-9][0-9] |([A-Za-z0-9\-.!%*_+`'~]{1,32}) [^ \r\n]{1,2048}"
    rb" SIP/[0-9]\.[0-9]\r\n)",
    re.IGNORECASE,
)
_TO = re.compile(rb"\r\n(?:to|t)[ \t]*:([^\r\n]{1,2048})", re.IGNORECASE)
_TAG = re.compile(rb";[ \t]*tag[ \t]*=[ \t]*([^;, \t\r\n]{1,256})", re.IGNORECASE)
_CALL_ID = re.compile(rb"\r\n(?:call-id|i)[ \t]*:[ \t]*([^ \t\r\n]{1,256})", re.IGNORECASE)
_USER = re.compile(rb"sips?:([^@>;\r\n]{1,256})@", re.IGNORECASE)
_NONCE = re.compile(
    rb"\r\n(?:proxy-)?authorization[ \t]*:[^\r\n]{0,2048}?[ ,\t]nonce[ \t]*=[ \t]*"
    rb'"([^"\r\n]{1,256})"',
    re.IGNORECASE,
)
HEAD_BYTES = 16_384
"Nothing is looked for behind it: a head ends earlier."


def method_of(data: bytes) -> str | None:
    """The method of a request, "" for a response; None if these bytes are no SIP."""
    found = _START.match(data)
    if found is None:
        return None
    return found[1].decode("latin-1") if found[1] is not None else ""


def dialog_of(data: bytes) -> tuple[str, str] | None:
    """Call-ID and To tag, if there is a tag: what a request within a dialog names."""
    to = _TO.search(data, 0, HEAD_BYTES)
    tag = _TAG.search(to[1]) if to is not None else None
    call_id = _CALL_ID.search(data, 0, HEAD_BYTES) if tag is not None else None
    if tag is None or call_id is None:
        return None
    return call_id[1].decode("latin-1"), tag[1].decode("latin-1")


def user_of(data: bytes) -> bytes:
    """The user that a request is about: whom a REGISTER binds, whom any other asks for."""
    to = _TO.search(data, 0, HEAD_BYTES)
    found = _USER.search(to[1]) if to is not None else None
    return found[1] if found is not None else b""


def nonce_of(data: bytes) -> str | None:
    """The nonce that a request answers; None: it answers none."""
    found = _NONCE.search(data, 0, HEAD_BYTES)
    return found[1].decode("latin-1") if found is not None else None
