"""The one thread of the media process: epoll, the 20 ms tick, and nothing that waits.

Packets first, the tick on time; late ticks are counted, up to five are caught up, more are
skipped and told. Knows no RTP: legs register what to call. Cost per wake-up is the whole point.
"""

import os
import select
import signal
from collections.abc import Callable

from cordboard.kit.clock import Clock

from .commands import Source, StatsReport
from .control import ControlDoor
from .protocol import LegSnapshot
from .recording_files import RecordingFiles
from .sink import decibels
from .studio import Studio

TICK_S = 0.02
_CATCH_UP = 5
_READ = select.EPOLLIN
_BOTH = select.EPOLLIN | select.EPOLLOUT


class Engine:
    """Owns the epoll and the tick."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._epoll = select.epoll()
        self._readers: dict[int, Callable[[int], None]] = {}
        self._began_s = clock.now_s()
        self._next_tick_s = self._began_s + TICK_S
        self._ending = False
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.ticks = 0
        self.late_ticks = 0
        self.skipped_ticks = 0
        self.worst_late_s = 0.0

    # --- what others may ask -----------------------------------------------------------------

    def media_now(self) -> int:
        """Media ticks, 8 000 a second, of this process."""
        return int(self._clock.now_s() * 8000)

    def watch(self, fd: int, act: Callable[[int], None]) -> None:
        """Call `act(now)` whenever the descriptor is readable."""
        self._readers[fd] = act
        self._epoll.register(fd, _READ)

    def unwatch(self, fd: int) -> None:
        """Forget a descriptor that is still open."""
        del self._readers[fd]
        self._epoll.unregister(fd)

    def rewatch(self, fd: int, wants_write: bool) -> None:
        """Watch a connection, also for room to write if it wants that."""
        mask = _BOTH if wants_write else _READ
        try:
            self._epoll.modify(fd, mask)
        except FileNotFoundError:
            self._epoll.register(fd, mask)

    def wake(self) -> None:
        """Make the loop look around; callable from any thread."""
        os.eventfd_write(self._wake_fd, 1)

    def end(self) -> None:
        """Leave the loop after this round."""
        self._ending = True

    # --- the loop ----------------------------------------------------------------------------

    def run(self, studio: Studio, door: ControlDoor) -> None:
        """Serve until `end`."""
        self._epoll.register(door.listener.fileno(), _READ)
        self.watch(self._wake_fd, lambda _: self._woken(studio))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.end())
        self._next_tick_s = self._clock.now_s() + TICK_S
        readers, poll, now_s = self._readers, self._epoll.poll, self._clock.now_s
        while not self._ending:
            wait_s = self._next_tick_s - now_s()
            if wait_s <= 0:
                self._tick(studio, -wait_s)
                wait_s = 0
            ready = poll(wait_s)
            now = int(now_s() * 8000)
            for fd, mask in ready:
                act = readers.get(fd)
                if act is not None:
                    act(now)
                else:
                    self._serve_control(door, fd, mask)

    def _serve_control(self, door: ControlDoor, fd: int, mask: int) -> None:
        if fd == door.listener.fileno():
            door.accept()
            return
        if mask & select.EPOLLOUT:
            door.writable(fd)
        if mask & ~select.EPOLLOUT:
            door.readable(fd)

    def _woken(self, studio: Studio) -> None:
        os.eventfd_read(self._wake_fd)
        studio.recordings.take_news()

    def _tick(self, studio: Studio, late_s: float) -> None:
        behind = int(late_s / TICK_S)
        if behind > _CATCH_UP:
            self.ticks += behind
            self.skipped_ticks += behind
            self._next_tick_s += behind * TICK_S
            studio.skip()
        if late_s > self.worst_late_s:
            self.worst_late_s = late_s
        if late_s > TICK_S / 2:
            self.late_ticks += 1
        self.ticks += 1
        self._next_tick_s += TICK_S
        studio.tick(self.ticks, int(self._clock.now_s() * 8000))
        self._check_lonely(studio)

    def _check_lonely(self, studio: Studio) -> None:
        lonely_s = studio.config.lonely_s
        if self.ticks % 50 or studio.legs or studio.alone_since is None or not lonely_s:
            return
        if (self.media_now() - studio.alone_since) / 8000 > lonely_s:
            self.end()

    def report(self, studio: Studio, *, draining: bool) -> StatsReport:
        """The counters of the process."""
        times = os.times()
        legs = studio.legs.values()
        return StatsReport(
            legs=len(legs),
            recordings=len(studio.recordings),
            packets_in=studio.gone.packets_in + sum(leg.reception.packets for leg in legs),
            packets_out=studio.gone.packets_out + sum(leg.out.packets for leg in legs),
            ticks=self.ticks,
            late_ticks=self.late_ticks,
            skipped_ticks=self.skipped_ticks,
            worst_tick_late_ms=round(self.worst_late_s * 1000, 3),
            cpu_s=times.user + times.system,
            uptime_s=self._clock.now_s() - self._began_s,
            draining=draining,
        )

    def finish(self, studio: Studio, files: RecordingFiles) -> None:
        """Close all legs, let the file threads end their work, tell what they did."""
        for leg in list(studio.legs.values()):
            studio.close_leg(leg, "shutdown")
        files.finish(wait_s=10.0)
        studio.recordings.take_news()


def snapshot(studio: Studio) -> list[LegSnapshot]:
    """Describe all legs, in the order they were made."""
    return [
        LegSnapshot(
            leg=leg.name,
            tag=leg.order.tag,
            rtp_port=leg.pair.rtp_port,
            rtcp_port=leg.pair.rtp_port + 1,
            created_ms=leg.created_ms,
            recording_id=leg.recording.recording_id if leg.recording else None,
            recording_path=leg.recording.path if leg.recording else None,
            hears=[Source(voice.source.name, decibels(voice.gain)) for voice in leg.row],
            muted=leg.muted,
            play_id=leg.playing.play_id if leg.playing else None,
            collect_id=leg.collecting.collect_id if leg.collecting else None,
        )
        for leg in studio.legs.values()
    ]
