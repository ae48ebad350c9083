"""SIP status and Q.850 cause, both ways (RFC 3398)."""

import pytest

from cordboard.telephony.causes import cause_of_status, reason_header, status_of_cause

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("status", "cause"),
    [(404, 1), (486, 17), (480, 18), (603, 21), (503, 41), (408, 102), (599, 41), (499, 31)],
)
def test_a_status_has_its_cause(status: int, cause: int) -> None:
    assert cause_of_status(status) == cause


@pytest.mark.parametrize(
    ("cause", "status"), [(1, 404), (17, 486), (19, 480), (21, 403), (34, 503), (99, 480)]
)
def test_a_cause_has_its_status(cause: int, status: int) -> None:
    assert status_of_cause(cause) == status


def test_the_reason_is_told_in_the_words_of_rfc_3326() -> None:
    assert reason_header(17) == ("Reason", "Q.850;cause=17")
