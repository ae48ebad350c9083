"""The life of a call at a browser's seat, as a table: what came, what follows.

Pure: no socket, no clock. The pages of a seat come and go; the call stays for a while without
one. Who acts on it is `browsers.py`.
"""

from enum import StrEnum


class Talk(StrEnum):
    """Where the call at a seat stands."""

    RINGING = "ringing"
    ANSWERING = "answering"
    "The page has offered; the media process is being told."

    UP = "up"
    WAITING = "waiting"
    "Picked up, and no page there: it may come back."

    RESUMING = "resuming"
    "A page came back with an offer, or offers anew; the media process is being told."

    OVER = "over"


class Heard(StrEnum):
    """What can happen."""

    OFFER = "offer"
    SECURED = "secured"
    REFUSED = "refused"
    "The media process or our reading refuses the offer."

    HANG_UP = "hang_up"
    GONE = "gone"
    "The page that owns the seat is not there any more."

    BACK = "back"
    "A page owns the seat (again) and knows nothing of the call."

    ALIVE = "alive"
    "The page was never gone, only its WebSocket: its sound goes on."

    LATE = "late"
    "Nobody came back in time."

    ENDED = "ended"
    "The call is over for another reason than the page."


class Act(StrEnum):
    """What is to be done."""

    SHOW = "show"
    "Tell the page of the call."

    SECURE = "secure"
    REPLY = "reply"
    "Send our description."

    PICK_UP = "pick_up"
    WAIT = "wait"
    "From now on somebody must come back in time."

    STAY = "stay"
    "Nobody is waited for any more."

    REJECT = "reject"
    FAIL = "fail"
    LEAVE = "leave"
    "The party has hung up."

    LOSE = "lose"
    "The party is lost."

    TELL = "tell"
    "Tell the page that the call is over."


Next = tuple[Talk, tuple[Act, ...]]

TABLE: dict[tuple[Talk, Heard], Next] = {
    (Talk.RINGING, Heard.OFFER): (Talk.ANSWERING, (Act.STAY, Act.SECURE)),
    (Talk.RINGING, Heard.HANG_UP): (Talk.OVER, (Act.REJECT, Act.TELL)),
    (Talk.RINGING, Heard.GONE): (Talk.RINGING, (Act.WAIT,)),
    (Talk.RINGING, Heard.BACK): (Talk.RINGING, (Act.STAY, Act.SHOW)),
    (Talk.RINGING, Heard.ALIVE): (Talk.RINGING, (Act.STAY,)),
    (Talk.RINGING, Heard.LATE): (Talk.OVER, (Act.LOSE, Act.TELL)),
    (Talk.ANSWERING, Heard.SECURED): (Talk.UP, (Act.REPLY, Act.PICK_UP)),
    (Talk.ANSWERING, Heard.REFUSED): (Talk.OVER, (Act.FAIL, Act.TELL)),
    (Talk.ANSWERING, Heard.HANG_UP): (Talk.OVER, (Act.REJECT, Act.TELL)),
    (Talk.ANSWERING, Heard.GONE): (Talk.RINGING, (Act.WAIT,)),
    (Talk.ANSWERING, Heard.BACK): (Talk.RINGING, (Act.SHOW,)),
    (Talk.UP, Heard.OFFER): (Talk.RESUMING, (Act.WAIT, Act.SECURE)),
    (Talk.UP, Heard.HANG_UP): (Talk.OVER, (Act.LEAVE, Act.TELL)),
    (Talk.UP, Heard.GONE): (Talk.WAITING, (Act.WAIT,)),
    (Talk.UP, Heard.BACK): (Talk.WAITING, (Act.WAIT, Act.SHOW)),
    (Talk.WAITING, Heard.OFFER): (Talk.RESUMING, (Act.SECURE,)),
    (Talk.WAITING, Heard.BACK): (Talk.WAITING, (Act.SHOW,)),
    (Talk.WAITING, Heard.ALIVE): (Talk.UP, (Act.STAY,)),
    (Talk.WAITING, Heard.HANG_UP): (Talk.OVER, (Act.LEAVE, Act.TELL)),
    (Talk.WAITING, Heard.LATE): (Talk.OVER, (Act.LOSE, Act.TELL)),
    (Talk.RESUMING, Heard.OFFER): (Talk.RESUMING, (Act.SECURE,)),
    (Talk.RESUMING, Heard.SECURED): (Talk.UP, (Act.STAY, Act.REPLY)),
    (Talk.RESUMING, Heard.REFUSED): (Talk.WAITING, ()),
    (Talk.RESUMING, Heard.GONE): (Talk.WAITING, ()),
    (Talk.RESUMING, Heard.BACK): (Talk.WAITING, (Act.SHOW,)),
    (Talk.RESUMING, Heard.HANG_UP): (Talk.OVER, (Act.LEAVE, Act.TELL)),
    (Talk.RESUMING, Heard.LATE): (Talk.OVER, (Act.LOSE, Act.TELL)),
} | {
    (talk, Heard.ENDED): (Talk.OVER, (Act.TELL,))
    for talk in Talk
    if talk is not Talk.OVER
}  # fmt: skip


def follow(talk: Talk, heard: Heard) -> Next:
    """What follows; what the table does not name changes nothing."""
    return TABLE.get((talk, heard), (talk, ()))
