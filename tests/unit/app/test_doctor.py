"""Each check of the doctor bites, and says what to mend."""

import socket
from collections import namedtuple
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import msgspec
import pytest
from typing_extensions import override

from cordboard.app import doctor
from cordboard.app.certificates import make_certificate
from cordboard.app.config import Core, Guard, Http, Media, Rtpengine, Settings, Sip
from cordboard.app.doctor import Line, examine
from cordboard.kit.clock import SystemClock

pytestmark = pytest.mark.unit

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def taken() -> Iterator[int]:
    """A TCP port of the loopback that somebody has."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def settings_of(
    folder: Path, *, http: Http | None = None, media: Media | None = None, **sip: object
) -> Settings:
    """Settings of a healthy site in this folder, on ports that nobody has."""
    quiet = {"host": "127.0.0.1", "port": 0, "advertised_host": "192.0.2.9"} | sip
    return Settings(
        core=Core(data_dir=str(folder)),
        http=http or Http(host="127.0.0.1", port=0),
        sip=Sip(**quiet),  # type: ignore[arg-type]
        media=media or Media(),
    )


def said(settings: Settings, topic: str, *, running: bool = False) -> list[Line]:
    """What is found about one topic."""
    return [line for line in examine(settings, running=running) if line.topic == topic]


def test_a_healthy_machine_has_nothing_bad(tmp_path: Path) -> None:
    found = examine(settings_of(tmp_path))

    assert [line for line in found if line.state == "bad"] == []
    assert {line.topic for line in found} == {
        "ports", "codecs", "disk", "clock", "database", "address", "certificates", "guard",
    }  # fmt: skip


def test_whatever_is_bad_says_what_to_mend(tmp_path: Path, taken: int) -> None:
    sick = settings_of(
        tmp_path,
        http=Http(host="127.0.0.1", port=taken),
        media=Media(prompts_dir=str(tmp_path / "none")),
    )

    bad = [line for line in examine(sick) if line.state == "bad"]

    assert {line.topic for line in bad} == {"ports", "codecs"}
    assert all(line.mend for line in bad)


def test_a_taken_port_is_named_with_the_setting_that_moves_it(tmp_path: Path, taken: int) -> None:
    settings = settings_of(tmp_path, http=Http(host="127.0.0.1", port=taken))

    [bad] = [line for line in said(settings, "ports") if line.state == "bad"]

    assert f"http 127.0.0.1:{taken}" in bad.says
    assert "CORDBOARD_HTTP_PORT" in bad.mend


def test_a_port_of_the_running_server_is_taken_by_right(tmp_path: Path, taken: int) -> None:
    settings = settings_of(tmp_path, http=Http(host="127.0.0.1", port=taken))

    found = said(settings, "ports", running=True)

    assert [line for line in found if line.state == "bad"] == []
    assert any(line.says == f"http 127.0.0.1:{taken} is served" for line in found)


def test_too_few_media_ports_for_the_calls_are_a_warning(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, media=Media(first_port=20000, last_port=20040), max_calls=100)

    [warning] = [line for line in said(settings, "ports") if line.state == "warn"]

    assert "10 calls" in warning.says
    assert "media.first_port" in warning.mend


@pytest.mark.parametrize(
    ("free_bytes", "state"), [(100 << 20, "bad"), (2 << 30, "warn"), (50 << 30, "ok")]
)
def test_a_disk_that_fills_up_is_told_in_hours_of_calls(
    free_bytes: int, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda place: Usage(0, 0, free_bytes))

    [line] = said(settings_of(tmp_path), "disk")

    assert line.state == state
    assert "hours of recorded calls" in line.says


def test_a_data_directory_that_cannot_be_written_is_bad(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a directory")

    bad = said(settings_of(in_the_way / "data"), "disk")[-1]

    assert bad.state == "bad"
    assert "cannot write" in bad.says
    assert "chown" in bad.mend


@pytest.mark.parametrize(
    ("answer", "state"), [(0, "ok"), (5, "warn"), (-1, "warn")], ids=["in step", "free", "no word"]
)
def test_a_clock_that_nobody_sets_is_a_warning(
    answer: int, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Libc:
        def adjtimex(self, buffer: object) -> int:
            return answer

    monkeypatch.setattr("ctypes.CDLL", lambda name, use_errno: Libc())

    [line] = said(settings_of(tmp_path), "clock")

    assert line.state == state


def test_looking_for_the_database_makes_none(tmp_path: Path) -> None:
    [line] = said(settings_of(tmp_path), "database")

    assert line.state == "ok"
    assert "will be made" in line.says
    assert not (tmp_path / "cordboard.db").exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "URL"),
        ("postgresql://u:hidden@127.0.0.1:1/none", "127.0.0.1"),
        ("sqlite:////nonexistent/folder/x.db", "unable to open"),
    ],
    ids=["no address", "nobody there", "no folder"],
)
def test_a_database_that_does_not_answer_is_bad_and_its_password_stays_hidden(
    url: str, says: str, tmp_path: Path
) -> None:
    settings = Settings(core=Core(data_dir=str(tmp_path), database=url))

    [line] = said(settings, "database", running=True)

    assert line.state == "bad"
    assert says in line.says
    assert "hidden" not in line.says + line.mend
    assert "CORDBOARD_CORE_DATABASE" in line.mend


@pytest.mark.parametrize(
    ("host", "state", "says"),
    [
        ("127.0.0.1", "warn", "only this machine"),
        ("10.0.0.5", "ok", "behind NAT"),
        ("8.8.8.8", "ok", "are told 8.8.8.8"),
        ("pbx.example.org", "ok", "are told pbx.example.org"),
    ],
)
def test_the_address_that_phones_are_told_is_judged(
    host: str, state: str, says: str, tmp_path: Path
) -> None:
    [line] = said(settings_of(tmp_path, advertised_host=host), "address")

    assert line.state == state
    assert says in line.says


def test_passwords_in_clear_are_a_warning(tmp_path: Path) -> None:
    behind_a_proxy = Http(host="127.0.0.1", port=0, secure_cookies=True)

    assert said(settings_of(tmp_path), "certificates")[0].state == "warn"
    assert said(settings_of(tmp_path, http=behind_a_proxy), "certificates")[0].state == "ok"


def test_the_certificate_of_telephones_is_looked_at(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    line = said(settings, "certificates")[1]
    assert (line.state, "cordboard certificate" in line.mend) == ("warn", True)

    make_certificate(tmp_path / "tls", "192.0.2.9")
    line = said(settings, "certificates")[1]
    assert line.state == "ok"
    assert "days left" in line.says

    (tmp_path / "tls" / "key.pem").chmod(0o644)
    assert said(settings, "certificates")[-1].mend.startswith("chmod 600")
    (tmp_path / "tls" / "key.pem").write_text("nonsense")
    assert said(settings, "certificates")[1].state == "bad"


def test_a_certificate_that_ends_soon_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_certificate(tmp_path / "tls", "192.0.2.9")
    now_s = SystemClock().now_ms() / 1000
    for days, state in ((20, "warn"), (-1, "bad")):
        monkeypatch.setattr(doctor, "expires_at_s", lambda _, days=days: now_s + days * 86_400)
        assert said(settings_of(tmp_path), "certificates")[1].state == state


def test_missing_prompts_are_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_PROMPTS", tmp_path)

    found = said(settings_of(tmp_path), "codecs")

    assert [line.says for line in found] == ["no prompts in zh", "no prompts in en"]
    assert {line.state for line in found} == {"bad"}


@pytest.fixture
def health() -> Iterator[tuple[list[str], int]]:
    """Bodies that a server on this port answers with, one after another."""
    bodies: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies.pop(0).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield bodies, server.server_port
        server.shutdown()
        thread.join()


def test_a_running_server_is_asked_whether_it_takes_calls(
    tmp_path: Path, health: tuple[list[str], int]
) -> None:
    bodies, port = health
    bodies += ['{"status":"ok","calls":"taken"}', '{"status":"ok","calls":"late"}', "no"]
    settings = settings_of(tmp_path, http=Http(host="127.0.0.1", port=port))

    taken, late, strange = (said(settings, "load", running=True)[0] for _ in range(3))
    assert (taken.state, taken.mend) == ("ok", "")
    assert (late.state, late.says) == ("warn", "new calls are refused: late")
    assert late.mend
    assert strange.state == "warn"


def test_a_server_that_does_not_run_is_not_asked(tmp_path: Path) -> None:
    assert said(settings_of(tmp_path), "load") == []


def test_a_relay_that_is_not_there_is_bad(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    site = msgspec.structs.replace(
        settings_of(tmp_path), rtpengine=Rtpengine(instances=f"127.0.0.1:{port}")
    )
    dead, costly = said(site, "rtpengine")
    assert (dead.state, costly.state) == ("bad", "warn")


def test_a_relay_that_answers_and_shares_its_folder_is_well(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as relay:
        relay.bind(("127.0.0.1", 0))

        def answer() -> None:
            data, peer = relay.recvfrom(200)
            relay.sendto(data.split()[0] + b' {"result":"pong"}', peer)

        thread = Thread(target=answer)
        thread.start()
        site = msgspec.structs.replace(
            settings_of(tmp_path),
            rtpengine=Rtpengine(
                instances=f"127.0.0.1:{relay.getsockname()[1]}", recording_dir=str(tmp_path)
            ),
        )
        assert [line.state for line in said(site, "rtpengine")] == ["ok"]
        thread.join()


def test_a_capture_folder_that_is_closed_to_us_is_bad(tmp_path: Path) -> None:
    site = msgspec.structs.replace(
        settings_of(tmp_path),
        rtpengine=Rtpengine(instances="127.0.0.1:9", recording_dir=str(tmp_path / "none")),
    )
    assert [line.state for line in said(site, "rtpengine")] == ["bad", "bad"]


def test_a_guard_that_is_off_is_a_warning(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    off = msgspec.structs.replace(settings, guard=Guard(enabled=False))

    def states(settings: Settings) -> list[str]:
        return [line.state for line in examine(settings) if line.topic == "guard"]

    assert (states(settings), states(off)) == (["ok"], ["warn"])
