"""A session on paper: the least that ends it politely after a crash, as plain JSON values.

`written` makes it, the `read_` functions give it back. Passwords are never on it. This file sends
nothing and decides nothing.

Source: RFC 3261 §9.1 (CANCEL repeats the INVITE's branch), §12, §15.
"""

from .dialogs import dialog_from_json, flow_from_json, flow_to_json
from .draft import Draft
from .errors import LocalProtocolError
from .messages import Request, build
from .parser import parse
from .session import Phase, Session

Paper = dict[str, object]
FORMAT = 1
_KEPT = ("from", "to", "call-id", "record-route", "contact", "max-forwards")


def written(session: Session) -> Paper:
    """The session as plain JSON values."""
    paper: Paper = {
        "format": FORMAT,
        "session": session.id,
        "phase": session.phase.value,
        "local_tag": session.local_tag,
        "call_id": session.call_id,
        "flow": flow_to_json(session.flow) if session.flow is not None else None,
        "hop": list(session.hop),
        "pinned": session.pinned,
        "outbound": session.owner,
        "dialog": session.dialog.to_json() if session.dialog is not None else None,
    }
    if session.timer is not None:
        paper["timer"] = session.timer.paper()
        if session.timer.ours and not session.timer.by_update and session.local_sdp:
            paper["sdp"] = session.local_sdp.decode("latin-1")
    if session.phase is Phase.CALLING and session.draft is not None:
        paper["draft"] = _bare_draft(session.draft)
    if session.phase is Phase.RINGING and session.request is not None:
        paper["request"] = _bare_invite(session.request)
    return paper


def _bare_draft(draft: Draft) -> Paper:
    """Without headers of its own and body: only the presence of one matters, and never again."""
    return {
        "method": draft.method,
        "uri": draft.uri,
        "via": draft.via,
        "from_": draft.from_,
        "to": draft.to,
        "call_id": draft.call_id,
        "cseq": draft.cseq,
        "routes": draft.routes,
    }


def _bare_invite(request: Request) -> str:
    pairs = [("Via", value) for value in request.headers["via"]]
    pairs += [(name, v) for name in _KEPT for v in request.headers.get(name, ())]
    pairs.append(("CSeq", f"{request.cseq} INVITE"))
    return build(f"INVITE {request.uri} SIP/2.0", pairs).decode("latin-1")


def read_invite(paper: Paper) -> Request:
    """The peer's INVITE, as far as a response needs it."""
    message = parse(str(paper["request"]).encode("latin-1"))
    assert isinstance(message, Request)
    return message


def read_draft(paper: Paper) -> Draft:
    """Our INVITE, as far as CANCEL and ACK need it."""
    plain = paper["draft"]
    assert isinstance(plain, dict)
    return Draft(**{**plain, "body": b"v=0"})


def read_session(paper: Paper) -> Session:
    """The session without its transactions.

    Raises:
        LocalProtocolError: If the paper is of another format.
    """
    if paper.get("format") != FORMAT:
        raise LocalProtocolError("snapshot of an unknown format")
    session = Session(
        str(paper["session"]),
        Phase(str(paper["phase"])),
        str(paper["call_id"]),
        str(paper["local_tag"]),
    )
    hop, dialog, flow = paper["hop"], paper["dialog"], paper["flow"]
    assert isinstance(hop, list)
    session.hop = (hop[0], hop[1], hop[2])
    session.pinned = bool(paper["pinned"])
    session.flow = flow_from_json(flow) if flow else None
    if isinstance(dialog, dict):
        session.dialog = dialog_from_json(dialog)
    sdp = paper.get("sdp")
    session.local_sdp = sdp.encode("latin-1") if isinstance(sdp, str) else None
    if session.phase is Phase.ANSWERED:
        session.phase = Phase.CONFIRMED  # its ACK came or never will
    return session
