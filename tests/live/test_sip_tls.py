"""SIP over TLS on loopback: proved peers, reused flows, rude peers, and a phone of others."""

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from typing_extensions import override

from cordboard.app.certificates import Certificates, make_certificate
from cordboard.app.config import Core, Settings, Tls
from cordboard.app.demo.softphone import Softphone
from cordboard.media.codecs import decode
from cordboard.sip import (
    InviteReceived,
    OptionsAnswered,
    OptionsFailed,
    Registered,
    SessionAnswered,
    SessionEnded,
    SipCore,
    SipDriver,
    SipSettings,
)
from tests.live.test_sip_driver import SDP, House, Listener, answers
from tests.live.test_story_real_peers import channels, share, tone
from tests.support.baresip import Baresip
from tests.support.server import DIRECT, HOTLINE, Seat, ServerProcess, a_site, until

pytestmark = pytest.mark.live


class TlsHouse(House):
    """A core whose driver listens for TLS alone."""

    def __init__(self, folder: Path, listener: Listener | None = None, **tls: object) -> None:
        super().__init__(listener)
        self.contexts = Certificates(
            Settings(core=Core(data_dir=str(folder)), tls=Tls(**tls))  # type: ignore[arg-type]
        )

    @override
    async def start(self) -> None:
        advertised = {"tls": ("127.0.0.1", 0)}
        settings = SipSettings(
            realm="house", advertised=advertised, trusted=frozenset(["127.0.0.1"])
        )
        self.core = SipCore(
            settings, token=lambda: secrets.token_hex(6), credentials=lambda *_: "secret"
        )
        self.driver = SipDriver(
            self.core, self._hear, listen=(("127.0.0.1", 0, "tls"),),
            server_tls=self.contexts.server, client_tls=self.contexts.client,
        )  # fmt: skip
        await self.driver.start()
        [(host, port, transport)] = self.driver.addresses
        advertised[transport] = (host, port)
        self.ports[transport] = port


