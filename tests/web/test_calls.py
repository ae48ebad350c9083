"""Call records through the web door: lists, one call, its facts, its sound; who sees what."""

import base64
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from cordboard.calls import RecordingFailed
from cordboard.directory import PERMISSIONS, Role, User
from cordboard.kit.bus import Bus
from cordboard.kit.clock import LoopClock, iso
from cordboard.kit.db import Database, engine_of, metadata
from cordboard.kit.errors import DomainError
from cordboard.kit.facts import Fact
from cordboard.kit.turns import MemoryJournal, Turn, Turns
from cordboard.media.codecs import decode, decode_table, encode
from cordboard.media.formats import write_sound
from cordboard.media.wav import header, read_format
from cordboard.records.access import RecordAccess
from cordboard.records.effects import RecordingFiles
from cordboard.records.handlers import subscribe
from cordboard.records.repository import RecordRepository
from cordboard.records.router import make_router
from cordboard.records.service import RecordingKeeper, Records, RecordSettings
from cordboard.records.tables import TABLES
from tests.unit.records.facts import T0_MS, Told, answered_call
from tests.unit.records.people import a_user

pytestmark = pytest.mark.web

LEADER = a_user(id="u9", name="lead", display_name="Lead", role=Role.SUPERVISOR)
LI_MIN = a_user(id="u1", name="li", display_name="李敏", role=Role.AGENT, agent_id="a1")
ZHAO = a_user(id="u2", name="zhao", display_name="赵倩", role=Role.AGENT, agent_id="a2")
NOBODY = a_user(id="u3", name="new", display_name="New", role=Role.AGENT)


class Names:
    def queue_name(self, queue_id: str) -> str | None:
        return {"support": "供水报修"}.get(queue_id)

    def agent_name(self, agent_id: str) -> str | None:
        return {"a1": "李敏", "a2": "赵倩"}.get(agent_id)

    def agent_number(self, agent_id: str) -> str | None:
        return {"a1": "8012"}.get(agent_id)


class Reader:
    def __init__(self) -> None:
        self.facts: list[tuple[int, Fact]] = []

    async def read_stream(self, stream: str) -> Sequence[tuple[int, Fact]]:
        return [(seq, fact) for seq, fact in self.facts if fact.stream == stream]


