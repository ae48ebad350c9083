"""Seats: who owns one, what its pages are told, and how long a call waits for them."""

import asyncio
from pathlib import Path

import pytest

from cordboard import media
from cordboard.kit.ids import Ids, LegId
from cordboard.sip import SipCore, SipSettings
from cordboard.telephony import events as wire
from cordboard.telephony.adapters import browser_words as words
from cordboard.telephony.adapters.browsers import Page
from cordboard.telephony.adapters.embedded import EmbeddedTelephony
from cordboard.telephony.adapters.embedded_legs import EmbeddedSettings
from cordboard.telephony.adapters.embedded_lines import LineBook
from cordboard.telephony.adapters.sip_memory import SipMemory
from cordboard.telephony.lines import Lines, Phone
from cordboard.telephony.ports import DialTarget
from tests.unit.telephony.test_browser_sdp import OFFER, PRINT

pytestmark = pytest.mark.unit

LEG = LegId("l1")
WAIT_MS = 5000


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def now_ms(self) -> int:
        return self.ms

    def now_s(self) -> float:
        return self.ms / 1000

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


class Media:
    """Has a port for everybody, and keeps the orders."""

    def __init__(self) -> None:
        self.orders: list[media.Command] = []
        self.refuses = False

    def send(self, command: media.Command) -> "asyncio.Future[media.Reply]":
        self.orders.append(command)
        future: asyncio.Future[media.Reply] = asyncio.get_running_loop().create_future()
        reply: media.Reply = media.Ok()
        if isinstance(command, media.CreateLeg):
            reply = media.LegCreated(command.leg, 4000, 4001, "10.0.0.2")
        elif isinstance(command, media.Secure):
            reply = media.Secured(command.leg, "uf", "pw", PRINT)
        future.set_result(media.Refused("no") if self.refuses else reply)
        return future

    def count(self, kind: type[media.Command]) -> int:
        return sum(isinstance(order, kind) for order in self.orders)


