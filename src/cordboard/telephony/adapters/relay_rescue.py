"""What happens to calls when an rtpengine, the media process or this process dies.

* rtpengine gone: its calls are made anew at another instance and parties are offered the new place;
  where there is none, they end. Restarted with its calls (Redis): they are looked after and go on.
* media process gone: each party stays where it is and gets a new socket behind it; nobody outside
  notices; music goes on, a prompt is told as failed.
* this process gone: relays and media process talk on; legs are taken back from the memory file.
"""

from collections.abc import Callable
from functools import partial

import msgspec
import structlog

from cordboard import media
from cordboard.kit.clock import Clock
from cordboard.kit.tasks import Tasks
from cordboard.telephony.adapters.ng import NgAwayError, NgError
from cordboard.telephony.adapters.relay_call import RelayCall, RelayParty
from cordboard.telephony.adapters.relay_digits import KEYS, Press
from cordboard.telephony.adapters.relay_leg import RelayGroup, RelayLeg
from cordboard.telephony.adapters.relay_pool import Relay
from cordboard.telephony.adapters.rtpengine import RelayPlane

_LOOK_AGAIN_S = 1.0
_log = structlog.get_logger(__name__)


class RelayRescue:
    """Ears of the relay plane, and the way back after deaths.

    Args:
        plane: Whose legs these are.
        clock: Time.
    """

    def __init__(self, plane: RelayPlane, clock: Clock) -> None:
        self._plane = plane
        self._clock = clock
        self._tasks = Tasks("rescue")
        self._looking: set[int] = set()
        self._has_met_media = False
        self._replaying = 0
        self._own: list[media.Event] = []
        self.events: Callable[[media.Event], object] = lambda event: None
        "Hears what rooms above shall hear."

        self.arrived: Callable[[media.Welcome, media.Snapshot], object] = lambda *_: None
        "Told after each (re)connection to the media process which legs there are."

        self.moved: Callable[[str, str, int], object] = lambda *_: None
        "Told leg, host and port: the party must be offered another place."

        self.lost: Callable[[str], object] = lambda leg: None
        "Told a leg whose sound is gone for good."

        self.moves = 0
        "Legs that were given another place."

        plane.trouble = self._trouble
        plane.recordings.tell = self._tell
        plane.pool.on_down = self._down
        plane.pool.on_back = self._back

    async def close(self) -> None:
        """Leave."""
        await self._tasks.close()

    # What is told

    def on_media(self, event: media.Event) -> None:
        """Take an event of the media process."""
        if self._replaying:  # what an earlier life should have heard is passed on as it is
            self._replaying -= 1
            self.events(event)
            if not self._replaying:
                for own in self._own:
                    self.events(own)
            return
        heard = self._plane.hear(event)
        if heard is not None:
            self.events(heard)

    def on_key(self, press: Press) -> None:
        """Take a key that a relay heard; keys of parties at home the media process tells."""
        leg = self._plane.legs.get(press.source_tag)
        if leg is None or not leg.party.through or leg.group.call.call_id != press.callid:
            return
        self._tell(
            media.DigitPressed(
                leg.name, KEYS[press.event], "rfc4733", press.duration, self._clock.now_ms()
            )
        )

    def _tell(self, event: media.Event) -> None:
        if self._replaying:
            self._own.append(event)
        else:
            self.events(event)

    # The media process comes back, or we do

    def on_arrived(self, welcome: media.Welcome, snapshot: media.Snapshot) -> None:
        """The media process is (again) there."""
        plane = self._plane
        if not self._has_met_media:
            self._has_met_media = True
            self._replaying = welcome.replayed
            plane.recordings.adopt(set(plane.legs))
        here = {entry.leg: entry for entry in snapshot.legs}
        found: dict[str, media.LegSnapshot] = {}
        orphans: set[RelayGroup] = set()
        for leg in plane.legs.values():
            entry = here.pop(leg.name, None)
            if entry is not None:
                plane.set_row(leg, entry.hears)
                leg.is_muted = entry.muted
                leg.playing, leg.collecting = entry.play_id or "", entry.collect_id or ""
                leg.apart = leg.apart or entry.recording_id is not None
                found[leg.name] = entry
            elif leg.party.own[1]:
                orphans.add(leg.group)
        for group in orphans:
            _ = plane.in_turn([group], partial(self._revive, group))
        for name in here:  # it was opened when we died: nobody was told its place
            _ = plane.inside.send(media.DropLeg(name))
        legs = [
            self._entry(leg, found.get(leg.name))
            for leg in plane.legs.values()
            if leg.party.outer[1]
        ]
        self.arrived(welcome, media.Snapshot(snapshot.seq, legs))

    def _entry(self, leg: RelayLeg, inside: media.LegSnapshot | None) -> media.LegSnapshot:
        """The leg as signalling knows it: its place is the relay's."""
        host, port = leg.party.outer
        recording_id, recording_path = self._plane.recordings.of(leg)
        return media.LegSnapshot(
            leg=leg.name,
            tag=leg.order.tag,
            rtp_port=port,
            rtcp_port=port + 1,
            created_ms=0,
            recording_id=recording_id or (inside.recording_id if inside else None),
            recording_path=recording_path or (inside.recording_path if inside else None),
            hears=list(leg.row),
            muted=leg.is_muted,
            play_id=leg.playing or None,
            collect_id=leg.collecting or None,
            local_host=host,
        )

    async def _revive(self, group: RelayGroup) -> media.Reply:
        """Give every party of a group a new socket of a new media process behind it."""
        for leg in group.legs.values():
            reply = await self._plane.inside.send(leg.order)
            if not isinstance(reply, media.LegCreated):
                self.lost(leg.name)
                continue
            leg.party.own = (reply.local_host, reply.rtp_port)
            leg.party.life += 1
            self._end_sound(leg)
        linked = await self._link_anew(group)
        for leg in group.legs.values():
            if leg.music is not None:
                _ = self._plane.inside.send(leg.music)
        return linked

    def _end_sound(self, leg: RelayLeg) -> None:
        at_ms = self._clock.now_ms()
        playing = ""
        if leg.music is None:
            playing, leg.playing = leg.playing, ""
        collecting, leg.collecting = leg.collecting, ""
        if playing:
            self._tell(media.PlayEnded(leg.name, playing, "failed", 0, at_ms))
        if collecting:
            self._tell(media.Collected(leg.name, collecting, "", "no_input", "", at_ms))

    async def _link_anew(self, group: RelayGroup) -> media.Reply:
        """Take all parties home, and from there where they belong."""
        inside = self._plane.inside
        group.is_in_doubt = False
        for leg in group.legs.values():
            leg.party.through = ""
            if leg.party.remote is None:
                continue
            try:
                await group.call.move_home(leg.party)
            except NgError as error:
                self._trouble(group, error)
                return media.Refused("relay-failed", str(error))
            await inside.send(leg.inner_remote(is_quiet=False))
            self._plane.moved_ear(leg)
        near = {one: None for leg in group.legs.values() for one in self._plane.circle(leg)}
        for leg in near:
            if leg.row and not leg.playing:
                await inside.send(media.Route(leg.name, list(leg.row)))
            if leg.is_muted:
                await inside.send(media.Mute(leg.name))
        for leg in list(group.legs.values()):
            await self._plane.settle(leg)
        return media.Ok()

    def adopt(self) -> None:
        """Take back the legs of an earlier life, before the media process is met."""
        plane = self._plane
        groups: dict[str, RelayGroup] = {}
        for kept in plane.memory.legs():
            relay = plane.pool.relays.get(kept["relay"])
            if relay is None:
                continue  # taken out of the settings meanwhile: its legs are lost with it
            group = groups.get(kept["call"])
            if group is None:
                group = groups[kept["call"]] = RelayGroup(RelayCall(kept["call"], relay))
            group.call.is_recorded = kept["recorded"]
            party = msgspec.convert(kept["party"], RelayParty)
            leg = RelayLeg(msgspec.convert(kept["order"], media.CreateLeg), group, party)
            leg.wish = msgspec.convert(kept["wish"], media.SetRemote | None)
            group.call.parties[leg.name] = party
            group.legs[leg.name] = plane.legs[leg.name] = leg

    # A relay dies or comes back

    def _trouble(self, group: RelayGroup, error: NgError) -> None:
        """An order was not carried out: look what is left of the call, now or soon."""
        _log.warning("relay.trouble", call=group.call.call_id, error=str(error))
        group.is_in_doubt = True
        if id(group) not in self._looking:
            self._looking.add(id(group))
            wait_s = _LOOK_AGAIN_S if isinstance(error, NgAwayError) else 0.0
            self._tasks.start(self._look(group, wait_s), name="look")

    async def _look(self, group: RelayGroup, wait_s: float) -> None:
        await self._clock.sleep(wait_s)
        self._looking.discard(id(group))
        if group.is_in_doubt and group.legs:
            await self._plane.in_turn([group], partial(self._verify, group))

    def _groups_at(self, relay: Relay) -> list[RelayGroup]:
        groups = {leg.group: None for leg in self._plane.legs.values()}
        return [group for group in groups if group.call.relay is relay]

    def _back(self, relay: Relay) -> None:
        for group in self._groups_at(relay):
            _ = self._plane.in_turn([group], partial(self._verify, group))

    def _down(self, relay: Relay) -> None:
        for group in self._groups_at(relay):
            _ = self._plane.in_turn([group], partial(self._move, group, relay))

    async def _verify(self, group: RelayGroup) -> media.Reply:
        """See whether the relay still has a call; move it if not."""
        relay = group.call.relay
        if not group.legs:
            return media.Ok()
        try:
            known = await group.call.count()
        except NgAwayError as error:
            if not relay.is_up:
                return await self._move(group, relay)
            self._trouble(group, error)
            return media.Refused("relay-failed", str(error))
        except NgError:
            return await self._move(group, relay)
        if not known.keys() >= group.call.parties.keys():
            return await self._move(group, relay)
        return await self._link_anew(group) if group.is_in_doubt else media.Ok()

    async def _move(self, group: RelayGroup, relay: Relay) -> media.Reply:
        """Make a call anew at an instance that lives, and have its parties sent there."""
        if group.call.relay is not relay or not group.legs:
            return media.Ok()  # it has been moved, or is over
        plane, legs = self._plane, list(group.legs.values())
        chosen = relay if relay.is_up else plane.pool.choose()
        group.call.abandon()
        if chosen is None:
            for leg in legs:
                self.lost(leg.name)
            return media.Refused("no-relay")
        call = group.call = RelayCall(plane.new_id(), chosen)
        for leg in legs:
            leg.party.through = ""
            try:
                await call.open(leg.party)
                if leg.party.remote is not None:
                    await call.answer(leg.party, leg.party.remote)
                await plane.recordings.follow(leg, plane.heard_port(leg), self._clock.now_ms())
            except NgError:
                self.lost(leg.name)
                continue
            if leg.wish is not None:
                _ = plane.inside.send(leg.inner_remote(is_quiet=False))
            plane.memory.keep(leg)
            self.moves += 1
            self.moved(leg.name, *leg.party.outer)
        _log.warning("relay.moved", call=call.call_id, relay=chosen.name, legs=len(legs))
        group.is_in_doubt = False
        for leg in legs:
            await plane.settle(leg)
        return media.Ok()