class Centre:
    """Records behind their web door; `user` is who asks."""

    def __init__(self, database: Database, root: Path) -> None:
        self.user = LEADER
        self.root = root
        self.now_ms = T0_MS + 3_600_000
        self.audited: list[tuple[str, str, str, dict[str, str]]] = []
        self.reader = Reader()
        self.bus = Bus()
        self.repository = RecordRepository(database)
        self.records = Records(self.repository, RecordSettings())
        self.journal = MemoryJournal()
        self.turns = Turns(LoopClock(), self.bus, self.journal)
        settings = RecordSettings(recording_retention_days=30)
        self.keeper = RecordingKeeper(
            self.records,
            self.repository,
            RecordingFiles(root, read_format, decode_table, write_sound),
            self.turns,
            settings,
        )
        subscribe(self.bus, self.records)
        app = FastAPI()
        app.add_exception_handler(DomainError, problem)
        app.include_router(
            make_router(
                RecordAccess(self.repository, self.records.live, self.reader),
                self.keeper,
                Names(),
                self.require,
                self.audit,
                lambda: self.now_ms,
            )
        )
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://centre"
        )

    def require(self, *roles: str) -> Any:
        async def current_user() -> User:
            if self.user.role not in roles:
                raise DomainError("no")
            return self.user

        return current_user

    async def audit(
        self, user: User, action: str, recording_id: str, details: Mapping[str, str]
    ) -> None:
        self.audited.append((user.name, action, recording_id, dict(details)))

    async def tell(self, *calls: Told) -> None:
        """Facts in turns by their moment, stored before the next."""
        turns: dict[int, list[Fact]] = {}
        for told in calls:
            for fact in told.facts:
                turns.setdefault(fact.at_ms, []).append(fact)
        for at_ms in sorted(turns):
            turn = Turn(at_ms, self.bus)
            for fact in turns[at_ms]:
                turn.tell(fact)
            turn.settle()
            first = len(self.reader.facts) + 1
            self.reader.facts += enumerate(turn.facts, first)
            await self.repository.store(turn.writes)  # type: ignore[arg-type]
            for effect in turn.effects:
                effect()

    async def get(self, path: str, **query: Any) -> httpx2.Response:
        return await self.client.get(path, **query)

    async def json(self, path: str, status: int = 200) -> Any:
        answer = await self.get(path)
        assert answer.status_code == status, answer.text
        return answer.json()

    def write_pcm(self, name: str, samples: Sequence[int]) -> bytes:
        """A mono 16-bit PCM file."""
        sound = struct.pack(f"<{len(samples)}h", *samples)
        data = struct.pack(
            "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(sound), b"WAVE", b"fmt ", 16, 1, 1, 8000,
            16_000, 2, 16, b"data", len(sound),
        )  # fmt: skip
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / f"{name}.wav").write_bytes(data + sound)
        return data + sound

    def write_sound(self, name: str, *, part: bool = False, seconds: float = 2.0) -> bytes:
        """A stereo A-law file: a loud customer, then a loud other side."""
        frames = int(8000 * seconds)
        said = np.zeros(frames, np.int16)
        heard = np.zeros(frames, np.int16)
        said[: frames // 2] = 20_000
        heard[frames // 2 :] = -10_000
        sound = encode(np.column_stack([said, heard]).reshape(-1), "PCMA")
        data = header("PCMA", 2, frames) + sound
        path = self.root / (f"{name}.part.wav" if part else f"{name}.wav")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return data


async def problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DomainError)
    body = {"code": error.code, "detail": error.detail, **error.details}
    return JSONResponse(body, error.status, media_type="application/problem+json")


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    url = f"sqlite:///{tmp_path}/records.db"
    engine = engine_of(url)
    metadata.create_all(engine, tables=list(TABLES))
    engine.dispose()
    database = Database(url)
    centre = Centre(database, tmp_path / "recordings")
    yield centre
    await centre.client.aclose()
    await database.close()


def ringing(call_id: str = "c2", agent: str = "a2") -> Told:
    told = Told(call_id, start_ms=T0_MS + 60_000, caller="13900001111").arrive()
    return told.flow(0, until=1).enter(1).offer(2, agent)


class TestList:
    async def test_closed_and_live_calls_stand_in_one_list(self, centre: Centre) -> None:
        await centre.tell(answered_call(), ringing())
        said = await centre.json("/api/calls")

        assert [one["id"] for one in said["items"]] == ["c2", "c1"]
        assert (said["total"], said["next_cursor"]) == (2, None)
        assert said["totals"] == {"talk_ms": 17_000, "wait_ms": 8_000}
        live, closed = said["items"]
        assert (live["phase"], live["result"], live["ended_at"]) == ("ring", None, None)
        assert live["duration_ms"] == 3_540_000
        assert (closed["phase"], closed["result"]) == ("ended", "answered")
        assert (closed["queue_name"], closed["agent_name"]) == ("供水报修", "李敏")
        assert closed["arrived_at"] == iso(T0_MS)
        assert (closed["duration_ms"], closed["has_recording"]) == (40_000, True)

    async def test_pages_hold_each_call_once_while_new_ones_come(self, centre: Centre) -> None:
        await centre.tell(*(Told(f"c{n}", start_ms=T0_MS + n).arrive().end(1) for n in range(7)))
        seen = []
        path = "/api/calls?limit=3"
        while path:
            said = await centre.json(path)
            seen += [one["id"] for one in said["items"]]
            await centre.tell(Told(f"d{len(seen)}", start_ms=T0_MS + 99_000).arrive().end(1))
            cursor = said["next_cursor"]
            path = f"/api/calls?limit=3&cursor={cursor}" if cursor else ""

        assert seen == [f"c{n}" for n in reversed(range(7))]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("number=0000111", ["c2"]),
            ("result=answered", ["c1"]),
            ("direction=inbound&queue_id=support", ["c2", "c1"]),
            ("agent_id=a1", ["c1"]),
            (f"from={iso(T0_MS + 1)}", ["c2"]),
            (f"to={iso(T0_MS + 1)}", ["c1"]),
            ("from=2030-01-01T00:00:00%2B08:00", []),
        ],
    )
    async def test_filters_find_live_and_closed_calls(
        self, centre: Centre, query: str, found: list[str]
    ) -> None:
        await centre.tell(answered_call(), ringing())
        said = await centre.json(f"/api/calls?{query}")

        assert [one["id"] for one in said["items"]] == found
        assert said["total"] == len(found)

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("colour=red", "colour"),
            ("from=yesterday", "from"),
            ("to=2026-11-22T09:00:00", "to"),
            ("from=99999-01-01T00:00:00Z", "from"),
            ("number=1;DROP", "number"),
            ("direction=sideways", "direction"),
            ("result=great", "result"),
            ("limit=0", "limit"),
            ("limit=9999999999999", "limit"),
            ("limit=ten", "limit"),
            ("cursor=%21%21", "cursor"),
            ("cursor=" + base64.urlsafe_b64encode(b"no").decode(), "cursor"),
            ("cursor=" + base64.urlsafe_b64encode(b"x/c1").decode(), "cursor"),
        ],
    )
    async def test_bad_filter_is_named(self, centre: Centre, query: str, field: str) -> None:
        said = await centre.json(f"/api/calls?{query}", 422)

        assert (said["code"], said["field"]) == ("bad-filter", field)

    async def test_agent_sees_own_calls_only(self, centre: Centre) -> None:
        await centre.tell(answered_call(), answered_call("c5", agent="a2"))
        centre.user = LI_MIN

        assert [one["id"] for one in (await centre.json("/api/calls"))["items"]] == ["c1"]
        assert (await centre.json("/api/calls?agent_id=a2"))["total"] == 0
        centre.user = NOBODY
        assert (await centre.json("/api/calls"))["total"] == 0


