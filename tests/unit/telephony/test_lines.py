"""The number plan, and what is wrong with a set of lines."""

import pytest

from cordboard.telephony.lines import (
    Destination,
    Lines,
    NumberPlan,
    Phone,
    ServiceNumber,
    Trunk,
    clean_number,
    problems,
)

pytestmark = pytest.mark.unit

LINES = Lines(
    trunks=(Trunk(id="t", name="T", hosts=("192.0.2.1",)),),
    phones=(Phone(extension="8001", ha1_md5="0" * 32),),
    service_numbers=(ServiceNumber(number="96510", name="H", kind="flow", target="demo"),),
)


@pytest.mark.parametrize(
    ("dialled", "by", "expected"),
    [
        ("96510", "trunk", Destination("flow", "demo", "96510")),
        ("96510", "phone", Destination("flow", "demo", "96510")),
        ("8001", "phone", Destination("extension", "8001")),
        ("8001", "trunk", None),
        ("913800000000", "phone", Destination("outside", "13800000000")),
        ("913800000000", "trunk", None),
        ("91", "phone", None),
        ("13800000000", "phone", None),
        ("", "phone", None),
    ],
)
def test_what_a_dialled_number_means(dialled: str, by: str, expected: Destination | None) -> None:
    assert NumberPlan(LINES).find(dialled, by) == expected  # type: ignore[arg-type]


def test_a_site_without_a_prefix_reaches_nobody_outside() -> None:
    plan = NumberPlan(Lines(outside_prefix=""))
    assert plan.find("913800000000", "phone") is None


def test_visual_separators_do_not_count() -> None:
    assert clean_number("+86 (138) 0000-00.00") == "+8613800000000"


def test_lawful_lines_have_no_problems() -> None:
    assert problems(LINES) == []


def test_every_problem_is_named() -> None:
    bad = Lines(
        trunks=(Trunk(id="t", name="", hosts=()), Trunk(id="t", name="", hosts=("h",))),
        phones=(Phone(extension="9001"), Phone(extension="9001", contact="h:1")),
        service_numbers=LINES.service_numbers * 2,
    )
    assert problems(bad) == [
        "trunk t: stands there twice",
        "extension 9001: stands there twice",
        "service number 96510: stands there twice",
        "trunk t: name at least one host",
        "phone 9001: give a password or a fixed contact",
        "extension 9001: starts with the outside prefix 9",
        "extension 9001: starts with the outside prefix 9",
    ]
