"""The media plane with rtpengine before the media process: long talk costs Python nothing.

The media process stays the whole exchange: it has every leg, plays, collects, mixes and bridges as
it does alone; only its party is a port of rtpengine, which relays. When two bridged legs need
nothing but each other they are *put through* at the relay, past the media process, and taken home
again before anything else is asked for. Parties notice neither: their port never changes.

Orders for the legs of a group are carried out one after another. Source: telephony.md section 2.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from cordboard import media
from cordboard.kit.clock import Clock
from cordboard.telephony.adapters.media_plane import MediaPlane
from cordboard.telephony.adapters.ng import NgError
from cordboard.telephony.adapters.relay_call import RelayCall, RelayParty
from cordboard.telephony.adapters.relay_leg import (
    RelayGroup,
    RelayLeg,
    has_address,
    same_place,
)
from cordboard.telephony.adapters.relay_links import RelayLinks
from cordboard.telephony.adapters.relay_memory import RelayMemory
from cordboard.telephony.adapters.relay_pool import RelayPool
from cordboard.telephony.adapters.relay_recordings import RelayRecordings

_KEY_SLACK_S = 0.1


class RelayPlane(RelayLinks):
    """Implements `MediaPlane`: a pool of rtpengines before one media process.

    Args:
        inside: The media process.
        pool: The instances.
        recordings: Makes recordings of what the instances write.
        memory: What survives a kill -9.
        clock: Time.
        new_id: Makes names of calls at the relays.
    """

    def __init__(
        self,
        inside: MediaPlane,
        pool: RelayPool,
        recordings: RelayRecordings,
        memory: RelayMemory,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        super().__init__(inside, recordings, memory, clock)
        self.pool = pool
        self.new_id = new_id
        self._stillborn: set[str] = set()
        self._left: dict[str, RelayLeg] = {}

    # Orders

    def send(self, command: media.Command) -> "asyncio.Future[media.Reply]":
        """Give an order; those for a group are carried out in turn."""
        if isinstance(command, media.CreateLeg):
            return self._create(command)
        if isinstance(command, media.Bridge):
            return self._bridge(command)
        if isinstance(command, media.Route):
            return self._route(command)
        leg = self.legs.get(getattr(command, "leg", ""))
        if leg is None:
            return self.inside.send(command)
        work = _WORK.get(type(command))
        if work is not None:
            return self.in_turn([leg.group], partial(work, self, leg, command))
        if leg.group.is_idle:
            return self.inside.send(command)
        return self.in_turn([leg.group], partial(self._pass_on, command))

    async def _pass_on(self, command: media.Command) -> media.Reply:
        return await self.inside.send(command)

    async def close(self) -> None:
        """Leave; calls at the relays go on."""
        await self.tasks.close()

    # Coming and going

    def _create(self, order: media.CreateLeg) -> "asyncio.Future[media.Reply]":
        like = self.legs.get(order.like)
        relay = like.group.call.relay if like is not None else None
        if like is not None and relay is not None and relay.is_up:
            group = like.group
        else:
            chosen = self.pool.choose()
            if chosen is None:
                done: asyncio.Future[media.Reply] = asyncio.get_running_loop().create_future()
                done.set_result(media.Refused("no-relay", "no rtpengine answers"))
                return done
            group = RelayGroup(RelayCall(self.new_id(), chosen))
        leg = RelayLeg(order, group, RelayParty(order.leg, ("", 0)))
        self.legs[leg.name] = group.legs[leg.name] = leg
        return self.in_turn([group], partial(self._open, leg))

    async def _open(self, leg: RelayLeg) -> media.Reply:
        reply = await self.inside.send(leg.order)
        if not isinstance(reply, media.LegCreated):
            self._forget(leg)
            return reply
        leg.party.own = (reply.local_host, reply.rtp_port)
        try:
            await self._open_somewhere(leg)
        except NgError as error:
            self._stillborn.add(leg.name)
            self._forget(leg)
            _ = self.inside.send(media.DropLeg(leg.name))
            return media.Refused("no-relay", str(error))
        self.memory.keep(leg)
        host, port = leg.party.outer
        return media.LegCreated(leg.name, port, port + 1, host)

    async def _open_somewhere(self, leg: RelayLeg) -> None:
        """At the group's instance; a group that begins may still go to another one."""
        call = leg.group.call
        try:
            await call.open(leg.party)
        except NgError as error:
            other = self.pool.choose(but=call.relay)
            if call.parties or other is None:
                self.trouble(leg.group, error)
                raise
            call.abandon()
            leg.group.call = RelayCall(self.new_id(), other)
            await leg.group.call.open(leg.party)

    async def _drop(self, leg: RelayLeg, command: media.DropLeg) -> media.Reply:
        call, other = leg.group.call, self.legs.get(leg.party.through)
        try:
            if other is not None:
                await self._count(leg, other, 1)
                self.wake(other)
                await call.move_home(other.party)
                leg.party.through = ""
                self.moved_ear(other)
            await self.recordings.stop(leg, self.clock.now_ms())
            await call.leave(leg.party)
        except NgError as error:
            call.parties.pop(leg.name, None)
            if call.parties:
                self.trouble(leg.group, error)
        self._left[leg.name] = leg
        self._forget(leg)
        self.recordings.finish(leg)
        reply = await self.inside.send(command)
        if not isinstance(reply, media.Ok):
            self._left.pop(leg.name, None)  # it is gone there: nothing will be told of it
        return reply

    async def _leave(self, leg: RelayLeg) -> media.Reply:
        """The media process closed a leg of itself: the relay shall, too."""
        return await self._drop(leg, media.DropLeg(leg.name))

    def _forget(self, leg: RelayLeg) -> None:
        left = self.circle(leg)
        self.part(leg)
        self.legs.pop(leg.name, None)
        leg.group.legs.pop(leg.name, None)
        for other in left:
            self.settle_later(other)
        self.memory.drop(leg)
        if not leg.group.legs:
            leg.group.call.abandon()

    # Where the party is

    async def _set_remote(self, leg: RelayLeg, command: media.SetRemote) -> media.Reply:
        leg.wish = command
        party = leg.party
        if party.through and not (
            same_place(party.remote, command) and command.direction == "sendrecv"
        ):
            await self.take_home(leg)
        if has_address(command) and not same_place(party.remote, command):
            try:
                await self._tell_relay(leg, command)
            except NgError as error:
                self.trouble(leg.group, error)
        self.memory.keep(leg)
        if not party.inner[1]:
            return media.Ok()  # on hold from the beginning: there is nobody to speak to
        reply = await self.inside.send(leg.inner_remote(is_quiet=bool(party.through)))
        await self.settle(leg)
        return reply

    async def _tell_relay(self, leg: RelayLeg, remote: media.SetRemote) -> None:
        leg.party.latch = remote.latch
        if leg.party.remote is None:
            await leg.group.call.answer(leg.party, remote)
            self.moved_ear(leg)
        else:
            leg.party.remote = remote
            await leg.group.call.move_home(leg.party)

    # Through and home

    def _bridge(self, command: media.Bridge) -> "asyncio.Future[media.Reply]":
        one, other = self.legs.get(command.a), self.legs.get(command.b)
        if one is None or other is None:
            return self.inside.send(command)
        groups = {leg.group: None for leg in [*self.circle(one), *self.circle(other)]}
        return self.in_turn(groups, partial(self._join, one, other, command))

    async def _join(self, one: RelayLeg, other: RelayLeg, command: media.Bridge) -> media.Reply:
        if one.party.through != other.name:
            await self.take_home(one)
            await self.take_home(other)
        reply = await self.inside.send(command)
        if isinstance(reply, media.Ok):
            left = [*self.circle(one), *self.circle(other)]
            if (one.peer, other.peer) != (other.name, one.name):
                self.part(one)
                self.part(other)
            self.set_row(one, [media.Source(other.name)])
            self.set_row(other, [media.Source(one.name)])
            for leg in left:
                await self.settle(leg)
            await self.settle(one)
        return reply

    async def _unbridge(self, leg: RelayLeg, command: media.Unbridge) -> media.Reply:
        await self.take_home(leg)
        left = self.circle(leg)
        self.part(leg)
        reply = await self.inside.send(command)
        for other in left:
            await self.settle(other)
        return reply

    def _route(self, command: media.Route) -> "asyncio.Future[media.Reply]":
        leg = self.legs.get(command.leg)
        if leg is None:
            return self.inside.send(command)
        named = [self.legs[s.leg] for s in command.sources if s.leg in self.legs]
        groups = {one.group: None for one in [*self.circle(leg), *named]}
        return self.in_turn(groups, partial(self._hear_others, leg, command))

    async def _hear_others(self, leg: RelayLeg, command: media.Route) -> media.Reply:
        before = self.circle(leg)
        wanted = [source for source in command.sources if source.leg in self.legs]
        if tuple(wanted) != leg.row:
            for one in [leg, *(self.legs[source.leg] for source in wanted)]:
                await self.take_home(one)
        reply = await self.inside.send(command)
        if isinstance(reply, media.Ok):
            self.set_row(leg, wanted)
            for one in dict.fromkeys([*before, *self.circle(leg)]):
                await self.settle(one)
        return reply

    async def _mute(self, leg: RelayLeg, command: media.Mute | media.Unmute) -> media.Reply:
        leg.is_muted = isinstance(command, media.Mute)
        if leg.is_muted:
            await self.take_home(leg)
        reply = await self.inside.send(command)
        await self.settle(leg)
        return reply

    async def _play(self, leg: RelayLeg, command: media.Play) -> media.Reply:
        await self.take_home(leg)
        before = leg.playing, leg.music
        leg.playing, leg.music = command.play_id, command if command.loop else None
        reply = await self.inside.send(command)
        if not isinstance(reply, media.Ok):
            leg.playing, leg.music = before
        return reply

    async def _collect(self, leg: RelayLeg, command: media.Collect) -> media.Reply:
        await self.take_home(leg)
        before, leg.collecting = leg.collecting, command.collect_id
        reply = await self.inside.send(command)
        if not isinstance(reply, media.Ok):
            leg.collecting = before
        return reply

    async def _send_digits(self, leg: RelayLeg, command: media.SendDigits) -> media.Reply:
        await self.take_home(leg)
        leg.keys += 1
        reply = await self.inside.send(command)
        lasts_s = len(command.digits) * (command.duration_ms + command.gap_ms) / 1000
        self.tasks.start(self._keys_over(leg, lasts_s + _KEY_SLACK_S), name="keys")
        return reply

    async def _keys_over(self, leg: RelayLeg, after_s: float) -> None:
        await self.clock.sleep(after_s)
        leg.keys -= 1
        self.settle_later(leg)

    # Recording

    async def _start_recording(self, leg: RelayLeg, command: media.StartRecording) -> media.Reply:
        call = leg.group.call
        if not call.relay.settings.recording_dir:
            leg.apart = True  # the media process records, so it must see every packet
            await self.take_home(leg)
            return await self.inside.send(command)
        try:
            return await self.recordings.start(
                leg, command, self.heard_port(leg), self.clock.now_ms()
            )
        except NgError as error:
            return media.Refused("relay-failed", str(error))

    async def _stop_recording(self, leg: RelayLeg, command: media.StopRecording) -> media.Reply:
        if leg.apart:
            leg.apart = False
            reply = await self.inside.send(command)
            await self.settle(leg)
            return reply
        if not self.recordings.has(leg):
            return media.Refused("not-recording", leg.name)
        try:
            await self.recordings.stop(leg, self.clock.now_ms())
        except NgError as error:
            self.trouble(leg.group, error)
        self.recordings.finish(leg)
        return media.Ok()

    async def _pause_recording(
        self, leg: RelayLeg, command: media.PauseRecording | media.ResumeRecording
    ) -> media.Reply:
        if leg.apart:
            return await self.inside.send(command)
        on = isinstance(command, media.ResumeRecording)
        try:
            return await self.recordings.pause(leg, self.clock.now_ms(), on=on)
        except NgError as error:
            return media.Refused("relay-failed", str(error))

    # What the media process tells

    def hear(self, event: media.Event) -> media.Event | None:
        """What rooms above shall hear of an event of the media process; None for nothing."""
        leg = self.legs.get(getattr(event, "leg", ""))
        if isinstance(event, media.LegClosed):
            return self._closed(event, leg)
        if leg is None:
            return event
        if isinstance(event, media.DigitPressed) and leg.party.through and event.method != "info":
            return None  # it began before the two were put through, and the relay tells it too
        if isinstance(event, media.PlayEnded) and leg.playing == event.play_id:
            leg.playing, leg.music = "", None
            self.settle_later(leg)
        elif isinstance(event, media.Collected) and leg.collecting == event.collect_id:
            leg.collecting = ""
            self.settle_later(leg)
        return event

    def _closed(self, event: media.LegClosed, leg: RelayLeg | None) -> media.Event | None:
        if event.leg in self._stillborn:
            self._stillborn.discard(event.leg)
            return None
        gone = self._left.pop(event.leg, None) or leg
        if gone is None:
            return event
        if leg is not None and event.reason == "shutdown":
            return None  # the party is at the relay: another media process takes the leg over
        if leg is not None:
            _ = self.in_turn([leg.group], partial(self._leave, leg))
        stats = msgspec.structs.replace(
            event.stats,
            packets_in=event.stats.packets_in + gone.passed_in,
            packets_out=event.stats.packets_out + gone.passed_out,
        )
        return msgspec.structs.replace(event, stats=stats)


_WORK: dict[type[object], Callable[..., Awaitable[media.Reply]]] = {
    media.SetRemote: RelayPlane._set_remote,
    media.DropLeg: RelayPlane._drop,
    media.Unbridge: RelayPlane._unbridge,
    media.Mute: RelayPlane._mute,
    media.Unmute: RelayPlane._mute,
    media.Play: RelayPlane._play,
    media.Collect: RelayPlane._collect,
    media.SendDigits: RelayPlane._send_digits,
    media.StartRecording: RelayPlane._start_recording,
    media.StopRecording: RelayPlane._stop_recording,
    media.PauseRecording: RelayPlane._pause_recording,
    media.ResumeRecording: RelayPlane._pause_recording,
}
