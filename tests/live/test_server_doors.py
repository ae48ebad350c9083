"""Registration, strange and broken input, keys as INFO, a full house and a bad network.

One server for all; its agents' telephones are scripted, SIPp, or raw sockets of our own.
"""

import asyncio
import hashlib
import re
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cordboard.app.demo.softphone import PhoneCall, Softphone
from tests.support.relay import Delay, Duplicate, Lane, Loss, Reorder, Trouble, UdpRelay
from tests.support.server import (
    DIRECT,
    HOTLINE,
    PATIENT,
    Seat,
    ServerProcess,
    a_site,
    free_port,
    until,
)
from tests.support.sipp import Sipp, sipp_passes

pytestmark = pytest.mark.live

CONTACT_PORT = free_port()
SEATS = [
    Seat("8012", "8001", f"127.0.0.1:{CONTACT_PORT}"),
    Seat("8017", "8002"),
    Seat("8009", "8003"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that takes at most three calls at once."""
    folder = tmp_path_factory.mktemp("server")
    with ServerProcess(folder, a_site(SEATS), {"CORDBOARD_SIP_MAX_CALLS": "3"}) as started:
        yield started


class RawPhone:
    """Sends SIP as bytes and reads what comes, over UDP; computes digests by itself."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(3)
        self.address = "{}:{}".format(*self._socket.getsockname())
        self.call_id = secrets.token_hex(8)
        self.cseq = 0

    def send(self, data: bytes) -> None:
        self._socket.send(data)

    def read(self) -> str:
        return self._socket.recv(65_000).decode()

    def register(self, user: str, *more: str) -> str:
        self.cseq += 1
        lines = [
            "REGISTER sip:cordboard SIP/2.0",
            f"Via: SIP/2.0/UDP {self.address};branch=z9hG4bK{secrets.token_hex(6)};rport",
            f"From: <sip:{user}@cordboard>;tag=1",
            f"To: <sip:{user}@cordboard>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} REGISTER",
            f"Contact: <sip:{user}@{self.address}>",
            "Max-Forwards: 70",
            *more,
            "Content-Length: 0",
        ]
        self.send("\r\n".join([*lines, "", ""]).encode())
        return self.read()

    def login(self, user: str, password: str, algorithm: str) -> str:
        """The answer to a REGISTER with digest."""
        asked = self.register(user)
        assert asked.startswith("SIP/2.0 401"), asked
        [challenge] = [line for line in asked.splitlines() if f"algorithm={algorithm}," in line]
        found = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        hashed = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm]

        def h(text: str) -> str:
            return hashed(text.encode()).hexdigest()

        ha1 = h(f"{user}:{found['realm']}:{password}")
        ha2 = h("REGISTER:sip:cordboard")
        response = h(f"{ha1}:{found['nonce']}:00000001:abc:auth:{ha2}")
        return self.register(
            user,
            f'Authorization: Digest username="{user}", realm="{found["realm"]}", '
            f'nonce="{found["nonce"]}", uri="sip:cordboard", algorithm={algorithm}, '
            f'qop=auth, nc=00000001, cnonce="abc", response="{response}"',
        )


class TestRegistration:
    @pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
    def test_a_telephone_registers_with_digest(self, server: ServerProcess, algorithm: str) -> None:
        answer = RawPhone(server.sip_port).login("8002", "phone-8002", algorithm)

        assert answer.startswith("SIP/2.0 200"), answer
        assert server.desk().snapshot()["lines"]["8002"]["state"] == "registered"

    def test_whoever_used_sha256_is_let_in_by_md5_no_more(self, server: ServerProcess) -> None:
        RawPhone(server.sip_port).login("8002", "phone-8002", "SHA-256")

        answer = RawPhone(server.sip_port).login("8002", "phone-8002", "MD5")

        assert answer.startswith("SIP/2.0 401"), answer

    async def test_sipp_registers_with_digest(self, server: ServerProcess, tmp_path: Path) -> None:
        keys = {"user": "8003", "secret": "phone-8003"}
        remote = ("127.0.0.1", server.sip_port)
        async with Sipp("house_phone_registers", tmp_path, remote, keys=keys) as phone:
            await phone.passed()

    @pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
    def test_a_stranger_and_a_wrong_password_get_the_same_answer(
        self, server: ServerProcess, algorithm: str
    ) -> None:
        answers = [
            RawPhone(server.sip_port).login(user, "wrong", algorithm) for user in ("8002", "7777")
        ]

        plain = [
            re.sub(r"8002|7777|nonce=\"[^\"]*\"|branch=\w+|tag=\w+|127.0.0.1:\d+|rport=\d+|"
                   r"Call-ID: \w+", "", answer)
            for answer in answers
        ]  # fmt: skip
        assert answers[0].startswith("SIP/2.0 401")
        assert plain[0] == plain[1]


class TestStrangeInput:
    async def test_a_number_that_nobody_has_is_not_found(
        self, server: ServerProcess, tmp_path: Path
    ) -> None:
        remote = ("127.0.0.1", server.sip_port)
        await sipp_passes("house_caller_finds_nobody", tmp_path, remote, service="99999")
        await server.until_quiet()

    async def test_broken_messages_hurt_nobody(self, server: ServerProcess, tmp_path: Path) -> None:
        rude = RawPhone(server.sip_port)
        wild = secrets.token_bytes(900)
        invite = (
            "INVITE sip:96511@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n"
        )
        for data in (
            b"", b"\r\n\r\n", b"\x00" * 500, wild, b"INVITE\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n",
            invite.encode(), (invite + "CSeq: x INVITE\r\n\r\n").encode(),
            (invite + "Content-Length: -5\r\n\r\n").encode(), invite.encode() + b"A" * 20_000,
            (invite + "X: y\r\n" * 4_000 + "\r\n").encode(),
        ):  # fmt: skip
            rude.send(data)
        for _ in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.sip_port)
            writer.write(wild + b"\r\n\r\n")
            writer.close()
            del reader

        remote = ("127.0.0.1", server.sip_port)
        await sipp_passes("house_caller_leaves", tmp_path, remote, service=PATIENT, pause_ms=100)
        await server.until_quiet()

    async def test_an_offer_that_cannot_be_met_is_refused_and_no_call_is_left(
        self, server: ServerProcess
    ) -> None:
        phone = RawPhone(server.sip_port)
        body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        body += "m=audio 4000 RTP/AVP 99\r\na=rtpmap:99 G7221/16000\r\n"
        head = (
            f"INVITE sip:{PATIENT}@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {phone.address};branch=z9hG4bKcodec;rport\r\n"
            "From: <sip:1@127.0.0.1>;tag=1\r\nTo: <sip:2@127.0.0.1>\r\n"
            f"Call-ID: {phone.call_id}\r\nCSeq: 1 INVITE\r\nContact: <sip:1@{phone.address}>\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        phone.send((head + body).encode())
        answer = phone.read()
        while answer.startswith("SIP/2.0 100"):
            answer = phone.read()

        assert answer.startswith("SIP/2.0 488"), answer
        phone.send(
            head.replace("INVITE sip", "ACK sip")
            .replace("1 INVITE", "1 ACK")
            .split("Content-T")[0]
            .encode()
            + b"Content-Length: 0\r\n\r\n"
        )
        await server.until_quiet()


class TestKeys:
    async def test_keys_as_sip_info_lead_through_the_flow(
        self, server: ServerProcess, tmp_path: Path
    ) -> None:
        remote = ("127.0.0.1", server.sip_port)
        await sipp_passes(
            "house_caller_keys_by_info", tmp_path, remote, service=HOTLINE, pause_ms=300
        )

        await server.until_quiet()
        call = server.last_call()
        assert "".join(key["digit"] for key in call["keys"]) == "113308#"
        assert {key["method"] for key in call["keys"]} == {"info"}
        assert call["call_data"]["account"] == "3308"


class TestFullHouse:
    async def test_the_call_that_is_too_many_is_told_when_to_try_again(
        self, server: ServerProcess, tmp_path: Path
    ) -> None:
        phone = Softphone("13871562043")
        await phone.start()
        calls: list[PhoneCall] = [await phone.call(PATIENT, server.hop) for _ in range(3)]
        for call in calls:
            await asyncio.wait_for(call.answered.wait(), 5)

        remote = ("127.0.0.1", server.sip_port)
        await sipp_passes("house_caller_shall_come_later", tmp_path, remote, service=PATIENT)

        calls[0].hang_up()
        await until(lambda: server.figures()["calls_living"] == 2)
        await sipp_passes("house_caller_leaves", tmp_path, remote, service=PATIENT)
        await phone.close()
        await server.until_quiet()


class TestBadNetwork:
    """Caller and telephone stand behind relays; SIP repeats what is lost, so every call ends."""

    @pytest.mark.parametrize(
        ("from_caller", "from_agent", "to_both"),
        [
            (Loss(0.1), Loss(0.1), Loss(0.1)),
            (Loss("lost ok lost"), Loss("lost"), Loss("ok")),
        ],
        ids=["a tenth both ways", "INVITE, ACK and 180"],
    )
    async def test_what_is_lost_is_sent_again(
        self,
        server: ServerProcess,
        tmp_path: Path,
        from_caller: Trouble,
        from_agent: Trouble,
        to_both: Trouble,
    ) -> None:
        be_ready(server)
        agent_port = free_port()
        before = len(server.calls())
        async with (
            UdpRelay(
                ("127.0.0.1", server.sip_port), None, Lane([from_caller], 1), Lane([to_both], 2)
            ) as near_caller,
            UdpRelay(
                ("127.0.0.1", server.sip_port), ("127.0.0.1", agent_port),
                Lane([from_agent], 3), Lane([to_both], 4), back_port=CONTACT_PORT,
            ) as near_agent,
            Sipp(
                "house_agent_answers", tmp_path, near_agent.front,
                port=agent_port, contact_port=CONTACT_PORT,
            ) as agent,
            Sipp(
                "house_caller_leaves", tmp_path, near_caller.front, service=DIRECT,
                pause_ms=1500, contact_port=near_caller.back[1],
            ) as caller,
        ):  # fmt: skip
            await caller.passed()
            await agent.passed()
            await server.until_quiet(a8012="idle")

        assert len(server.calls()) == before + 1
        assert server.last_call()["result"] == "answered"

    @pytest.mark.parametrize(
        "troubles",
        [[Duplicate(1.0), Delay(10)], [Delay(1, 40), Reorder(2)]],
        ids=["twice and late", "overtaken"],
    )
    async def test_what_comes_twice_or_overtaken_is_one_call(
        self, server: ServerProcess, troubles: list[Trouble]
    ) -> None:
        be_ready(server)
        address = ("127.0.0.1", server.sip_port)
        before = len(server.calls())
        agent = Softphone("8001", port=free_port(), on_call=lambda call: call.pick_up())
        caller = Softphone("13871562043")
        await agent.start()
        await caller.start()
        host, _, port = agent.contact.partition(":")
        async with (
            UdpRelay(address, None, Lane(troubles, 1), Lane(troubles, 2)) as near_caller,
            UdpRelay(
                address, (host, int(port)), Lane(troubles, 3), Lane(troubles, 4),
                back_port=CONTACT_PORT,
            ),
        ):  # fmt: skip
            call = await caller.call(DIRECT, (*near_caller.front, "udp"))
            await asyncio.wait_for(call.answered.wait(), 5)
            await until(lambda: server.agent_states()["8012"] == "talking")
            await asyncio.sleep(0.7)
            assert call.packets_in > 15
            call.hang_up()
            await server.until_quiet(a8012="idle")
            await caller.close()
            await agent.close()

        assert len(server.calls()) == before + 1
        assert server.last_call()["result"] == "answered"


def be_ready(server: ServerProcess) -> None:
    """Let 8012 be signed in and idle."""
    desk = server.desk("agent8012")
    if desk.get("agents/me")["state"] == "signed_out":
        desk.post("agents/me/sign_in")
    elif desk.get("agents/me")["state"] != "idle":
        desk.post("agents/me/ready")
