"""Talk through an rtpengine: what a recorded call-second costs when Python does not carry it."""

import os
import shutil
import time
from pathlib import Path

from typing_extensions import override

from bench import floors
from bench.figures import Mark, short
from bench.process import BenchError, Sample, Started, Usage, children, usage
from bench.recordings import check
from bench.server import Server
from bench.talk import not_heard, talk_of
from bench.watch import Bench, others, outcome, wait_for_quiet

MARKS = (
    "rtpengine_bridged_recorded_cpu_ms_per_call_s",
    "rtpengine_control_cpu_ms_per_call_s",
    "rtpengine_bridged_packets_lost",
    "rtpengine_recorded_frames_missing",
)
_HOST = "127.0.99.1"
_CONVERT_S = 60.0


class RelayedServer(Server):
    """Our server with one rtpengine before its media process.

    Args:
        folder: Empty; removed by whoever made it.
    """

    name = "cordboard serve with rtpengine"
    calls_at_once = 400

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.captures = folder / "captures"
        self._relay: Started | None = None
        self.environment |= {
            "CORDBOARD_RTPENGINE_INSTANCES": f"{_HOST}:22222",
            "CORDBOARD_RTPENGINE_RECORDING_DIR": str(self.captures),
            "CORDBOARD_RTPENGINE_DIGITS_PORT": "9295",
        }

    @override
    def start(self) -> None:
        self.captures.mkdir(parents=True)
        self._relay = Started(
            [
                "rtpengine", "--config-file=none", "--table=-1", "--foreground", "--log-stderr",
                "--log-level=4", f"--interface={_HOST}", f"--listen-ng={_HOST}:22222",
                "--port-min=30000", "--port-max=49999", "--num-threads=2", "--delete-delay=0",
                "--timeout=3700", "--silent-timeout=14400", f"--recording-dir={self.captures}",
                "--recording-method=pcap", "--dtmf-log-dest=127.0.0.1:9295",
            ],
            log=self.folder / "rtpengine.log",
        )  # fmt: skip
        super().start()

    @override
    def sample(self) -> Sample:
        found = super().sample()
        relay = self.relay_usage()
        media = Usage(found.media.cpu_s + relay.cpu_s, found.media.memory_kb + relay.memory_kb)
        return found._replace(media=media)

    def relay_usage(self) -> Usage:
        """What the rtpengine alone has used."""
        assert self._relay is not None
        return usage(self._relay.pid)

    def converter_s(self) -> float:
        """CPU of the process that makes recordings of captures."""
        found = [pid for pid in children(self.process.pid) if _is_converter(pid)]
        return sum(usage(pid).cpu_s for pid in found)

    def wait_for_recordings(self) -> None:
        """Wait until every capture has become a recording."""
        until_s = time.monotonic() + _CONVERT_S
        while any(self.captures.glob("pcaps/*")) and time.monotonic() < until_s:
            time.sleep(0.2)

    @override
    def stop(self) -> None:
        super().stop()
        if self._relay is not None:
            self._relay.end()


def measure(folder: Path, patience_s: float, *, quick: bool) -> list[Mark]:
    """All marks of this page.

    Args:
        folder: For the server's data; made.
        patience_s: How long to wait for a quiet machine.
        quick: Short windows.

    Raises:
        BenchError: If a server does not come up.
    """
    if shutil.which("rtpengine") is None:
        why = "not measured: no rtpengine here (apt-get install rtpengine-daemon)"
        return [Mark(mark, None, "", None, why) for mark in MARKS]
    folder.mkdir(parents=True, exist_ok=True)
    server = RelayedServer(folder)
    bench = Bench(server, folder / "load.log", quick=quick)
    try:
        server.start()
        bench.warm_up()
        server.wait_for_recordings()
        wait_for_quiet(patience_s)
        return _run(server, bench)
    finally:
        server.stop()


def _run(server: RelayedServer, bench: Bench) -> list[Mark]:
    count, files = server.calls_at_once, server.recordings() or set()
    relay, converter = server.relay_usage().cpu_s, server.converter_s()
    plan = server.plan._replace(drain_s=60)  # so many take as long to come and to go
    talk = talk_of(bench, plan, bench.seconds(20, 6))
    server.settle()
    server.wait_for_recordings()
    window, sound, after = talk.window, talk.sound, server.sample()
    made = sorted((server.recordings() or set()) - files)
    if not made:
        raise BenchError("no recording was made")
    recorded_s = sum(_seconds(path) for path in made)
    relay_ms = (server.relay_usage().cpu_s - relay) * 1000 / recorded_s
    converter_ms = (server.converter_s() - converter) * 1000 / recorded_s
    per_talk = 1000 / (count * window.seconds)
    control_ms, other_ms = window.control_s * per_talk, window.media_s * per_talk
    whole_ms = (after.cpu_s - talk.idle.cpu_s) * 1000 / recorded_s
    sent_share = sound["sent"] / (count * window.seconds * 100)
    totals = enumerate(sound["totals"])
    sent = {(key // 2, key % 2): total for key, total in totals if total}
    found = check(made, sent)
    return [
        Mark(
            MARKS[0], control_ms + other_ms + converter_ms, "CPU-ms per call-second",
            floors.packet_ms(),
            f"{count} calls for {window.seconds:.0f} s: control {control_ms:.3f}, rtpengine and "
            f"media process {other_ms:.2f}; and {converter_ms:.2f} to make the recordings. With "
            f"setup and end of calls that last {recorded_s / count:.0f} s: {whole_ms:.2f}, of that "
            f"rtpengine {relay_ms:.2f}; {sent_share:.0%} of the frames could be sent; "
            f"{outcome(talk.report)}; {others(window)}",
            "100 sends and receives of 172 bytes", 1.2,
        ),
        Mark(
            MARKS[1], control_ms, "CPU-ms per call-second", None, "in talk", target=0.05,
        ),
        Mark(
            MARKS[2], not_heard(sound), "packets", None,
            f"{sound['received']:,} marked packets heard of {sound['sent']:,} sent, p99 "
            f"{short(sound['p99_ms'])} ms late, to the wrong ear {sound['crossed']}, ears that "
            f"heard none {sound['silent']}, calls that talked {sound['streams'] // 2}",
            target=0,
        ),
        Mark(
            MARKS[3], float(found.missing + found.strays), "frames", None,
            f"{found.whole} of {found.files} recordings hold all that both parties sent: "
            f"{found.found:,} frames found, {found.missing:,} missing in {found.gaps} gaps, astray "
            f"{found.strays}, unreadable {found.unreadable}",
            target=0,
        ),
    ]  # fmt: skip


def _seconds(path: Path) -> float:
    """How long a stereo G.711 file sounds."""
    return os.path.getsize(path) / 16_000


def _is_converter(pid: int) -> bool:
    try:
        return b"cordboard.media.converter" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
