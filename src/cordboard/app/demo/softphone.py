"""A scripted telephone: real SIP, real RTP, a person of few words. For demos, tests and `ring`.

It stands at a fixed contact, dials or is dialled, speaks G.711, presses keys by RFC 4733, and
counts and keeps what it hears. Many calls per phone. Not a product part: the exchange treats it
like any other phone.
"""

import asyncio
import secrets
import struct
from collections.abc import Callable
from typing import cast

from typing_extensions import override

from cordboard.kit.tasks import Tasks
from cordboard.sip import (
    Agreed,
    Hop,
    InviteCancelled,
    InviteReceived,
    ReferAnswered,
    ReferProgress,
    ReferReceived,
    ReinviteAnswered,
    ReinviteReceived,
    RemoteProtocolError,
    SdpSide,
    SessionAnswered,
    SessionConfirmed,
    SessionEnded,
    SessionFailed,
    SessionProgress,
    SipCore,
    SipDriver,
    SipEvent,
    SipSettings,
    read_answer,
)

FRAME = 160
"Bytes of 20 ms of G.711."

SILENCE = {0: b"\xff" * FRAME, 8: b"\xd5" * FRAME}
_HEADER = struct.Struct("!BBHII")
_EVENTS = "0123456789*#"
_KEY_FRAMES = 5
_KEY_GAP_FRAMES = 4


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._heard(data)


