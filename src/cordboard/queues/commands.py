"""What later rooms (the ACD) may ask of queues."""

from collections.abc import Sequence
from typing import Literal, Protocol

from cordboard.kit.ids import CallId, QueueId
from cordboard.kit.turns import Turn

from .model import Queue, Waiting


class QueueCommands(Protocol):
    """Orders and questions."""

    def get_queue(self, queue_id: QueueId) -> Queue:
        """The queue as configured.

        Raises:
            NoSuchQueueError: If there is none.
        """
        ...

    def list_queues(self) -> Sequence[Queue]:
        """All queues."""
        ...

    def list_waiting(self, queue_id: QueueId) -> Sequence[Waiting]:
        """Who waits there without an open offer, in order of place.

        The room's own list: read it at once, change and keep nothing.
        """
        ...

    def find_waiting(self, call_id: CallId) -> Waiting | None:
        """This call's visit, if it waits."""
        ...

    def mark_offered(self, turn: Turn, call_id: CallId, *, offered: bool) -> None:
        """An offer was opened (True) or ended without success (False).

        At False the signal CallWaiting is told again; the place stays.
        """
        ...

    def report_agents(self, queue_id: QueueId, *, ready: int, signed_in: int) -> None:
        """How many agents serve this queue now, for the estimated wait."""
        ...

    def mark_accepted(self, turn: Turn, call_id: CallId) -> None:
        """An agent picked up: no more announcements until the talk or the end of the offer."""
        ...

    def set_offer(self, call_id: CallId, phase: Literal["none", "open", "accepted"]) -> None:
        """How far an offer is, for replay: memory only, nothing is told or played."""
        ...

    def report_handling(
        self, turn: Turn, queue_id: QueueId, *, started_at_ms: int, handle_ms: int
    ) -> None:
        """A call of this queue was handled to the end of wrap-up, for the estimated wait."""
        ...
