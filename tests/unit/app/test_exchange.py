"""Where sound is bound."""

import pytest

from cordboard.app.exchange import rtp_host

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("bind", "advertised", "expected"),
    [
        ("0.0.0.0", "127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "203.0.113.7", "0.0.0.0"),
        ("127.0.0.2", "127.0.0.1", "127.0.0.2"),
    ],
)
def test_the_advertised_address_is_bound_where_it_is_ours(
    bind: str, advertised: str, expected: str
) -> None:
    assert rtp_host(bind, advertised) == expected