@contextlib.asynccontextmanager
async def house(
    folder: Path, listener: Listener | None = None, **tls: object
) -> AsyncIterator[TlsHouse]:
    built = TlsHouse(folder, listener, **tls)
    await built.start()
    try:
        yield built
    finally:
        await built.driver.close()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A data directory with a certificate."""
    if not make_certificate(tmp_path / "tls", "127.0.0.1"):
        pytest.skip("openssl is not installed")
    return tmp_path


def authorities(files: Path) -> str:
    return str(files / "tls" / "certificate.pem")


async def test_a_call_and_its_way_back_use_one_connection(files: Path) -> None:
    known = authorities(files)
    async with house(files, authorities=known) as a, house(files, answers) as b:
        a.core.invite(
            "s", request_uri=f"sip:b@127.0.0.1:{b.ports['tls']};transport=tls",
            from_="sip:a@127.0.0.1", to="sip:b@127.0.0.1", sdp=SDP, now_s=a.driver.now_s(),
        )  # fmt: skip
        a.driver.kick()
        await a.until(lambda: a.count(SessionAnswered) == 1)
        session = next(e.session for e in b.told if isinstance(e, InviteReceived))
        b.core.hang_up(session, b.driver.now_s())
        b.driver.kick()
        await a.until(lambda: a.count(SessionEnded) == 1)
        assert (len(a.driver._streams), len(b.driver._streams)) == (1, 1)
        [stream] = a.driver._streams.values()
        tls = stream._transport.get_extra_info("ssl_object")  # type: ignore[attr-defined]
        assert tls.version() in ("TLSv1.2", "TLSv1.3"), "it really is TLS"


async def test_a_peer_whom_nobody_vouches_for_is_not_spoken_to(files: Path) -> None:
    async with house(files) as a, house(files) as b:
        a.core.options("p", ("127.0.0.1", b.ports["tls"], "tls"), a.driver.now_s())
        a.driver.kick()
        await a.until(lambda: a.count(OptionsFailed) == 1)


async def test_unless_settings_say_that_it_does_not_matter(files: Path) -> None:
    async with house(files, verifies_peers=False) as a, house(files) as b:
        a.core.options("p", ("127.0.0.1", b.ports["tls"], "tls"), a.driver.now_s())
        a.driver.kick()
        await a.until(lambda: a.count(OptionsAnswered) == 1)


async def test_plain_text_and_silence_at_the_tls_port_reach_nobody(files: Path) -> None:
    async with house(files) as own:
        reader, writer = await asyncio.open_connection("127.0.0.1", own.ports["tls"])
        writer.write(b"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n\r\n")
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionResetError):
                assert b"SIP/2.0" not in await reader.read()
        assert not own.driver._streams
        assert not own.told
        writer.close()


async def test_a_peer_that_never_reads_is_cut_off(files: Path) -> None:
    async with house(files) as own:
        context = ssl.create_default_context(cafile=authorities(files))
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", own.ports["tls"], ssl=context, limit=64
        )
        del reader
        message = (
            "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK{n}"
            "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\nCall-ID: {n}\r\n"
            "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        )
        with contextlib.suppress(ConnectionError, TimeoutError):
            for n in range(100_000):
                writer.write(message.format(n=n).encode())
                if n % 200 == 0:
                    await asyncio.sleep(0)
                    async with asyncio.timeout(15):
                        await writer.drain()
                if not own.driver._streams and n > 1000:
                    break
        await own.until(lambda: not own.driver._streams)
        writer.transport.abort()


async def test_baresip_registers_and_is_called_over_its_own_connection(
    files: Path, tmp_path: Path
) -> None:
    async with house(files) as own:
        phone = Baresip(
            tmp_path / "phone", "8001", "secret", own.ports["tls"], answers=True, transport="tls"
        )
        async with phone:
            await own.until(lambda: own.count(Registered) == 1)
            bound = next(e for e in own.told if isinstance(e, Registered))
            assert bound.flow.transport == "tls"
            own.core.invite(
                "s", request_uri=bound.contact_uri, from_="sip:1@127.0.0.1",
                to="sip:8001@127.0.0.1", sdp=SDP, next_hop=bound.flow, now_s=own.driver.now_s(),
            )  # fmt: skip
            own.driver.kick()
            await own.until(lambda: own.count(SessionAnswered) == 1)
            own.core.hang_up("s", own.driver.now_s())
            own.driver.kick()
            await phone.until("CALL_CLOSED")
            assert len(own.driver._streams) == 1


async def test_baresip_speaks_srtp_over_tls_with_the_whole_house(tmp_path: Path) -> None:
    """It hears the menu and is heard on the recording; on the wire nobody else hears anything."""
    seat = Seat("8012", "8001")
    house_dir = tmp_path / "house"
    if not make_certificate(house_dir / "data" / "tls", "127.0.0.1"):
        pytest.skip("openssl is not installed")
    with ServerProcess(house_dir, a_site([seat])) as server:
        address = f"127.0.0.1:{server.sip_port + 1};transport=tls"
        phone = Baresip(
            tmp_path / "phone", "8001", seat.phone_password, server.sip_port + 1,
            transport="tls", encrypts=True, hertz=1000,
        )  # fmt: skip
        async with phone:
            await until(lambda: server.desk().snapshot()["lines"]["8001"]["state"] == "registered")
            await phone.order("dial", f"sip:{HOTLINE}@{address}")
            await phone.until("CALL_ESTABLISHED")
            await asyncio.sleep(4)
            await phone.order("hangup")
            await phone.until("CALL_CLOSED")
            await server.until_quiet()
            [recording] = server.last_call()["recordings"]
            said, heard = channels(server.desk().sound(recording["id"]))
        menu = phone.heard().astype(float)
    assert np.sqrt((menu**2).mean()) > 300, "the greeting was not understood by the phone"
    assert share(said[8000:16000], 1000) > 0.9, "its tone was not understood by us"
    assert np.sqrt((heard[8000:16000].astype(float) ** 2).mean()) > 300


@pytest.mark.parametrize("encrypts", [True, False])
async def test_a_phone_on_tls_is_offered_srtp_and_rings_again_in_clear_if_it_refuses(
    tmp_path: Path, encrypts: bool
) -> None:
    seat = Seat("8012", "8001")
    house_dir = tmp_path / "house"
    if not make_certificate(house_dir / "data" / "tls", "127.0.0.1"):
        pytest.skip("openssl is not installed")
    with ServerProcess(house_dir, a_site([seat], ring_limit_s=20)) as server:
        phone = Baresip(
            tmp_path / "phone", "8001", seat.phone_password, server.sip_port + 1,
            transport="tls", encrypts=encrypts, hertz=1000, answers=True,
        )  # fmt: skip
        caller = Softphone("13871562043")
        await caller.start()
        async with phone:
            await until(lambda: server.desk().snapshot()["lines"]["8001"]["state"] == "registered")
            server.desk("agent8012").post("agents/me/sign_in")
            call = await caller.call(DIRECT, server.hop)
            call.says = tone(440)
            await phone.until("CALL_ESTABLISHED", 20)
            await asyncio.sleep(2)
            call.heard.clear()
            await asyncio.sleep(0.5)
            hears = decode(bytes(call.heard), "PCMA")
            call.hang_up()
            await phone.until("CALL_CLOSED")
            await server.until_quiet(a8012="idle")
        await caller.close()
        assert share(hears, 1000) > 0.9
        assert share(phone.heard()[-8000:], 440) > 0.9
