"""Our own server under measurement: started on a fresh data directory, watched, ended."""

import sqlite3
import sys
import time
import urllib.request
from pathlib import Path

from bench import site
from bench.plan import Plan
from bench.process import BenchError, Sample, Started, Usage, children, udp_drops, usage

SIP_PORT, HTTP_PORT, AGENT_PORT = 9160, 9180, 9290
MEDIA_PORTS = range(10_000, 31_999)
AGENTS, SCARCE = 400, 20
_READY_S = 30.0


class Server:
    """`cordboard serve` in a folder.

    Args:
        folder: Empty; removed by whoever made it.
        database: Another database than SQLite in the folder.
    """

    def __init__(self, folder: Path, database: str = "") -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.environment = {
            "CORDBOARD_CORE_DATA_DIR": str(self.data_dir),
            "CORDBOARD_CORE_DATABASE": database,
            "CORDBOARD_CORE_LOG_FORMAT": "json",
            "CORDBOARD_CORE_LOG_LEVEL": "warning",
            "CORDBOARD_HTTP_HOST": "127.0.0.1",
            "CORDBOARD_HTTP_PORT": str(HTTP_PORT),
            "CORDBOARD_SIP_HOST": "127.0.0.1",
            "CORDBOARD_SIP_PORT": str(SIP_PORT),
            "CORDBOARD_MEDIA_BIND_HOST": "127.0.0.1",
            "CORDBOARD_MEDIA_FIRST_PORT": str(MEDIA_PORTS.start),
            "CORDBOARD_MEDIA_LAST_PORT": str(MEDIA_PORTS.stop),
        }
        self.plan = Plan(
            f"127.0.0.1:{SIP_PORT}", site.QUEUE_NUMBER, rate=10, calls=10, agent_port=AGENT_PORT
        )
        "What runs are variations of."

        self._process: Started | None = None

    name = "cordboard serve"
    has_cpu = True
    is_ours = True
    scarce_number = site.SCARCE_NUMBER
    calls_at_once = 200

    def flow_plan(self) -> Plan:
        """Calls through prompt, key and queue."""
        return self.plan._replace(number=site.FLOW_NUMBER, keys="1", key_after_ms=1500)

    @property
    def process(self) -> Started:
        """The control process.

        Raises:
            BenchError: If it is not there any more.
        """
        if self._process is None or not self._process.is_alive:
            said = self._process.tail() if self._process else ""
            raise BenchError(f"the server is gone:\n{said}")
        return self._process

    def start(self) -> None:
        """Install the site, start, wait until it is ready.

        Raises:
            BenchError: If it does not come up; with the end of its log.
        """
        contact = f"127.0.0.1:{AGENT_PORT}"
        site.install(self.environment, self.folder, AGENTS, SCARCE, contact)
        program = Path(sys.executable).with_name("cordboard")
        self._process = Started(
            [str(program), "serve"], environment=self.environment, log=self.folder / "server.log"
        )
        until_s = time.monotonic() + _READY_S
        while not self._is_ready():
            if time.monotonic() > until_s:
                raise BenchError(f"the server does not come up:\n{self.process.tail()}")
            _ = self.process
            time.sleep(0.2)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{HTTP_PORT}/readyz", timeout=2) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False

    def sample(self) -> Sample:
        """CPU and memory now, control and all else apart."""
        control = self.process.pid
        others = [usage(pid) for pid in children(control)]
        media = Usage(sum(u.cpu_s for u in others), sum(u.memory_kb for u in others))
        return Sample(time.monotonic(), usage(control), media)

    def drops(self) -> int | None:
        """Datagrams that the kernel dropped at the SIP port and at media ports in use."""
        return udp_drops((SIP_PORT,)) + udp_drops(MEDIA_PORTS)

    def kept(self) -> tuple[int, int] | None:
        """Closed call records, and recording files."""
        return self.count_records()[0], self.count_recordings()

    def count_records(self) -> tuple[int, int, int]:
        """Closed call records, open ones, records with sound; from the database itself."""
        query = "SELECT sum(not is_open), sum(is_open), sum(has_recording) FROM call_records"
        with sqlite3.connect(f"file:{self.data_dir / 'cordboard.db'}?mode=ro", uri=True) as reader:
            closed, still_open, recorded = reader.execute(query).fetchone()
        return closed or 0, still_open or 0, recorded or 0

    def count_recordings(self) -> int:
        """Recording files."""
        return len(self.recordings() or ())

    def recordings(self) -> set[Path] | None:
        """Recording files that are finished."""
        files = (self.data_dir / "recordings").rglob("*.wav")
        return {file for file in files if not file.name.endswith(".part.wav")}

    def settle(self, limit_s: float = 10.0) -> None:
        """Wait until no call record and no recording is open; if some stay, the runs tell."""
        until_s = time.monotonic() + limit_s
        while self._is_at_work() and time.monotonic() < until_s:
            time.sleep(0.3)

    def _is_at_work(self) -> bool:
        parts = (self.data_dir / "recordings").rglob("*.part.wav")
        return bool(self.count_records()[1]) or next(parts, None) is not None

    def stop(self) -> None:
        """End it and what it started."""
        if self._process is not None:
            self._process.end(polite_s=15)
            self._process = None