class TestOneCall:
    async def test_closed_call_tells_everything(self, centre: Centre) -> None:
        told = answered_call()
        told.facts.insert(9, told.data(1, "meter", "3308").facts.pop())
        told.facts.insert(9, told.data(1, "language", "en").facts.pop())
        await centre.tell(told)
        said = await centre.json("/api/calls/c1")

        assert (said["language"], said["call_data"]) == ("en", {"meter": "3308"})
        assert [
            (one["timeline"], one["kind"], one["party_name"]) for one in said["segments"]
        ] == [
            ("customer", "flow", None), ("customer", "queue", None), ("customer", "ring", None),
            ("agent", "ring", "李敏"), ("customer", "talk", None), ("agent", "talk", "李敏"),
            ("customer", "hold", None), ("agent", "hold", "李敏"), ("customer", "talk", None),
            ("agent", "talk", "李敏"), ("agent", "wrap_up", "李敏"),
        ]  # fmt: skip
        assert [one["digit"] for one in said["keys"]] == ["1", "2"]
        assert said["path"][0]["exit"] == "1"
        assert said["visits"][0]["outcome"] == "answered"
        assert said["offers"][0]["agent_number"] == "8012"
        assert said["offers"][0]["reason"] == {
            "rule": "longest_idle", "need": {}, "candidates": [], "passed_over": [], "qualified": 0,
            "idle": 0,
        }  # fmt: skip
        assert said["recordings"][0]["state"] == "closed"
        assert said["legs"][0]["mos"] == 4.3
        assert said["caller_number"] == "13871562043"

    async def test_live_call_shows_its_open_segment_and_grows(self, centre: Centre) -> None:
        told = ringing()
        await centre.tell(told.connect(5, "a2"))
        centre.now_ms = T0_MS + 60_000 + 15_000
        said = await centre.json("/api/calls/c2")

        assert (said["phase"], said["talk_ms"]) == ("talk", 10_000)
        assert said["segments"][-1]["ended_at"] is None

    async def test_unknown_call_is_not_found(self, centre: Centre) -> None:
        assert (await centre.json("/api/calls/c9", 404))["code"] == "no-such-record"

    async def test_call_of_another_agent_is_not_found(self, centre: Centre) -> None:
        await centre.tell(answered_call())
        centre.user = ZHAO

        assert (await centre.json("/api/calls/c1", 404))["code"] == "no-such-record"

    async def test_agent_whom_it_rings_may_look(self, centre: Centre) -> None:
        await centre.tell(ringing())
        centre.user = ZHAO

        assert (await centre.json("/api/calls/c2"))["caller_number"] == "13900001111"

    async def test_facts_are_numbered_in_order(self, centre: Centre) -> None:
        await centre.tell(answered_call())
        items = (await centre.json("/api/calls/c1/facts"))["items"]

        assert [one["id"] for one in items] == sorted(one["id"] for one in items)
        assert (items[0]["kind"], items[0]["at"]) == ("CallArrived", iso(T0_MS))
        assert items[0]["data"]["caller_number"] == "13871562043"
        assert "at_ms" not in items[0]["data"]

    async def test_facts_are_not_for_agents(self, centre: Centre) -> None:
        await centre.tell(answered_call())
        centre.user = LI_MIN

        assert (await centre.get("/api/calls/c1/facts")).status_code == 400

    async def test_numbers_are_masked_for_whom_the_role_hides_them(
        self, centre: Centre, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = Told("c3", start_ms=T0_MS + 5).arrive(
            direction="outbound", called_number="13900001111"
        )
        await centre.tell(answered_call(), told)
        nobody: frozenset[Role] = frozenset()
        monkeypatch.setattr(
            "cordboard.directory.model.PERMISSIONS",
            {**PERMISSIONS, "calls.see_numbers": nobody},
        )
        outbound, inbound = (await centre.json("/api/calls"))["items"]
        detail = await centre.json("/api/calls/c1")
        centre.user = LI_MIN
        own = await centre.json("/api/calls/c1")

        assert (inbound["caller_number"], inbound["called_number"]) == ("138****2043", "96510")
        assert outbound["called_number"] == "139****1111"
        assert detail["legs"][0]["number"] == "138****2043"
        assert own["caller_number"] == "13871562043"


class TestCallers:
    async def test_history_is_open_while_working_on_a_call_of_the_number(
        self, centre: Centre
    ) -> None:
        earlier = Told("c0", caller="13900001111").arrive().end(5)
        await centre.tell(earlier, ringing())
        centre.user = ZHAO
        working = await centre.json("/api/callers/13900001111/calls")
        centre.user = LI_MIN
        stranger = await centre.json("/api/callers/13900001111/calls")

        assert [one["id"] for one in working["items"]] == ["c2", "c0"]
        assert stranger["items"] == []

    async def test_only_numbers_are_numbers(self, centre: Centre) -> None:
        assert (await centre.json("/api/callers/x%2527/calls", 422))["field"] == "number"


class TestSound:
    async def heard(self, centre: Centre) -> bytes:
        await centre.tell(answered_call())
        return centre.write_sound("2026/11/c1")

    async def test_browser_gets_sixteen_bit_pcm(self, centre: Centre) -> None:
        stored = await self.heard(centre)
        answer = await centre.get("/api/recordings/c1-r0/audio")
        body = answer.content

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "audio/wav"
        assert int(answer.headers["content-length"]) == len(body) == 44 + 4 * 16_000
        assert struct.unpack("<HHIIHH", body[20:36]) == (1, 2, 8000, 32_000, 4, 16)
        assert body[:4] == b"RIFF"
        assert struct.unpack("<I", body[40:44])[0] == len(body) - 44
        pcm = np.frombuffer(body[44:], "<i2")
        assert np.array_equal(pcm, decode(stored[58:], "PCMA"))

    async def test_every_range_is_that_part_of_the_whole(self, centre: Centre) -> None:
        await self.heard(centre)
        whole = (await centre.get("/api/recordings/c1-r0/audio")).content
        for asked, part in (
            ("bytes=0-", whole),
            ("bytes=0-0", whole[:1]),
            ("bytes=40-50", whole[40:51]),
            ("bytes=43-44", whole[43:45]),
            ("bytes=45-45", whole[45:46]),
            ("bytes=1001-40003", whole[1001:40004]),
            ("bytes=-10", whole[-10:]),
            ("bytes=64000-99999999", whole[64000:]),
        ):
            answer = await centre.get("/api/recordings/c1-r0/audio", headers={"Range": asked})
            start = len(whole) - len(part) if asked == "bytes=-10" else int(asked[6:].split("-")[0])

            assert answer.status_code == 206
            assert answer.content == part
            assert answer.headers["content-range"] == (
                f"bytes {start}-{start + len(part) - 1}/{len(whole)}"
            )

    @pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0", "bytes=9-3"])
    async def test_range_behind_the_end_is_refused(self, centre: Centre, asked: str) -> None:
        await self.heard(centre)
        answer = await centre.get("/api/recordings/c1-r0/audio", headers={"Range": asked})

        assert answer.status_code == 416
        assert answer.headers["content-range"] == "bytes */64044"

    @pytest.mark.parametrize("asked", ["bytes=-", "lines=1-2", "bytes=0-1,4-5", "nonsense"])
    async def test_range_that_we_do_not_serve_brings_the_whole(
        self, centre: Centre, asked: str
    ) -> None:
        await self.heard(centre)
        answer = await centre.get("/api/recordings/c1-r0/audio", headers={"Range": asked})

        assert answer.status_code == 200

    async def test_original_is_the_file_itself(self, centre: Centre) -> None:
        stored = await self.heard(centre)
        answer = await centre.get("/api/recordings/c1-r0/audio?original=1")

        assert answer.content == stored

    async def test_a_whole_recording_comes_in_another_format(self, centre: Centre) -> None:
        stored = await self.heard(centre)
        answer = await centre.get("/api/recordings/c1-r0/file?format=alaw")

        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == 'attachment; filename="c1-r0.alaw"'
        assert len(answer.content) == len(stored[58:]) // 2
        answer = await centre.get("/api/recordings/c1-r0/file")
        assert answer.headers["content-type"] == "audio/mpeg"
        assert centre.audited == [("lead", "recording.download", "c1-r0", {"call_id": "c1"})]
        assert (await centre.get("/api/recordings/c1-r0/file?format=doc")).status_code == 422

    async def test_an_agent_downloads_no_format(self, centre: Centre) -> None:
        await self.heard(centre)
        centre.user = LI_MIN
        assert (await centre.get("/api/recordings/c1-r0/file")).status_code == 403

    async def test_recording_that_still_grows_can_be_heard(self, centre: Centre) -> None:
        await centre.tell(ringing())
        centre.write_sound("2026/11/c2", part=True, seconds=1)
        answer = await centre.get("/api/recordings/c2-r0/audio")

        assert len(answer.content) == 44 + 4 * 8000
        assert answer.headers["cache-control"] == "no-store"

    async def test_listening_is_audited_once_and_a_download_apart(self, centre: Centre) -> None:
        await self.heard(centre)
        for _ in range(3):
            await centre.get("/api/recordings/c1-r0/audio", headers={"Range": "bytes=100-200"})
        answer = await centre.get("/api/recordings/c1-r0/audio?download=1")
        centre.now_ms += 700_000
        await centre.get("/api/recordings/c1-r0/audio")

        assert centre.audited == [
            ("lead", "recording.listen", "c1-r0", {"call_id": "c1"}),
            ("lead", "recording.download", "c1-r0", {"call_id": "c1"}),
            ("lead", "recording.listen", "c1-r0", {"call_id": "c1"}),
        ]
        assert answer.headers["content-disposition"] == 'attachment; filename="c1-r0.wav"'

    async def test_agent_hears_own_calls_and_downloads_none(self, centre: Centre) -> None:
        await self.heard(centre)
        centre.user = LI_MIN
        assert (await centre.get("/api/recordings/c1-r0/audio")).status_code == 200
        said = await centre.json("/api/recordings/c1-r0/audio?download=1", 403)
        assert said["code"] == "download-forbidden"
        centre.user = ZHAO
        said = await centre.json("/api/recordings/c1-r0/audio", 404)
        assert said["code"] == "no-such-recording"
        assert len(centre.audited) == 1

    async def test_waveform_shows_who_spoke_when(self, centre: Centre) -> None:
        await self.heard(centre)
        said = await centre.json("/api/recordings/c1-r0/waveform?points=4")

        assert said["duration_ms"] == 2_000
        assert said["said"][0] == said["said"][1] > 0.5 > 0.01 > said["said"][2]
        assert said["heard"][3] > 0.2 > 0.01 > said["heard"][0]
        assert len((await centre.json("/api/recordings/c1-r0/waveform"))["said"]) == 800
        assert (await centre.json("/api/recordings/c1-r0/waveform?points=0", 422))["field"] == (
            "points"
        )

    async def test_empty_recording_has_a_flat_waveform(self, centre: Centre) -> None:
        await centre.tell(answered_call())
        centre.write_sound("2026/11/c1", seconds=0)
        said = await centre.json("/api/recordings/c1-r0/waveform?points=2")

        assert said == {"duration_ms": 0, "said": [0.0, 0.0], "heard": [0.0, 0.0]}

    async def test_file_that_is_pcm_already_is_sent_and_drawn_as_it_is(
        self, centre: Centre
    ) -> None:
        await centre.tell(closed_at("pcm"))
        stored = centre.write_pcm("pcm", [0, 32767, -32768, 16384])
        answer = await centre.get("/api/recordings/c1-r0/audio", headers={"Range": "bytes=0-43"})
        body = (await centre.get("/api/recordings/c1-r0/audio")).content
        said = await centre.json("/api/recordings/c1-r0/waveform?points=2")

        assert len(answer.content) == 44
        assert body[44:] == stored[44:]
        assert said["said"] == said["heard"] == [1.0, 1.0]

    async def test_waveforms_kept_are_bounded(self, centre: Centre) -> None:
        await self.heard(centre)
        for points in range(1, 70):
            await centre.json(f"/api/recordings/c1-r0/waveform?points={points}")

        assert len(centre.keeper.files._waveforms) == 64


class TestMissingSound:
    async def test_missing_file_says_since_when(self, centre: Centre) -> None:
        await centre.tell(answered_call())
        said = await centre.json("/api/recordings/c1-r0/audio", 410)
        await centre.repository.store(centre.journal.writes)  # type: ignore[arg-type]
        again = await centre.json("/api/recordings/c1-r0/audio", 410)

        assert said["code"] == "recording-missing"
        assert said["since"] == again["since"]
        assert [type(fact).__name__ for _, fact in centre.journal.facts] == ["RecordingMissed"]
        assert centre.audited == []

    async def test_recording_that_failed_says_why(self, centre: Centre) -> None:
        await centre.tell(Told().arrive().flow(0))
        await centre.tell(failed(3))
        said = await centre.json("/api/recordings/c1-r0/audio", 410)

        assert "disk full" in said["detail"]
        assert said["since"] == iso(T0_MS + 3_000)

    async def test_file_that_is_no_recording_is_unreadable(self, centre: Centre) -> None:
        await centre.tell(answered_call())
        (centre.root / "2026/11").mkdir(parents=True)
        (centre.root / "2026/11/c1.wav").write_bytes(b"hello")
        said = await centre.json("/api/recordings/c1-r0/audio", 500)

        assert said["code"] == "recording-unreadable"

    @pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "2026/../../secret", "link"])
    async def test_nothing_outside_the_directory_is_opened(self, centre: Centre, path: str) -> None:
        centre.root.mkdir(parents=True)
        centre.write_sound("../secret")
        (centre.root / "link.wav").symlink_to(centre.root.parent / "secret.wav")
        await centre.tell(closed_at(path))

        assert (await centre.json("/api/recordings/c1-r0/audio", 410))["code"] == (
            "recording-missing"
        )