class PhoneCall:
    """One call of a scripted phone. `ringing`, `answered` and `ended` can be awaited."""

    def __init__(self, phone: "Softphone", session: str) -> None:
        self._phone = phone
        self.session = session
        self.ringing = asyncio.Event()
        self.answered = asyncio.Event()
        self.ended = asyncio.Event()
        self.status = 0
        "Final status of a call that failed."

        self.from_number = ""
        self.offer: bytes | None = None
        self.side = SdpSide(phone.host, secrets.randbelow(1 << 31))
        self.agreed: Agreed | None = None
        self.port = 0
        self.packets_in = 0
        self.packets_out = 0
        self.heard = bytearray()
        "Payload of sound packets in order of arrival, in the call's codec."

        self.keeps_sound = True
        self.says: Callable[[int], bytes] | None = None
        "Frame number -> 160 bytes in the call's codec; None: silence."

        self.transfer_told: list[int] = []
        "SIP statuses told of the transfer that it asked for."

        self.referred_to = ""
        "Number that the other side sent it on to."

        self._keys: list[tuple[int, int]] = []
        self._transport: asyncio.DatagramTransport | None = None
        self._sequence = secrets.randbelow(1 << 15)
        self._timestamp = secrets.randbelow(1 << 31)
        self._ssrc = secrets.randbelow(1 << 32)

    @property
    def payload_type(self) -> int:
        """0 for PCMU, 8 for PCMA."""
        return self.agreed.payload_type if self.agreed else 8

    async def open(self) -> None:
        """Open the RTP socket."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Ear(self._hear), local_addr=(self._phone.host, 0)
        )
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def connect(self, agreed: Agreed) -> None:
        """Start speaking to what was agreed."""
        started = self.agreed is not None
        self.agreed = agreed
        if not started:
            self._phone.tasks.start(self._speak(), name=f"speak.{self.session}")

    def press(self, keys: str) -> None:
        """Press keys one after another, 100 ms each."""
        for key in keys:
            self._keys += [(_EVENTS.index(key), n) for n in range(1, _KEY_FRAMES + 3)]
            self._keys += [(-1, 0)] * _KEY_GAP_FRAMES

    @property
    def has_keys_to_press(self) -> bool:
        """Whether keys wait to be pressed."""
        return bool(self._keys)

    def pick_up(self) -> None:
        """Answer a call that rings."""
        assert self.offer is not None
        body, agreed = self.side.answer(self.offer, self.port)
        self._phone.order(lambda core, now_s: core.answer(self.session, body, now_s))
        self.answered.set()
        self.connect(agreed)

    def reject(self, status: int = 486) -> None:
        """Refuse a call that rings."""
        self._phone.order(lambda core, now_s: core.reject(self.session, status, now_s=now_s))
        self.over(status)

    def hang_up(self) -> None:
        """End the call, whatever its moment."""
        if not self.ended.is_set():
            self._phone.order(lambda core, now_s: core.hang_up(self.session, now_s))
            self.over(0)

    def hold(self, *, held: bool) -> None:
        """Stop (or resume) the other's sound by re-INVITE."""
        direction = "sendonly" if held else "sendrecv"
        assert self.agreed is not None
        body = self.side.offer(
            self.port,
            codecs=(self.agreed.codec,),
            direction=direction,  # type: ignore[arg-type]  # one of the two words
        )
        self._phone.order(lambda core, now_s: core.reinvite(self.session, body, now_s))

    def transfer(self, number: str, other: "PhoneCall | None" = None) -> None:
        """Ask that the peer be connected to a number, or to the other end of another call."""
        uri, replaces = f"sip:{number}@{self._phone.host}", other.session if other else None
        self._phone.order(
            lambda core, now_s: core.refer(self.session, uri, now_s, replaces=replaces)
        )

    def over(self, status: int) -> None:
        """Nothing more will come."""
        self.status = self.status or status
        if self._transport is not None:
            self._transport.close()
        self._phone.calls.pop(self.session, None)
        self.ended.set()

    def _hear(self, data: bytes) -> None:
        if len(data) < 12:
            return
        self.packets_in += 1
        if self.keeps_sound and data[1] & 0x7F == self.payload_type:
            self.heard += data[12:]

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        number = 0
        while not self.ended.is_set():
            self._send_frame(number)
            number += 1
            due_s += 0.02
            await asyncio.sleep(max(0.0, due_s - loop.time()))  # noqa: TID251 - paced by itself

    def _send_frame(self, number: int) -> None:
        agreed, transport = self.agreed, self._transport
        if agreed is None or transport is None or transport.is_closing():
            return
        key, count = self._keys.pop(0) if self._keys else (-1, 0)
        timestamp = self._timestamp + number * FRAME
        kind = agreed.payload_type
        if key >= 0 and agreed.event_type is not None:
            kind = agreed.event_type
            timestamp -= (count - 1) * FRAME
            ended = 0x80 if count > _KEY_FRAMES else 0
            lasted = min(count, _KEY_FRAMES) * FRAME
            payload = struct.pack("!BBH", key, ended | 10, lasted)
            kind |= 0x80 if count == 1 else 0
        else:
            payload = self.says(number) if self.says else SILENCE[agreed.payload_type]
        self._sequence = (self._sequence + 1) & 0xFFFF
        header = _HEADER.pack(0x80, kind, self._sequence, timestamp & 0xFFFFFFFF, self._ssrc)
        transport.sendto(header + payload, (agreed.remote_host, agreed.remote_port))
        self.packets_out += 1


