"""Far more calls than the server can take: whoever comes in is served, and nobody is left hanging.

The burst is as large on any machine that this runs on: nothing here asks how fast it is.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.crowd import Crowd
from tests.support.server import Seat, ServerProcess, a_site, free_port, until

pytestmark = pytest.mark.live

CALLS, PER_S = 5_000, 1_250


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    environment = {
        "CORDBOARD_SIP_OVERLOAD_LAG_MS": "100",
        "CORDBOARD_MEDIA_FIRST_PORT": "20000",
        "CORDBOARD_MEDIA_LAST_PORT": "29999",
        "CORDBOARD_CORE_LOG_LEVEL": "warning",
    }
    site = a_site([Seat("8012", "8001", f"127.0.0.1:{free_port()}")])
    with ServerProcess(tmp_path, site, environment) as started:
        yield started


async def test_a_burst_far_above_what_it_can_take_breaks_nothing(server: ServerProcess) -> None:
    crowd = Crowd(server)
    talking = crowd.dial(talk_s=CALLS / PER_S / 2)  # hangs up in the middle of the burst
    crowd.until_answered(talking)
    assert talking.seen == {200: 1}

    crowd.burst(CALLS, PER_S)
    crowd.rest()

    callers = list(crowd.callers.values())
    accepted = [caller for caller in callers if 200 in caller.seen]
    refused = [caller for caller in callers if 200 not in caller.seen]
    assert talking.bye_status == 200
    assert refused
    assert len(accepted) > 1
    assert {caller.bye_status for caller in accepted} == {200}, "who came in was served to the end"
    assert {status for caller in refused for status in caller.seen} == {503}
    assert all(caller.retry_after for caller in refused)
    assert all(caller.seen[503] <= caller.times_sent for caller in refused)
    assert all(caller.seen[503] == 1 for caller in refused if caller.times_sent == 1)
    assert all(caller.seen[503] == 0 for caller in accepted)

    await until(lambda: not server.leftovers(), 20, server.leftovers)
    figures = server.figures()
    counted = sum(value for name, value in figures.items() if name.startswith("calls_refused"))
    heard, sent = (sum(c.seen[503] for c in refused), sum(c.times_sent for c in refused))
    assert heard <= counted <= sent, "one refusal for each INVITE, and none unseen"
    log = server.log.read_text()
    assert log.count("overload.began") >= 1
    assert "Traceback" not in log

    again = crowd.dial()
    crowd.rest()
    assert (again.seen, again.bye_status) == ({200: 1}, 200)
