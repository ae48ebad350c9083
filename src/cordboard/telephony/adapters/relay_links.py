"""Who is linked with whom at the relays, and one order after another for each group.

Two bridged legs that need nothing but each other are put through; before anything else is asked for
they are taken home. Knows no order; those are in `rtpengine.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from cordboard import media
from cordboard.kit.clock import Clock
from cordboard.kit.tasks import Tasks
from cordboard.telephony.adapters.media_plane import MediaPlane
from cordboard.telephony.adapters.ng import NgError
from cordboard.telephony.adapters.relay_leg import RelayGroup, RelayLeg, may_go_through
from cordboard.telephony.adapters.relay_memory import RelayMemory
from cordboard.telephony.adapters.relay_recordings import RelayRecordings

Work = Callable[[], Awaitable[media.Reply]]


class RelayLinks:
    """All legs at the relays.

    Args:
        inside: The media process.
        recordings: Makes recordings of what the instances write.
        memory: What survives a kill -9.
        clock: Time.
    """

    def __init__(
        self,
        inside: MediaPlane,
        recordings: RelayRecordings,
        memory: RelayMemory,
        clock: Clock,
    ) -> None:
        self.inside = inside
        self.recordings = recordings
        self.memory = memory
        self.clock = clock
        self.tasks = Tasks("relay")
        self.legs: dict[str, RelayLeg] = {}
        self.through_count = 0
        "How often two legs were put through."

        self.trouble: Callable[[RelayGroup, NgError], object] = lambda group, error: None
        "Told when an instance did not do what it should; see `relay_rescue`."

    def in_turn(self, groups: Iterable[RelayGroup], work: Work) -> "asyncio.Future[media.Reply]":
        """Do some work behind what these groups have waiting; its answer."""
        done: asyncio.Future[media.Reply] = asyncio.get_running_loop().create_future()
        before = []
        for group in groups:
            if group.tail is not None and not group.tail.done():
                before.append(group.tail)
            group.tail = done
        self.tasks.start(_carry_out(before, work, done), name="order")
        return done

    def set_row(self, leg: RelayLeg, row: Iterable[media.Source]) -> None:
        """The media process lets it hear these, as far as they have a leg."""
        for source in leg.row:
            self.legs[source.leg].ears.discard(leg.name)
        leg.row = tuple(source for source in row if source.leg in self.legs)
        for source in leg.row:
            self.legs[source.leg].ears.add(leg.name)

    def part(self, leg: RelayLeg) -> None:
        """The media process lets it hear nobody, and nobody hear it."""
        self.set_row(leg, ())
        for ear in [self.legs[name] for name in leg.ears]:
            self.set_row(ear, [source for source in ear.row if source.leg != leg.name])

    def circle(self, leg: RelayLeg) -> list[RelayLeg]:
        """A leg, whom it hears, and who hears it."""
        names = {leg.name, *leg.ears, *(source.leg for source in leg.row)}
        return [self.legs[name] for name in sorted(names) if name in self.legs]

    async def settle(self, leg: RelayLeg) -> None:
        """Put a leg through to its peer if both need nothing else."""
        other = self.legs.get(leg.peer)
        if other is None or leg.party.through or not may_go_through(leg, other):
            return
        try:
            await self._count(leg, other, -1)
            await leg.group.call.put_through(leg.party, other.party)
        except NgError as error:
            self.trouble(leg.group, error)
            return
        self.through_count += 1
        for one in (leg, other):
            _ = self.inside.send(one.inner_remote(is_quiet=True))
            self.moved_ear(one)

    async def take_home(self, leg: RelayLeg) -> None:
        """Link a leg, and whom it is through to, with the media process again."""
        other = self.legs.get(leg.party.through)
        if other is None:
            return
        try:
            await self._count(leg, other, 1)
            for one in (leg, other):
                self.wake(one)
            for one in (leg, other):
                await leg.group.call.move_home(one.party)
        except NgError as error:
            self.trouble(leg.group, error)
            return
        for one in (leg, other):
            self.moved_ear(one)

    def settle_later(self, leg: RelayLeg) -> None:
        """Put a leg through, behind the orders that wait, if it can be."""
        other = self.legs.get(leg.peer)
        if other is not None and not leg.party.through and may_go_through(leg, other):
            _ = self.in_turn([leg.group], partial(self._settle_work, leg))

    async def _settle_work(self, leg: RelayLeg) -> media.Reply:
        await self.settle(leg)
        return media.Ok()

    def wake(self, leg: RelayLeg) -> None:
        """Let the media process speak on a leg again."""
        _ = self.inside.send(leg.inner_remote(is_quiet=False))

    def moved_ear(self, leg: RelayLeg) -> None:
        """Somebody else is heard from now on: recordings and memory must know."""
        self.recordings.hears(leg, self.heard_port(leg), self.clock.now_ms())
        self.memory.keep(leg)

    def heard_port(self, leg: RelayLeg) -> int:
        """The relay's port at which arrives what this leg's party hears."""
        other = self.legs.get(leg.party.through)
        return (other.party.outer if other is not None else leg.party.inner)[1]

    async def _count(self, leg: RelayLeg, other: RelayLeg, sign: int) -> None:
        """Count packets that pass the media process by: what came from each goes to the other."""
        counts = await leg.group.call.count()
        for one, far in ((leg, other), (other, leg)):
            one.passed_in += sign * counts.get(one.name, 0)
            one.passed_out += sign * counts.get(far.name, 0)


async def _carry_out(
    before: "list[asyncio.Future[media.Reply]]",
    work: Work,
    done: "asyncio.Future[media.Reply]",
) -> None:
    reply: media.Reply = media.Refused("relay-failed")
    try:
        if before:
            await asyncio.wait(before)
        reply = await work()
    finally:
        if not done.done():
            done.set_result(reply)
