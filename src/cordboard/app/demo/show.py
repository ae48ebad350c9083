"""The demonstration: a caller who knows what to press, and an agent who answers.

Both are scripted phones on loopback over real SIP and RTP, so a newcomer sees the board move. The
agent sits in the server of `cordboard demo`; `cordboard ring` brings the caller.
"""

import asyncio
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from cordboard.app.demo.softphone import FRAME, SILENCE, PhoneCall, Softphone
from cordboard.sip import Hop

PROMPTS = Path(__file__).parent.parent.parent / "media" / "prompts"
ROBOT_PORT = 15090
ROBOT_EXTENSION = "8000"
ROBOT_AGENT = "a-8000"
SERVICE_NUMBER = "96510"
CALLERS = ("13871562043", "18602764420", "02787654410", "13900390815", "15002766637")

STEPS = ((3.5, "1"), (5.0, "1"), (4.5, "330851926#"), (9.0, "1"))
"Seconds of listening, then keys: Chinese, repair, account number, confirmed."

_PICK_UP_AFTER_S = 3.0
_TALK_S = 12.0
_PAUSE_FRAMES = 30


def voice(language: str, names: tuple[str, ...]) -> Callable[[int], bytes]:
    """A speaker who says these prompts over and over, with pauses, in A-law.

    Args:
        language: `zh` or `en`.
        names: Prompt names, `menus/main`.
    """
    frames: list[bytes] = []
    for name in names:
        sound = (PROMPTS / language / f"{name}.alaw").read_bytes()
        cut = [sound[at : at + FRAME] for at in range(0, len(sound) - FRAME, FRAME)]
        frames += cut + [SILENCE[8]] * _PAUSE_FRAMES
    return lambda number: frames[number % len(frames)]


_TRIES = 5
_RETRY_S = 2.0


async def place_call(
    server: Hop,
    *,
    caller: str = CALLERS[0],
    say: Callable[[str], None] = lambda text: None,
) -> PhoneCall:
    """As `place_one_call`; a busy server (503) is asked again a few times."""
    call = await place_one_call(server, caller=caller, say=say)
    for _ in range(_TRIES):
        if call.status != 503:
            break
        await asyncio.sleep(_RETRY_S)  # noqa: TID251 - a person waits and dials again
        call = await place_one_call(server, caller=caller, say=say)
    return call


async def place_one_call(
    server: Hop,
    *,
    caller: str = CALLERS[0],
    say: Callable[[str], None] = lambda text: None,
) -> PhoneCall:
    """Dial the demo's service number and go through its flow to an agent; ends with the call.

    Args:
        server: Where the exchange listens.
        caller: Number of the caller.
        say: Told what happens, one line each.
    """
    phone = Softphone(caller)
    await phone.start()
    try:
        call = await phone.call(SERVICE_NUMBER, server)
        call.keeps_sound = False
        await _first_of(call.answered, call.ended)
        if call.ended.is_set():
            say(f"refused with {call.status}")
            return call
        call.says = voice("zh", ("account/you_entered", "account/confirm"))
        say("answered: the greeting plays")
        for listen_s, keys in STEPS:
            await _listen(call, listen_s)
            if call.ended.is_set():
                break
            call.press(keys)
            say(f"pressed {keys}")
        say("in the queue")
        await call.ended.wait()
        say(f"over: heard {call.packets_in} packets, sent {call.packets_out}")
        return call
    finally:
        await phone.close()


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]  # noqa: TID251 - ends here
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


async def _listen(call: PhoneCall, seconds: float) -> None:
    try:
        await asyncio.wait_for(call.ended.wait(), seconds)
    except TimeoutError:
        return


class Robot:
    """The demo agent's telephone: rings, is picked up, talks, hangs up.

    Args:
        talk_s: How long it talks.
    """

    def __init__(self, talk_s: float = _TALK_S) -> None:
        self._talk_s = talk_s
        self.phone = Softphone(ROBOT_EXTENSION, port=ROBOT_PORT, on_call=self._ring)

    async def start(self) -> None:
        """Stand at the fixed contact, or wherever there is room (another demo runs)."""
        try:
            await self.phone.start()
        except OSError:
            self.phone = Softphone(ROBOT_EXTENSION, on_call=self._ring)
            await self.phone.start()

    async def close(self) -> None:
        """Leave."""
        await self.phone.close()

    def _ring(self, call: PhoneCall) -> None:
        call.keeps_sound = False
        self.phone.tasks.start(self._serve(call), name="serve")

    async def _serve(self, call: PhoneCall) -> None:
        await _listen(call, _PICK_UP_AFTER_S)
        if call.ended.is_set():
            return
        call.pick_up()
        call.says = voice("zh", ("queue/connecting", "account/thanks", "goodbye"))
        await _listen(call, self._talk_s)
        call.hang_up()


def callers() -> Callable[[], str]:
    """Caller numbers, one after the other, round and round."""
    numbers = cycle(CALLERS)
    return lambda: next(numbers)