class House:
    """The adapter with one phone's extension."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.clock = clock
        self.media = Media()
        self.events: list[wire.TelephonyEvent] = []
        self.memory = SipMemory(path)
        lines = Lines(phones=(Phone(extension="8001", ha1_md5="x" * 32),))
        book = LineBook(lines, self.memory, clock, self.events.append)
        self.telephony = EmbeddedTelephony(
            SipCore(
                SipSettings(realm="x", advertised={"udp": ("h", 5060)}),
                token=lambda: "t",
                credentials=lambda *_: None,
            ),
            self.media,
            book,
            self.memory,
            clock,
            Ids(clock.now_ms),
            EmbeddedSettings(
                media_host="h", sip_host="h", recordings_dir="/", browser_wait_s=WAIT_MS / 1000
            ),
            lambda _: [],
        )
        self.telephony.listen(self.events.append)
        self.seats = self.telephony.browsers

    def page(self, tab: str, call: str = "", *, takes: bool = False) -> "tuple[Page, list[object]]":
        told: list[object] = []
        page = self.seats.open("8001", told.append)
        self.seats.hear(page, words.Register(tab, call, takes))
        return page, told

    async def dial(self, leg_id: LegId = LEG) -> None:
        target = DialTarget(extension="8001")
        self.telephony.dial(leg_id, target, shown_number="138", headers={})
        await asyncio.sleep(0)

    async def offer(self, page: Page, sdp: str = OFFER) -> None:
        self.seats.hear(page, words.Offer(LEG, sdp))
        await asyncio.sleep(0)

    def ends(self) -> list[wire.LegEnded]:
        return [event for event in self.events if isinstance(event, wire.LegEnded)]

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "memory", Clock())


async def talking(house: House) -> "tuple[Page, list[object]]":
    page, told = house.page("a")
    await house.dial()
    await house.offer(page)
    return page, told


async def test_a_dialled_seat_rings_answers_and_is_a_leg_like_any(house: House) -> None:
    page, told = house.page("a")
    await house.dial()
    assert told == [words.SeatTold("8001", "here"), words.CallShown(LEG, "138", "ringing")]
    await house.offer(page)
    answer = told.pop()
    assert isinstance(answer, words.AnswerSent)
    assert "a=ice-lite" in answer.sdp
    assert house.kinds() == ["LineChanged", "LegRinging", "LegAnswered"]
    assert house.media.orders[0] == media.CreateLeg(
        LEG, orphan="music_then_hang_up", orphan_s=30.0, secure=True
    )
    house.seats.hear(page, words.HangUp(LEG))
    assert [(end.by, end.hangup_cause) for end in house.ends()] == [("party", 16)]
    assert told[-1] == words.CallOver(LEG)
    assert house.media.orders[-1] == media.DropLeg(LEG)


async def test_an_unanswered_call_is_declined_by_the_page(house: House) -> None:
    page, _ = house.page("a")
    await house.dial()
    house.seats.hear(page, words.HangUp(LEG))
    assert [(end.hangup_cause, end.sip_status) for end in house.ends()] == [(21, 603)]


async def test_the_second_page_is_told_that_the_first_has_it_and_is_not_obeyed(
    house: House,
) -> None:
    await talking(house)
    second, told = house.page("b")
    assert told == [words.SeatTold("8001", "elsewhere")]
    house.seats.hear(second, words.HangUp(LEG))
    await house.offer(second)
    assert not house.ends()
    assert len(told) == 1


async def test_the_second_page_can_take_the_call(house: House) -> None:
    _, first_told = await talking(house)
    second, told = house.page("b", takes=True)
    assert first_told[-1] == words.SeatTold("8001", "elsewhere")
    assert told[-1] == words.CallShown(LEG, "138", "waiting")
    await house.offer(second)
    assert isinstance(told[-1], words.AnswerSent)
    assert house.kinds().count("LegAnswered") == 1


async def test_a_reloaded_page_is_shown_its_call_and_offers_anew(house: House) -> None:
    page, _ = await talking(house)
    house.seats.close(page)
    house.clock.ms += WAIT_MS - 1
    house.seats.expire(house.clock.ms)
    again, told = house.page("a")
    assert told == [words.SeatTold("8001", "here"), words.CallShown(LEG, "138", "waiting")]
    await house.offer(again)
    house.seats.expire(house.clock.ms + 10 * WAIT_MS)
    assert not house.ends()
    assert house.media.count(media.Secure) == 2


async def test_a_reload_that_is_faster_than_the_news_of_it_changes_nothing(house: House) -> None:
    page, _ = await talking(house)
    again, told = house.page("a")
    house.seats.close(page)
    await house.offer(again)
    assert isinstance(told[-1], words.AnswerSent)
    assert not house.ends()


async def test_a_page_that_only_lost_its_socket_goes_on_without_an_offer(house: House) -> None:
    page, _ = await talking(house)
    house.seats.close(page)
    _, told = house.page("a", call=LEG)
    assert told == [words.SeatTold("8001", "here")]
    house.seats.expire(house.clock.ms + 10 * WAIT_MS)
    assert not house.ends()


async def test_a_page_that_stays_away_too_long_loses_its_call(house: House) -> None:
    page, _ = await talking(house)
    house.seats.close(page)
    house.clock.ms += WAIT_MS
    house.seats.expire(house.clock.ms)
    assert [(end.by, end.hangup_cause) for end in house.ends()] == [("network", 41)]
    _, told = house.page("a", call=LEG)
    assert told[-1] == words.CallOver(LEG)


async def test_a_talk_outlives_the_control_process(house: House, tmp_path: Path) -> None:
    await talking(house)
    later = House(tmp_path / "memory", house.clock)
    later.telephony.adopt()
    now = later.telephony.survey()[LEG]
    assert (now.state, now.codec) == ("up", "PCMA")
    place = media.LegSnapshot(LEG, "", 4000, 4001, 0)
    later.telephony.on_media_arrived(
        media.Welcome("m", 1, 0, False), media.Snapshot(0, [place])
    )  # fmt: skip
    page, told = later.page("a")
    assert told[-1] == words.CallShown(LEG, "138", "waiting")
    await later.offer(page)
    assert isinstance(told[-1], words.AnswerSent)
    assert not later.ends()


async def test_a_second_call_finds_the_seat_busy(house: House) -> None:
    await talking(house)
    await house.dial(LegId("l2"))
    assert [(end.leg_id, end.sip_status) for end in house.ends()] == [("l2", 486)]


async def test_an_offer_without_use_is_refused_and_the_call_goes_on_ringing(house: House) -> None:
    page, told = house.page("a")
    await house.dial()
    await house.offer(page, OFFER.replace("sha-256", "sha-1"))
    assert told[-1] == words.Refused(LEG, "fingerprint: sha-256")
    await house.offer(page)
    assert isinstance(told[-1], words.AnswerSent)


async def test_who_has_no_page_is_reached_at_the_phone_or_not_at_all(house: House) -> None:
    page, _ = house.page("a")
    house.seats.close(page)
    await house.dial()
    assert [end.sip_status for end in house.ends()] == [480]
    lines = [event.state for event in house.events if isinstance(event, wire.LineChanged)]
    assert lines == ["registered", "unregistered"]
