import pytest

from cordboard.media.mos import estimate

pytestmark = pytest.mark.unit


def test_a_perfect_line_is_as_good_as_g711_can_be() -> None:
    assert 4.3 <= estimate(0, 0, None) <= 4.5


def test_each_harm_lowers_the_score() -> None:
    good = estimate(0, 1, 20)
    assert estimate(0.02, 1, 20) < good
    assert estimate(0, 60, 20) < good
    assert estimate(0, 1, 800) < good


@pytest.mark.parametrize("loss", [0.2, 0.7, 1.0, 5.0, -1.0])
def test_the_score_stays_on_its_scale(loss: float) -> None:
    assert 1.0 <= estimate(loss, 500, 5000) <= 4.5
