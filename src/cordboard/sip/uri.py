"""Addresses as SIP writes them: URIs, name-addr, Via values and their parameters.

Text goes in and comes out as it was on the wire (`;` and `%` in the user part are kept);
comparison is the caller's affair. This file knows no message, no socket and no DNS.
Text is Latin-1 of the wire's bytes, so any byte survives; `readable` turns it into words.

Source: RFC 3261 §19.1, §20.10, §20.42 and §25.1.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from typing_extensions import override

from .errors import RemoteProtocolError

WORD = r"[A-Za-z0-9\-.!%*_+`'~]+"
_URI = re.compile(
    r"([sS][iI][pP][sS]?):"
    r"(?:((?:[A-Za-z0-9\-_.!~*'()&=+$,;?/:\x80-\xff]|%[0-9A-Fa-f]{2})+)@)?"
    r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9.])?)"
    r"(?::([0-9]{1,5}))?"
    r"((?:;(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$=\x80-\xff]|%[0-9A-Fa-f]{2})+)*)"
    r"(?:\?([^\s<>\"@]+))?"
)
_OTHER_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"]+")
_PARAM = re.compile(
    rf"[ \t]*;[ \t]*({WORD})"
    r"(?:[ \t]*=[ \t]*(\"(?:[^\"\\]|\\.)*\"|[^\s;,\"<>=?]+))?[ \t]*"
)
_DISPLAY = re.compile(
    r"[ \t]*(?:(\"(?:[^\"\\]|\\[\x00-\x7f])*\")|((?:[A-Za-z0-9\-.!%*_+`'~\x80-\xff]++[ \t]*+)*+))"
    r"[ \t]*<([^<>\"\s]+)>"
)
_VIA = re.compile(
    rf"[ \t]*SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*({WORD})[ \t]+"
    r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.\-]+)(?:[ \t]*:[ \t]*([0-9]{1,5}))?[ \t]*",
    re.IGNORECASE,
)
_LIST = re.compile(r"(?:[^\",<]|\"(?:[^\"\\]|\\.)*\"|<[^>]*>)+")

Params = dict[str, str | None]
"""Only a `Via`'s are ever changed; URIs and addresses of one text share theirs."""

_REMEMBERED = 512
"Texts of URIs, and of addresses, kept as read: a call's own come several times over."


