"""Two whole servers: one is the other's carrier, which wants a registration to call us."""

from pathlib import Path
from typing import Any

import pytest

from cordboard.app.demo.softphone import Softphone
from tests.support.server import HOTLINE, Seat, ServerProcess, a_site, until

pytestmark = pytest.mark.live
ACCOUNT = Seat("8099", "8600")
"At the carrier our account is a phone that registers with digest."


def our_site(carrier_port: int) -> dict[str, Any]:
    site = a_site([Seat("8012", "8001")])
    site["trunks"] = [
        {
            "id": "carrier",
            "name": "Carrier",
            "hosts": ["127.0.0.1"],
            "port": carrier_port,
            "username": ACCOUNT.extension,
            "password": ACCOUNT.phone_password,
            "shown_number": ACCOUNT.extension,
            "latch": "nat",
            "checks_health": True,
            "sip": {"registers": True, "register_s": 60, "identity": "preferred"},
        }
    ]
    return site


def line(server: ServerProcess, name: str) -> str:
    state: str = server.desk().snapshot()["lines"][name]["state"]
    return state


async def test_we_register_are_called_and_leave(tmp_path: Path) -> None:
    for folder in ("carrier", "ours"):
        (tmp_path / folder).mkdir()
    with ServerProcess(tmp_path / "carrier", a_site([ACCOUNT])) as carrier:
        assert line(carrier, ACCOUNT.extension) == "unregistered"
        with ServerProcess(tmp_path / "ours", our_site(carrier.sip_port)) as ours:
            await until(lambda: line(carrier, ACCOUNT.extension) == "registered", 15)
            await until(lambda: line(ours, "carrier") == "up", 15)

            # A phone of the carrier's calls our account: the call comes to us as from a trunk.
            caller = Softphone("8600001")
            await caller.start()
            carrier.desk(ACCOUNT.name).post("agents/me/sign_in")
            call = await caller.call("96511", carrier.hop)
            await until(lambda: bool(ours.desk().get("calls", limit="1")["items"]), 15)
            call.hang_up()
            await carrier.until_quiet()
            await ours.until_quiet()
            arrived = ours.last_call()
            assert arrived["called_number"] in (ACCOUNT.extension, "96511", HOTLINE)
            await caller.close()
        await until(lambda: line(carrier, ACCOUNT.extension) == "unregistered", 10)
