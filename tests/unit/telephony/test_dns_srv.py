"""SRV questions and answers as bytes, their order, and where a trunk is."""

import contextlib
import struct
from random import Random

import pytest

from cordboard.kit.clock import SystemClock
from cordboard.sip import Hop
from cordboard.telephony.adapters.dns_srv import (
    Answer,
    BadAnswerError,
    Srv,
    in_order,
    question,
    read_answer,
)
from cordboard.telephony.adapters.resolver import TrunkWatch
from cordboard.telephony.lines import SipPolicy, Trunk

pytestmark = pytest.mark.unit
NAME = "_sip._udp.example.org"


def answer(
    asked: bytes, *records: tuple[int, int, int, bytes], ttl_s: int = 60, flags: int = 0x8180
) -> bytes:
    """An answer to a question; hosts as wire names, which may be pointers."""
    head = asked[:2] + struct.pack("!5H", flags, 1, len(records), 0, 0)
    body = b""
    for priority, weight, port, host in records:
        data = struct.pack("!3H", priority, weight, port) + host
        body += b"\xc0\x0c" + struct.pack("!HHIH", 33, 1, ttl_s, len(data)) + data
    return head + asked[12:] + body


HOST = b"\x02sb\xc0\x16"
"`sb` and a pointer to `example.org` in the question."


class TestBytes:
    def test_a_question_asks_for_srv_of_the_name(self) -> None:
        asked = question(NAME, 0x1234)
        assert asked == (
            b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
            b"\x04_sip\x04_udp\x07example\x03org\x00\x00\x21\x00\x01"
        )

    def test_an_answer_is_read_with_its_pointers(self) -> None:
        found = read_answer(answer(question(NAME, 7), (10, 5, 5070, HOST)), 7)
        assert found == Answer((Srv(10, 5, 5070, "sb.example.org"),), 60)

    def test_no_such_name_is_an_empty_answer(self) -> None:
        assert read_answer(answer(question(NAME, 7), flags=0x8183), 7).records == ()

    @pytest.mark.parametrize(
        "data",
        [
            b"", b"\0" * 11, question(NAME, 7), answer(question(NAME, 8), (1, 1, 1, HOST)),
            answer(question(NAME, 7), flags=0x8182),
            answer(question(NAME, 7), (1, 1, 1, HOST))[:-3],
            answer(question(NAME, 7), (1, 1, 1, b"\xc0\xff")),
            answer(question(NAME, 7), (1, 1, 1, b"\x01a\xc0\x39")),
        ],
    )  # fmt: skip
    def test_what_is_no_answer_is_refused(self, data: bytes) -> None:
        with pytest.raises(BadAnswerError):
            read_answer(data, 7)

    def test_whatever_comes_nothing_else_is_raised(self) -> None:
        random = Random(1)
        good = answer(question(NAME, 7), (10, 5, 5070, HOST), (10, 5, 5070, HOST))
        for _ in range(3000):
            data = bytearray(good)
            for _ in range(random.randrange(1, 6)):
                data[random.randrange(2, len(data))] = random.randrange(256)
            with contextlib.suppress(BadAnswerError):
                read_answer(bytes(data), 7)


class TestOrder:
    def test_priority_goes_first(self) -> None:
        records = [Srv(20, 100, 1, "c"), Srv(10, 0, 1, "a"), Srv(10, 0, 1, "b")]
        assert [r.host for r in in_order(records, lambda most: 0)] == ["a", "b", "c"]

    def test_weight_is_a_share(self) -> None:
        random = Random(1)
        records = [Srv(1, 75, 1, "big"), Srv(1, 25, 1, "small")]
        first = [
            in_order(records, lambda most: random.randint(0, most))[0].host for _ in range(2000)
        ]
        assert 0.70 < first.count("big") / 2000 < 0.80


class Names:
    """A resolver in memory."""

    def __init__(self, records: tuple[Srv, ...], hosts: dict[str, list[str]]) -> None:
        self.records, self.hosts = records, hosts
        self.asked: list[str] = []

    async def srv(self, name: str) -> Answer:
        self.asked.append(name)
        return Answer(self.records, 45)

    async def addresses(self, host: str) -> list[str]:
        if host not in self.hosts:
            raise OSError(f"no {host}")
        return self.hosts[host]


async def look(trunk: Trunk, names: Names) -> tuple[list[Hop], list[str], float]:
    learned: list[tuple[str, list[Hop], list[str]]] = []
    watch = TrunkWatch(names, SystemClock(), lambda *found: learned.append(found))
    seconds = await watch.look(trunk)
    [(trunk_id, hops, addresses)] = learned
    assert trunk_id == trunk.id
    return hops, addresses, seconds


class TestTrunks:
    SRV = SipPolicy(uses_srv=True)

    async def test_each_target_with_each_address_in_order(self) -> None:
        names = Names(
            (Srv(20, 0, 5061, "b.h"), Srv(10, 0, 5060, "a.h")),
            {"a.h": ["192.0.2.1", "192.0.2.2"], "b.h": ["192.0.2.3"]},
        )
        trunk = Trunk(id="t", name="", hosts=("example.org",), sip=self.SRV)
        hops, addresses, seconds = await look(trunk, names)
        assert names.asked == [NAME]
        assert hops == [
            ("192.0.2.1", 5060, "udp"),
            ("192.0.2.2", 5060, "udp"),
            ("192.0.2.3", 5061, "udp"),
        ]
        assert addresses == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
        assert seconds == 45

    async def test_tls_connects_to_the_name_that_its_certificate_proves(self) -> None:
        names = Names((Srv(1, 0, 5061, "a.h"),), {"a.h": ["192.0.2.1"]})
        trunk = Trunk(id="t", name="", hosts=("example.org",), transport="tls", sip=self.SRV)
        hops, addresses, _ = await look(trunk, names)
        assert names.asked == ["_sips._tcp.example.org"]
        assert (hops, addresses) == ([("a.h", 5061, "tls")], ["192.0.2.1"])

    async def test_without_records_the_name_itself_is_the_target(self) -> None:
        trunk = Trunk(id="t", name="", hosts=("h",), port=5080, sip=self.SRV)
        hops, _, _ = await look(trunk, Names((), {"h": ["192.0.2.1"]}))
        assert hops == [("192.0.2.1", 5080, "udp")]

    async def test_a_target_without_address_is_passed_over(self) -> None:
        names = Names((Srv(1, 0, 1, "gone"), Srv(2, 0, 2, "h")), {"h": ["192.0.2.1"]})
        trunk = Trunk(id="t", name="", hosts=("x",), sip=self.SRV)
        hops, _, _ = await look(trunk, names)
        assert hops == [("192.0.2.1", 2, "udp")]
        with pytest.raises(OSError, match="no gone"):
            await look(trunk, Names((Srv(1, 0, 1, "gone"),), {}))
