"""The driver's one timer: what is due close together is done in one wake-up, and not much late."""

import asyncio

import pytest
from typing_extensions import override

from cordboard.sip import Hop, SipCore, SipDriver, SipSettings
from cordboard.sip.driver import GRAIN_S
from tests.unit.sip.exchange import tokens

pytestmark = pytest.mark.unit

NOWHERE: Hop = ("192.0.2.1", 5060, "udp")


class CountingCore(SipCore):
    """Notes when it was woken."""

    woken_at_s: list[float]

    @override
    def tick(self, now_s: float) -> None:
        self.woken_at_s.append(now_s)
        super().tick(now_s)


async def test_deadlines_close_together_cost_one_wake_up() -> None:
    core = CountingCore(SipSettings(realm="x"), token=tokens("t"), credentials=lambda *_: None)
    core.woken_at_s = []
    driver = SipDriver(core, lambda _: None, listen=())
    began_s = driver.now_s()
    for n in range(10):
        core.options(f"ping{n}", NOWHERE, driver.now_s())
        driver.kick()
        await asyncio.sleep(GRAIN_S / 20)

    await asyncio.sleep(0.5 + GRAIN_S)

    [woken_at_s] = core.woken_at_s  # the first repetition of all ten, RFC 3261 timer E
    assert began_s + 0.5 <= woken_at_s <= began_s + 0.5 + GRAIN_S + 0.001
    await driver.close()