def readable(text: str) -> str:
    """The words in a piece of wire text; bytes that are not UTF-8 become U+FFFD."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def wire(text: str) -> str:
    """Wire text for words: the inverse of `readable` for valid text."""
    return text if text.isascii() else text.encode("utf-8").decode("latin-1")


def split_list(text: str) -> list[str]:
    """The items of a comma-separated header value; commas in quotes and `<>` do not count.

    Raises:
        RemoteProtocolError: If a quote or bracket stays open, or an item is empty.
    """
    if "," not in text:
        return [text]
    items, position = [], 0
    while True:
        found = _LIST.match(text, position)
        if found is None or not found[0].strip(" \t"):
            raise RemoteProtocolError("broken list in a header")
        items.append(found[0].strip(" \t"))
        position = found.end()
        if position == len(text):
            return items
        if text[position] != ",":
            raise RemoteProtocolError("open quote or bracket in a header")
        position += 1


def parse_params(text: str, position: int = 0) -> Params:
    """The `;name=value` parameters from `position` to the end; names in lower case.

    Raises:
        RemoteProtocolError: If anything there is not a parameter, or one is given twice.
    """
    params: Params = {}
    end = len(text)
    while position < end:
        found = _PARAM.match(text, position)
        if found is None:
            raise RemoteProtocolError("broken parameter in a header")
        name = found[1].lower()
        if name in params:
            raise RemoteProtocolError("parameter given twice")
        params[name] = found[2]
        position = found.end()
    return params


def format_params(params: Params) -> str:
    """The parameters as they go on the wire."""
    return "".join(f";{k}" if v is None else f";{k}={v}" for k, v in params.items())


def unquote(text: str) -> str:
    """A quoted-string without its quotes and escapes; other text as it is."""
    if len(text) >= 2 and text[0] == '"' == text[-1]:
        return re.sub(r"\\(.)", r"\1", text[1:-1]) if "\\" in text else text[1:-1]
    return text


@dataclass(frozen=True, slots=True)
class SipUri:
    """A `sip:` or `sips:` URI."""

    host: str
    user: str = ""
    "With password and parameters of the user part, escaped as it came."

    port: int | None = None
    scheme: str = "sip"
    params: Params = field(default_factory=dict)
    headers: str = ""
    "What stands after `?`, untouched."

    @classmethod
    @lru_cache(maxsize=_REMEMBERED)
    def parse(cls, text: str) -> "SipUri":
        """Read a URI.

        Raises:
            RemoteProtocolError: If it is broken (hint 400) or of another scheme (hint 416).
        """
        found = _URI.fullmatch(text)
        if found is None:
            known = text[:5].lower().startswith(("sip:", "sips:"))
            good = not known and _OTHER_URI.fullmatch(text) is not None
            raise RemoteProtocolError("not a SIP URI", 416 if good else 400)
        scheme, user, host, port, params, headers = found.groups()
        if port and int(port) > 65535:
            raise RemoteProtocolError("port out of range")
        pairs: Params = {}
        for item in params.split(";")[1:] if params else ():
            name, equals, value = item.partition("=")
            pairs[name.lower()] = value if equals else None
        return cls(
            host.lower(),
            user or "",
            int(port) if port else None,
            scheme.lower(),
            pairs,
            headers or "",
        )

    @property
    def transport(self) -> str:
        """Transport that the URI asks for, in lower case; `udp` if it is silent."""
        if self.scheme == "sips":
            return "tls"
        return (self.params.get("transport") or "udp").lower()

    @property
    def hop(self) -> tuple[str, int, str]:
        """Host, port and transport to send to (`maddr` respected; names are not resolved)."""
        transport = self.transport
        host = (self.params.get("maddr") or self.host).strip("[]")
        return host, self.port or (5061 if transport in ("tls", "wss") else 5060), transport

    @override
    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        tail = f"?{self.headers}" if self.headers else ""
        return f"{self.scheme}:{user}{self.host}{port}{format_params(self.params)}{tail}"


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A display name, a URI of any scheme, and header parameters (`tag`, `expires`, `q`)."""

    uri: str
    display: str = ""
    "Without quotes; wire text."

    params: Params = field(default_factory=dict)

    @classmethod
    @lru_cache(maxsize=_REMEMBERED)
    def parse(cls, text: str) -> "NameAddr":
        """Read one From, To, Contact, Route or similar value.

        Raises:
            RemoteProtocolError: If it is broken. `<uri>` inside a quoted name is no address.
        """
        found = _DISPLAY.match(text)
        if found is not None:
            quoted, words, uri = found.groups()
            display = unquote(quoted) if quoted else words.strip(" \t")
            params = parse_params(text, found.end())
        else:  # addr-spec: what follows the first `;` belongs to the header, not the URI
            uri, semicolon, tail = text.partition(";")
            uri, display = uri.strip(" \t"), ""
            if "?" in uri or "," in uri:
                raise RemoteProtocolError("URI needs angle brackets")
            params = parse_params(semicolon + tail)
        if _URI.fullmatch(uri) is None and (
            uri[:4].lower() in ("sip:", "sips") or _OTHER_URI.fullmatch(uri) is None
        ):
            raise RemoteProtocolError("broken address")
        return cls(uri, display, params)

    @property
    def tag(self) -> str | None:
        """The `tag` parameter."""
        return self.params.get("tag")

    @property
    def user(self) -> str:
        """User part of the URI (or the number of a `tel:` URI), escaped as it came."""
        rest = self.uri.partition(":")[2]
        return rest.partition("@")[0] if "@" in rest else ("" if self.uri[:3] == "sip" else rest)

    @override
    def __str__(self) -> str:
        quoted = self.display.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{quoted}" ' if quoted else ""
        return f"{name}<{self.uri}>{format_params(self.params)}"


@dataclass(slots=True)
class Via:
    """One Via value. Mutable: the receiver adds `received` and fills `rport`."""

    transport: str
    "As it came, e.g. `UDP`."

    host: str
    port: int | None
    params: Params

    @classmethod
    def parse(cls, text: str) -> "Via":
        """Read one Via value.

        Raises:
            RemoteProtocolError: If it is broken.
        """
        found = _VIA.match(text)
        if found is None or (found[3] and int(found[3]) > 65535):
            raise RemoteProtocolError("broken Via")
        params = parse_params(text, found.end())
        return cls(found[1], found[2], int(found[3]) if found[3] else None, params)

    @property
    def sent_by(self) -> str:
        """Host and port as the sender wrote them; part of a transaction's name."""
        return f"{self.host.lower()}:{self.port}" if self.port else self.host.lower()

    @override
    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        return f"SIP/2.0/{self.transport} {self.host}{port}{format_params(self.params)}"
