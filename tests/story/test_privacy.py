"""Nobody's number, name or key reaches a log line, whatever happens to a call."""

import pytest
import structlog

from tests.support.traffic import a_morning
from tests.support.whole_house import TurnJournal

pytestmark = pytest.mark.story


TROUBLED = "13800138000"


def _fails(*order: object, **more: object) -> None:
    raise RuntimeError("the exchange broke down")


@pytest.mark.parametrize("seed", range(3))
async def test_a_busy_morning_logs_calls_and_no_callers(seed: int) -> None:
    with structlog.testing.capture_logs() as entries:
        house = await a_morning(TurnJournal(), calls=25, seed=seed)
        house.exchange.play = _fails  # type: ignore[method-assign]
        house.exchange.call("96511", TROUBLED)
        await house.after(5)

    text = repr(entries)
    numbers = {TROUBLED, *(f"1390000{n:04d}" for n in range(25))}
    assert [number for number in numbers if number in text] == []
    assert [user.display_name for user in house.site.users if user.display_name in text] == []
    assert "1234#" not in text
    assert entries, "nothing was logged, so nothing is proved"
    await house.rooms.close()
