"""Who calls, and as whom we call: identities and other headers, as each trunk wants them.

Pure. What a peer may tell us and what we tell it are allow lists; a number that was withheld is
shown to nobody.

Source: RFC 3323 (Privacy), RFC 3325 (P-Asserted-Identity), RFC 5806 (Diversion), RFC 7044
(History-Info), RFC 7433 (User-to-User), RFC 3326 (Reason).
"""

from cordboard import sip
from cordboard.telephony.lines import SipPolicy, clean_number

ALLOWED = frozenset(
    {"p-asserted-identity", "privacy", "diversion", "history-info", "user-to-user", "reason"}
)
"Taken in from every peer."

SENT = frozenset({"privacy", "diversion", "history-info", "user-to-user", "reason", "replaces",
                  "alert-info", "subject"})  # fmt: skip
"Let out to every peer, if rooms above give them."

ANONYMOUS = "anonymous"
_WITHHELD = frozenset({"id", "user", "header"})


def is_allowed(name: str, x_headers: tuple[str, ...]) -> bool:
    """Whether an X- header is on an allow list; `x-a*` allows all that begin so."""
    return any(
        name.startswith(entry[:-1].lower()) if entry.endswith("*") else name == entry.lower()
        for entry in x_headers
    )


def taken_in(headers: sip.HeaderView, x_headers: tuple[str, ...]) -> dict[str, str]:
    """What rooms above hear of an INVITE's headers; several of a name joined by a comma."""
    return {
        name: ", ".join(values)
        for name, values in headers.items()
        if values and (name in ALLOWED or (name[:2] == "x-" and is_allowed(name, x_headers)))
    }


def let_out(headers: dict[str, str], x_headers: tuple[str, ...]) -> list[tuple[str, str]]:
    """What of the headers that rooms above give goes out; line breaks end a value."""
    return [
        (name, value.splitlines()[0] if value else "")
        for name, value in headers.items()
        if name.lower() in SENT
        or (name[:2].lower() == "x-" and is_allowed(name.lower(), x_headers))
    ]


def is_withheld(headers: sip.HeaderView) -> bool:
    """Whether the caller asked that its number be shown to nobody. RFC 3323 §4.2."""
    wants = {
        word.strip().lower() for value in headers.get("privacy", ()) for word in value.split(";")
    }
    return bool(wants & _WITHHELD)


def caller_number(event: sip.InviteReceived, policy: SipPolicy) -> str:
    """The number that rooms above may show; `anonymous` if it was withheld."""
    if is_withheld(event.headers) and not policy.shows_withheld:
        return ANONYMOUS
    asserted = first_number(event.headers.get("p-asserted-identity", ()))
    said = user_of(event.from_.uri)
    return asserted or (said if said.lower() != ANONYMOUS else "") or ANONYMOUS


def diverted_from(headers: sip.HeaderView) -> str:
    """The number that was dialled first, if the call was forwarded to us; else empty."""
    diversions = headers.get("diversion", ())
    if diversions:
        return first_number(diversions[::-1])  # the newest stands on top (RFC 5806 §4.1)
    history = ",".join(headers.get("history-info", ())).split(",")
    return first_number(tuple(history[:1])) if len(history) > 1 else ""


def first_number(values: tuple[str, ...]) -> str:
    """The number of the first value that can be read."""
    for value in values:
        try:
            return user_of(sip.NameAddr.parse(value.strip()).uri.partition("?")[0])
        except sip.RemoteProtocolError:
            continue
    return ""


def user_of(uri: str) -> str:
    """The number in a SIP or tel URI, cleaned; empty if there is none. RFC 3966 for tel."""
    if uri.lower().startswith("tel:"):
        return clean_number(uri[4:].partition(";")[0])
    try:
        return clean_number(sip.SipUri.parse(uri).user.partition(";")[0])
    except sip.RemoteProtocolError:
        return ""


def plain(number: str) -> str:
    """A number or name as it may stand in a URI; `anonymous` for nothing."""
    return "".join(c for c in number if c.isalnum() or c in "+*#_.-") or ANONYMOUS


def shown_as(
    number: str, own_number: str, account: str, host: str, policy: SipPolicy
) -> tuple[str, list[tuple[str, str]]]:
    """Our From, and the identity headers that go with it.

    Args:
        number: What the called person shall see; empty or `anonymous` to withhold it.
        own_number: Ours on this trunk; empty if it has none.
        account: Our user name with the peer.
        host: Host part of our address.
        policy: Of the trunk.
    """
    withheld = number in ("", ANONYMOUS)
    proof = plain(own_number or account or number)
    headers: list[tuple[str, str]] = []
    if policy.identity != "none":
        name = "P-Asserted-Identity" if policy.identity == "asserted" else "P-Preferred-Identity"
        known = proof if withheld else plain(number)
        headers.append((name, f"<sip:{known}@{host}>"))
    if withheld:
        headers.append(("Privacy", "id"))
        return '"Anonymous" <sip:anonymous@anonymous.invalid>', headers
    user = plain(account) if policy.from_account and account else plain(number)
    return f"<sip:{user}@{host}>", headers
