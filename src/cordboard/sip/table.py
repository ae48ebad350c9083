"""All transactions of one core: finding them by message, and how many there may be.

Bounded: when full, the oldest transaction that only absorbs repetitions makes room; if there is
none, the newcomer is refused. This file knows no dialogs.

Source: RFC 3261 §17.1.3, §17.2.3 (matching), §8.2.2.2 (merged requests), §16.3 (loops).
"""

import re
from collections.abc import Callable, Collection

from .agenda import NEVER, Agenda
from .messages import Request, Response
from .model import Flow, Hop
from .transactions import ClientTransaction, Key, ServerTransaction, State, Transaction
from .uri import Via

COOKIE = "z9hG4bK"


def server_key(request: Request, method: str) -> Key:
    """Name of a server transaction; ACK and CANCEL ask with the INVITE's method."""
    via = top_via(request)
    branch = via.params.get("branch") or ""
    if len(branch) > len(COOKIE) and branch.startswith(COOKIE):
        return (branch, via.sent_by, method)
    return (branch, via.sent_by, method, request.call_id, request.from_tag, request.cseq)


def top_via(message: Request | Response) -> Via:
    """The top Via; the parser has read it for every message."""
    assert message.via is not None
    return message.via


class TransactionTable:
    """The living and the lingering; also the port through which they reach the world."""

    def __init__(
        self, agenda: Agenda, send: Callable[[bytes, Flow | None, Hop], None], most: int
    ) -> None:
        self.send = send
        self.schedule = agenda.schedule
        self._most = most
        self._clients: dict[Key, ClientTransaction] = {}
        self._servers: dict[Key, ServerTransaction] = {}
        self._merged: dict[Key, Key] = {}
        "Name of a request without To tag → its transaction."

        self._names: dict[Key, Key] = {}
        "The inverse of `_merged`."

        self._lingering: dict[Key, Transaction] = {}

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    def has_room(self, in_dialog: bool) -> bool:
        """Whether one more may be added; lingering ones make room, oldest first."""
        most = self._most + (self._most >> 2 if in_dialog else 0)
        while len(self) >= most:
            oldest = next(iter(self._lingering.values()), None)
            if oldest is None:
                return False
            oldest.state = State.TERMINATED
            oldest.deadline = NEVER
            self.remove(oldest)
        return True

    def add_client(self, transaction: ClientTransaction) -> None:
        """Take in a request of ours."""
        self._clients[transaction.key] = transaction

    def add_server(self, transaction: ServerTransaction, request: Request) -> None:
        """Take in a request of the peer, and its name, to notice a merged copy."""
        self._servers[transaction.key] = transaction
        if request.to_tag is None:
            name = _merge_name(request)
            self._merged[name] = transaction.key
            self._names[transaction.key] = name

    def linger(self, transaction: Transaction) -> None:
        """The transaction only absorbs repetitions from now on."""
        self._lingering[transaction.key] = transaction

    def remove(self, transaction: Transaction) -> None:
        """Forget a transaction."""
        key = transaction.key
        self._lingering.pop(key, None)
        if isinstance(transaction, ServerTransaction):
            self._servers.pop(key, None)
            name = self._names.pop(key, None)
            if name is not None:
                self._merged.pop(name, None)
        else:
            self._clients.pop(key, None)

    def find_client(self, response: Response) -> ClientTransaction | None:
        """The transaction that a response belongs to; a second Via is nobody's of ours."""
        if len(response.headers["via"]) > 1:
            return None
        return self._clients.get((top_via(response).params.get("branch"), response.cseq_method))

    def find_server(self, request: Request, method: str) -> ServerTransaction | None:
        """The transaction that a request repeats, or (ACK, CANCEL) refers to."""
        return self._servers.get(server_key(request, method))

    def is_merged(self, request: Request) -> bool:
        """True if the same request came by another path already."""
        return _merge_name(request) in self._merged

    def is_looped(self, request: Request) -> bool:
        """True if this is a request of ours that came back with the same Request-URI."""
        for value in request.values("via"):
            branch = value.partition("branch=")[2].partition(";")[0].strip(" \t")
            client = self._clients.get((branch, request.method))
            if client is not None and client.draft.uri == request.uri:
                return True
        return False

    def of_stream(self, flow: Flow, hops: Collection[Hop]) -> list[ClientTransaction]:
        """Client transactions that wait for an answer over a flow, or over any to these hops."""
        return [
            client
            for client in self._clients.values()
            if client.waiting
            and (client.flow == flow or (client.flow is None and client.hop in hops))
        ]

    def of_data(self, data: bytes) -> ClientTransaction | None:
        """The client transaction that waits for an answer to these bytes, if they are a request."""
        found = _OWN_NAME.search(data)
        if found is None or data.startswith(b"SIP/"):
            return None
        client = self._clients.get((found[1].decode(), found[2].decode()))
        return client if client is not None and client.waiting else None


_OWN_NAME = re.compile(rb";branch=(z9hG4bK[^;\r]+).*?\r\nCSeq: [0-9]+ ([A-Z]+)\r\n", re.DOTALL)


def _merge_name(request: Request) -> Key:
    return (request.call_id, request.from_tag, request.cseq, request.method)