class TestKeeping:
    async def test_old_recordings_are_deleted_and_their_calls_say_so(self, centre: Centre) -> None:
        await centre.tell(answered_call())
        centre.write_sound("2026/11/c1")
        day_ms = 86_400_000

        assert await centre.keeper.expire_recordings(T0_MS + 29 * day_ms) == 0
        assert await centre.keeper.expire_recordings(T0_MS + 31 * day_ms) == 1
        await centre.repository.store(centre.journal.writes)  # type: ignore[arg-type]
        assert not (centre.root / "2026/11/c1.wav").exists()
        assert await centre.keeper.expire_recordings(T0_MS + 31 * day_ms) == 0
        said = await centre.json("/api/recordings/c1-r0/audio", 410)
        assert "retention" in said["detail"]
        assert (await centre.json("/api/calls/c1"))["recordings"][0]["removed_at"] is not None

    async def test_check_names_answered_calls_without_sound(self, centre: Centre) -> None:
        silent = Told("c7").arrive().flow(0)
        silent.facts = [one for one in silent.facts if type(one).__name__ != "RecordingStarted"]
        await centre.tell(silent.end(5), answered_call("c1"), answered_call("c8", agent="a2"))
        centre.write_sound("2026/11/c1")
        await centre.keeper.check_recordings(T0_MS + 60_000)
        await centre.repository.store(centre.journal.writes)  # type: ignore[arg-type]
        found = await centre.keeper.check_recordings(T0_MS + 60_000)

        assert {(one.call_id, one.why) for one in found} == {
            ("c7", "no-recording"), ("c8", "file-missing"),
        }  # fmt: skip
        assert centre.keeper.unrecorded == found


def failed(at: float) -> Told:
    return Told().call(RecordingFailed, at, recording_id="c1-r0", leg_id="c1-l0",
                       path="2026/11/c1", reason="disk full")  # fmt: skip


def closed_at(path: str) -> Told:
    told = answered_call()
    told.facts = [
        type(fact)(**{**{n: getattr(fact, n) for n in fact.__struct_fields__}, "path": path})
        if hasattr(fact, "path")
        else fact
        for fact in told.facts
    ]
    return told