class Softphone:
    """A phone with its own SIP socket.

    Args:
        number: Who it is; user part of From and Contact.
        host: Address to stand at.
        port: SIP port; 0: any.
        on_call: Told of each inbound call, after it was made to ring; None: rings on.
    """

    def __init__(
        self,
        number: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        transport: str = "udp",
        on_call: Callable[[PhoneCall], None] | None = None,
    ) -> None:
        self.number = number
        self._transport = transport
        self.host = host
        self._port = port
        self._on_call = on_call
        self.calls: dict[str, PhoneCall] = {}
        self.tasks = Tasks(f"phone.{number}")
        self._core: SipCore | None = None
        self._driver: SipDriver | None = None

    async def start(self) -> None:
        """Open the SIP socket.

        Raises:
            OSError: If the port is taken.
        """
        probe, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=(self.host, self._port)
        )
        self._port = probe.get_extra_info("sockname")[1]
        probe.close()
        settings = SipSettings(
            realm="phone",
            user_agent="Cordboard scripted phone",
            advertised={"udp": (self.host, self._port), "tcp": (self.host, self._port)},
            contact_user=self.number,
            trusted=lambda host: True,
        )
        self._core = SipCore(
            settings, token=lambda: secrets.token_hex(8), credentials=lambda realm, user: None
        )
        listen: tuple[Hop, ...] = ((self.host, self._port, self._transport),)
        self._driver = SipDriver(self._core, self._on_sip, listen=listen)
        await asyncio.sleep(0)  # noqa: TID251 - lets the probe's socket close
        await self._driver.start()

    @property
    def contact(self) -> str:
        """`host:port`, for a fixed contact."""
        return f"{self.host}:{self._port}"

    async def close(self) -> None:
        """Hang up and leave."""
        for call in list(self.calls.values()):
            call.hang_up()
        await asyncio.sleep(0.1)  # noqa: TID251 - lets the BYEs out
        await self.tasks.close()
        if self._driver is not None:
            await self._driver.close()

    def order(self, give: Callable[[SipCore, float], object]) -> None:
        """Give the core an order and send what follows from it."""
        core, driver = cast(SipCore, self._core), cast(SipDriver, self._driver)
        give(core, driver.now_s())
        driver.kick()

    async def call(
        self, number: str, server: Hop, *, replaces: PhoneCall | None = None
    ) -> PhoneCall:
        """Dial a number at a server, or take over a call there of this very phone."""
        value = replaces and cast(SipCore, self._core).replaces_value(replaces.session)
        call = PhoneCall(self, f"out-{secrets.token_hex(6)}")
        await call.open()
        self.calls[call.session] = call
        offer = call.side.offer(call.port)
        uri = f"sip:{number}@{server[0]}:{server[1]}"
        self.order(
            lambda core, now_s: core.invite(
                call.session,
                request_uri=uri,
                from_=f"<sip:{self.number}@{self.host}>",
                to=f"<{uri}>",
                sdp=offer,
                next_hop=server,
                headers=[("Replaces", value)] if value else [],
                now_s=now_s,
            )
        )
        return call

    def _on_sip(self, event: SipEvent) -> None:
        if isinstance(event, InviteReceived):
            self.tasks.start(self._invited(event), name="invited")
            return
        call = self.calls.get(getattr(event, "session", ""))
        if call is not None:
            self._on_session(call, event)

    async def _invited(self, event: InviteReceived) -> None:
        call = PhoneCall(self, event.session)
        call.offer = event.sdp
        call.from_number = event.from_.uri.partition(":")[2].partition("@")[0]
        self.calls[call.session] = call
        await call.open()
        self.order(lambda core, now_s: core.progress(event.session, 180, now_s=now_s))
        call.ringing.set()
        if self._on_call is not None:
            self._on_call(call)

    def _on_session(self, call: PhoneCall, event: SipEvent) -> None:
        if isinstance(event, SessionProgress):
            call.ringing.set()
        elif isinstance(event, SessionAnswered | ReinviteAnswered):
            try:
                call.connect(read_answer(event.sdp or b""))
            except RemoteProtocolError:
                call.hang_up()
            call.answered.set()
        elif isinstance(event, SessionConfirmed):
            call.answered.set()
        elif isinstance(event, ReinviteReceived) and event.sdp is not None:
            body, agreed = call.side.answer(event.sdp, call.port)
            self.order(lambda core, now_s: core.accept_reinvite(call.session, body, now_s))
            call.connect(agreed)
        elif isinstance(event, ReferAnswered | ReferProgress):
            call.transfer_told.append(event.status)
        elif isinstance(event, ReferReceived):
            call.referred_to = event.target.user
            self.order(lambda core, now_s: core.accept_refer(call.session, now_s))
            self.order(lambda core, now_s: core.notify_refer(call.session, 200, now_s))
        elif isinstance(event, SessionFailed):
            call.over(event.status)
        elif isinstance(event, SessionEnded | InviteCancelled):
            call.over(0)
