"""The gate: fetches records with permission. Agents see their own, others what their role allows.

Live calls come from memory, closed ones from the tables. Memory is read before the tables: a call
that closes in between is seen twice and shown once, never missed. Source: REC-05.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec.structs import replace

from cordboard.directory import User
from cordboard.kit.facts import Fact
from cordboard.kit.ids import CallId

from .errors import NoSuchRecordError, NoSuchRecordingError
from .model import CallFilter, CallHeader, CallPage, CallRecord, StoredRecording
from .repository import RecordRepository
from .state import header, matches, works_on


class StreamReader(Protocol):
    """What reads the journal."""

    async def read_stream(self, stream: str) -> Sequence[tuple[int, Fact]]:
        """All facts of one stream with their numbers, oldest first."""
        ...


class Names(Protocol):
    """Who has what id."""

    def queue_name(self, queue_id: str) -> str | None:
        """Name of a queue, or None if it is unknown."""
        ...

    def agent_name(self, agent_id: str) -> str | None:
        """Name of an agent, or None."""
        ...

    def agent_number(self, agent_id: str) -> str | None:
        """Public number of an agent, or None."""
        ...


class RecordAccess:
    """Questions to the records, each with who asks.

    Args:
        repository: Closed calls.
        live: Open records by call; read only here.
        journal: The facts themselves.
    """

    def __init__(
        self,
        repository: RecordRepository,
        live: Mapping[CallId, CallRecord],
        journal: StreamReader,
    ) -> None:
        self._repository = repository
        self._live = live
        self._journal = journal

    async def list_calls(
        self, user: User, wanted: CallFilter, after: tuple[int, str] | None, limit: int
    ) -> CallPage:
        """A page of calls, newest first; an agent's own only."""
        if not user.may("calls.see_all"):
            if user.agent_id is None or wanted.agent_id not in (None, user.agent_id):
                return CallPage(headers=(), next_cursor=None, total=0, talk_ms=0, wait_ms=0)
            wanted = replace(wanted, agent_id=user.agent_id)
        return await self._page(wanted, after, limit)

    async def _page(
        self, wanted: CallFilter, after: tuple[int, str] | None, limit: int
    ) -> CallPage:
        here = [header(record) for record in self._live.values() if matches(record, wanted)]
        stored = await self._repository.list_headers(wanted, after, limit + 1)
        count, talk_ms, wait_ms = await self._repository.sum_calls(wanted)
        found = {one.call_id: one for one in stored}
        found |= {one.call_id: one for one in here if after is None or _place(one) < after}
        newest = sorted(found.values(), key=_place, reverse=True)
        shown = tuple(newest[:limit])
        return CallPage(
            headers=shown,
            next_cursor=_place(shown[-1]) if len(newest) > limit else None,
            total=count + len(here),
            talk_ms=talk_ms + sum(one.talk_ms for one in here),
            wait_ms=wait_ms + sum(one.total_wait_ms for one in here),
        )

    async def list_calls_of(self, user: User, number: str, limit: int) -> CallPage:
        """What a caller's number brought so far, newest first.

        An agent sees all of it while working on a call of this number, else its own calls only.
        """
        wanted = CallFilter(caller_number=number)
        works_for_caller = any(
            record.caller_number == number and works_on(record, user.agent_id)
            for record in self._live.values()
        )
        if works_for_caller:
            return await self._page(wanted, None, limit)
        return await self.list_calls(user, wanted, None, limit)

    async def access_record(self, user: User, call_id: str) -> CallRecord:
        """The whole record of a call.

        Raises:
            NoSuchRecordError: If there is none, or it is not for this user.
        """
        record = self._live.get(CallId(call_id)) or await self._repository.find_record(call_id)
        if record is None or not self._may_see(user, record, "calls.see_all"):
            raise NoSuchRecordError("There is no record of such a call.", call_id=call_id)
        return record

    async def access_facts(self, user: User, call_id: str) -> Sequence[tuple[int, Fact]]:
        """The facts of a call's own stream, numbered.

        Raises:
            NoSuchRecordError: If there is no such call, or it is not for this user.
        """
        record = await self.access_record(user, call_id)
        return await self._journal.read_stream(f"call/{record.id}")

    async def access_recording(self, user: User, recording_id: str) -> StoredRecording:
        """A recording.

        Raises:
            NoSuchRecordingError: If there is none, or its call is not for this user.
        """
        stored = await self._repository.find_recording(recording_id)
        if stored is not None:
            record = self._live.get(stored.call_id)
            if record is None:
                record = await self._repository.find_record(stored.call_id)
            if record is not None and self._may_see(user, record, "recordings.listen_all"):
                return stored
        raise NoSuchRecordingError("There is no such recording.", recording_id=recording_id)

    @staticmethod
    def _may_see(user: User, record: CallRecord, permission: str) -> bool:
        return user.may(permission) or works_on(record, user.agent_id)

    def sees_number(self, user: User, one: CallHeader) -> bool:
        """Whether this user is shown the customer's whole number: by right, or as the handler."""
        own = user.agent_id is not None and one.agent_id == user.agent_id
        record = self._live.get(one.call_id)
        return (
            own
            or user.may("calls.see_numbers")
            or (record is not None and works_on(record, user.agent_id))
        )


def _place(one: CallHeader) -> tuple[int, str]:
    return one.arrived_at_ms, one.call_id
