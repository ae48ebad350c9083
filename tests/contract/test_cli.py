"""The verbs of the command line on a real data directory: what they print, and their exit codes."""

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cordboard import __version__
from cordboard.app import cli, lock
from cordboard.app.site import BadSiteError
from tests.support.whole_house import DEMO

pytestmark = pytest.mark.contract

Verb = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory, in effect, with ports that nobody has."""
    for name, value in {
        "CORE_DATA_DIR": str(tmp_path / "var"), "CORE_LOG_LEVEL": "error",
        "SIP_HOST": "127.0.0.1", "SIP_PORT": "0", "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"CORDBOARD_{name}", value)
    return tmp_path / "var"


@pytest.fixture
def verb(data: Path) -> Verb:
    """Run `cordboard ...`; errors are raised as `main` gets them."""
    runner = CliRunner()

    def run(*words: str) -> Result:
        return runner.invoke(cli.app, list(words))

    return run


def rows(data: Path, table: str) -> int:
    """How many rows a table has."""
    with sqlite3.connect(data / "cordboard.db") as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_version_is_one_line(verb: Verb) -> None:
    assert verb("version").output == f"{__version__}\n"


def test_a_word_that_is_no_verb_is_bad_usage(verb: Verb) -> None:
    assert verb("answer").exit_code == 2


def test_migrate_makes_the_database_and_a_second_time_changes_nothing(
    verb: Verb, data: Path
) -> None:
    first, second = verb("migrate"), verb("migrate")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert second.output.endswith("database: up to date\n")
    assert rows(data, "facts") == 0


def test_load_installs_a_site_and_the_same_again_changes_no_user(verb: Verb, data: Path) -> None:
    first = verb("load", str(DEMO))
    with sqlite3.connect(data / "cordboard.db") as connection:
        hashes = connection.execute("SELECT * FROM users ORDER BY id").fetchall()
    second = verb("load", str(DEMO))

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "6 users, 4 phones, 1 trunks, 2 queues, 1 flows" in first.output
    assert "0 users" in second.output
    with sqlite3.connect(data / "cordboard.db") as connection:
        assert connection.execute("SELECT * FROM users ORDER BY id").fetchall() == hashes
    assert b"phone-8001" not in (data / "cordboard.db").read_bytes()
    assert b"cordboard-demo" not in (data / "cordboard.db").read_bytes()


def test_a_bad_site_is_refused_and_makes_nothing(verb: Verb, data: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"format": 1, "name": "x", "flows": ["none.json"]}')

    done = verb("load", str(bad))

    assert isinstance(done.exception, BadSiteError)
    assert not data.exists()


def test_main_makes_one_line_of_an_expected_error(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["cordboard", "load", "/nonexistent/site.json"])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("cordboard: /nonexistent/site.json")
    assert said.count("\n") == 1


def test_doctor_is_content_with_a_fit_machine_and_names_what_is_set(verb: Verb) -> None:
    done = verb("doctor")

    assert done.exit_code == 0, done.output
    assert re.search(r"^ok +database ", done.output, re.M)
    assert re.search(r"^set +sip\.port +by CORDBOARD_SIP_PORT$", done.output, re.M)


def test_doctor_ends_with_one_when_something_will_not_work(
    verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORDBOARD_MEDIA_PROMPTS_DIR", "/nonexistent/prompts")

    done = verb("doctor")

    assert done.exit_code == 1
    assert "BAD  codecs" in done.output
    assert "-> mend CORDBOARD_MEDIA_PROMPTS_DIR" in done.output


def test_openapi_is_one_document_with_every_door_and_leaves_nothing_behind(
    verb: Verb, data: Path
) -> None:
    done = verb("openapi")

    document = json.loads(done.output)
    assert document["info"]["version"] == __version__
    paths = document["paths"]
    for door in ("/api/session", "/api/users", "/api/calls", "/api/flows"):
        assert any(path.startswith(door) for path in paths), door
    assert not data.exists()


def test_rebuild_says_what_every_table_holds(verb: Verb) -> None:
    verb("migrate")

    done = verb("rebuild")

    assert done.exit_code == 0, done.output
    assert re.search(r"^call_records +0 rows$", done.output, re.M)
    assert re.search(r"^agent_days +0 rows$", done.output, re.M)
    assert re.search(r"^rebuilt from 0 facts in \d+\.\d s$", done.output, re.M)


def test_nobody_rebuilds_under_a_running_server(verb: Verb, data: Path) -> None:
    verb("migrate")
    with lock.held(data):
        done = verb("rebuild")

    assert isinstance(done.exception, lock.AlreadyRunningError)
    assert str(data) in done.exception.detail
    assert verb("rebuild").exit_code == 0
