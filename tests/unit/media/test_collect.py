import pytest

from cordboard.media.collect import Collection, DigitCollector, PatternError, compile_pattern

pytestmark = pytest.mark.unit


def a_collector(
    max_digits: int = 8,
    min_digits: int = 0,
    terminators: str = "#",
    patterns: list[str] | None = None,
) -> DigitCollector:
    return DigitCollector(max_digits, min_digits, terminators, 5000, 3000, patterns or [])


def enter(collector: DigitCollector, digits: str) -> Collection | None:
    result = None
    for place, digit in enumerate(digits):
        assert result is None
        result = collector.digit(digit, place * 100)
    return result


def test_the_terminator_ends_and_is_not_part_of_the_entry() -> None:
    assert enter(a_collector(), "1234#") == Collection("1234", "terminator", "#", enough=True)


def test_the_last_possible_digit_ends() -> None:
    assert enter(a_collector(max_digits=3), "120") == Collection("120", "max", "", enough=True)


def test_too_few_digits_are_told() -> None:
    assert enter(a_collector(min_digits=4), "12#") == Collection("12", "terminator", "#", False)


def test_a_pattern_ends_at_once() -> None:
    result = enter(a_collector(patterns=["0", "1XX"]), "199")
    assert result == Collection("199", "pattern", "", enough=True)


def test_the_first_wait_begins_when_the_prompt_is_over() -> None:
    collector = a_collector()
    assert collector.timeout(60_000) is None
    collector.prompt_ended(60_000)
    assert collector.timeout(64_999) is None
    assert collector.timeout(65_000) == Collection("", "no_input", "", enough=True)


def test_the_wait_between_digits_begins_anew_with_each() -> None:
    collector = a_collector()
    collector.digit("1", 0)
    collector.digit("2", 2900)
    assert collector.timeout(5800) is None
    assert collector.timeout(5900) == Collection("12", "timeout", "", enough=True)


def test_no_wait_runs_out_while_a_key_is_held() -> None:
    collector = a_collector()
    collector.prompt_ended(0)
    collector.key_down()
    collector.prompt_ended(10)
    assert collector.timeout(100_000) is None
    assert collector.digit("1", 100_000) is None
    assert collector.timeout(103_000) is not None


def test_what_was_pressed_is_told_when_nobody_wants_more() -> None:
    collector = a_collector()
    collector.digit("7", 0)
    assert collector.stop() == Collection("7", "stopped", "", enough=True)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [("1XX", "190", "1900"), ("[14-6]", "5", "2"), ("N", "2", "1"), ("Z*#", "9*#", "0*#")],
)
def test_digit_maps(pattern: str, yes: str, no: str) -> None:
    assert compile_pattern(pattern).fullmatch(yes)
    assert not compile_pattern(pattern).fullmatch(no)


@pytest.mark.parametrize("pattern", ["", "(1+)+", "[9-1]", "a", "[", ".*", "1" * 65, "X{9}"])
def test_what_is_no_digit_map_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)
