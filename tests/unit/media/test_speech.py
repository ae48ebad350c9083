import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordboard.media import speech
from cordboard.media.speech import SpeechError, expand

pytestmark = pytest.mark.unit

CATALOGUE = json.loads(
    (Path(speech.__file__).parent / "prompts" / "catalogue.json").read_text(encoding="utf-8")
)


def said(language: str, kind: str, value: str) -> str:
    """The words that are heard, as text; a pause is a comma."""
    words = []
    for item in expand(language, kind, value):
        name = item.removeprefix(f"file:{language}/")
        words.append("," if item.startswith("silence:") else CATALOGUE[name][language])
    return ("" if language == "zh" else " ").join(words)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "零"),
        ("2", "二"),
        ("10", "十"),
        ("12", "十二"),
        ("20", "二十"),
        ("100", "一百"),
        ("101", "一百零一"),
        ("110", "一百一十"),
        ("115", "一百一十五"),
        ("200", "两百"),
        ("222", "两百二十二"),
        ("1000", "一千"),
        ("1001", "一千零一"),
        ("1010", "一千零一十"),
        ("1200", "一千二百"),
        ("2002", "两千零二"),
        ("10000", "一万"),
        ("10005", "一万零五"),
        ("10500", "一万零五百"),
        ("15000", "一万五千"),
        ("20000", "两万"),
        ("100010", "十万零一十"),
        ("101000", "十万一千"),
        ("120000", "十二万"),
        ("1000000", "一百万"),
        ("20000002", "两千万零二"),
        ("100000000", "一亿"),
        ("100000001", "一亿零一"),
        ("100001000", "一亿零一千"),
        ("200000000", "两亿"),
        ("1050000000", "十亿五千万"),
        ("1000000000000", "一万亿"),
        ("1234500000000", "一万二千三百四十五亿".replace("万二", "万两")),
        ("-5", "负五"),
        ("3.14", "三点一四"),
        ("0.50", "零点五零"),
    ],
)
def test_chinese_numbers(value: str, text: str) -> None:
    assert said("zh", "number", value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "zero"),
        ("13", "thirteen"),
        ("21", "twenty one"),
        ("100", "one hundred"),
        ("101", "one hundred and one"),
        ("999", "nine hundred and ninety nine"),
        ("1000", "one thousand"),
        ("1001", "one thousand and one"),
        ("1100", "one thousand one hundred"),
        (
            "1234567",
            "one million two hundred and thirty four thousand five hundred and sixty seven",
        ),
        ("2000000000", "two billion"),
        ("-3.05", "minus three point zero five"),
    ],
)
def test_english_numbers(value: str, text: str) -> None:
    assert said("en", "number", value) == text


@pytest.mark.parametrize(
    ("language", "kind", "value", "text"),
    [
        ("zh", "digits", "1029*#", "一零二九星井"),
        ("en", "digits", "07", "zero seven"),
        ("zh", "ordinal", "1", "第一"),
        ("zh", "ordinal", "2", "第二"),
        ("zh", "ordinal", "200", "第二百"),
        ("zh", "ordinal", "12", "第十二"),
        ("en", "ordinal", "1", "first"),
        ("en", "ordinal", "12", "twelfth"),
        ("en", "ordinal", "20", "twentieth"),
        ("en", "ordinal", "123", "one hundred and twenty third"),
        ("en", "ordinal", "1000", "one thousandth"),
        ("zh", "date", "2026-11-22", "二零二六年十一月二十二日"),
        ("zh", "date", "2005-02-02", "二零零五年二月二日"),
        ("en", "date", "2026-11-22", "the twenty second of November twenty twenty six"),
        ("en", "date", "2005-01-31", "the thirty first of January two thousand and five"),
        ("en", "date", "1900-05-05", "the fifth of May nineteen hundred"),
        ("en", "date", "1908-05-05", "the fifth of May nineteen oh eight"),
        ("en", "date", "2000-05-05", "the fifth of May two thousand"),
        ("zh", "time", "14:05", "十四点零五分"),
        ("zh", "time", "02:00", "两点整"),
        ("zh", "time", "00:30", "零点三十分"),
        ("en", "time", "14:05", "fourteen oh five"),
        ("en", "time", "09:00", "nine hundred hours"),
        ("en", "time", "23:59", "twenty three fifty nine"),
        ("zh", "money", "12.34", "十二元三角四分"),
        ("zh", "money", "12.04", "十二元零四分"),
        ("zh", "money", "2", "两元"),
        ("zh", "money", "0.50", "五角"),
        ("zh", "money", "0.5", "五角"),
        ("zh", "money", "0", "零元"),
        ("zh", "money", "0.02", "两分"),
        ("zh", "money", "-100.20", "负一百元两角"),
        ("zh", "money", "3.05/USD", "三美元五美分"),
        ("en", "money", "1", "one pound"),
        ("en", "money", "1.01", "one pound and one penny"),
        ("en", "money", "12.30/USD", "twelve dollars and thirty cents"),
        ("en", "money", "0.99/EUR", "ninety nine cents"),
        ("en", "money", "5/CNY", "five yuan"),
        ("zh", "phone", "13812345678", "幺三八,幺二三四,五六七八"),
        ("zh", "phone", "12345", "幺二三四五"),
        ("en", "phone", "+44 20 1234", "plus four four , two zero , one two three four"),
        ("zh", "duration", "7325", "两小时两分钟五秒"),
        ("zh", "duration", "0", "零秒"),
        ("en", "duration", "3661", "one hour one minute and one second"),
        ("en", "duration", "120", "two minutes"),
        ("zh", "weekday", "7", "星期日"),
        ("en", "weekday", "1", "Monday"),
    ],
)
def test_other_kinds(language: str, kind: str, value: str, text: str) -> None:
    assert said(language, kind, value) == text


@pytest.mark.parametrize(
    ("language", "kind", "value"),
    [
        ("fr", "number", "1"),
        ("zh", "poem", "1"),
        ("zh", "number", ""),
        ("zh", "number", "1e5"),
        ("zh", "number", "１２"),
        ("zh", "number", "9" * 16),
        ("zh", "digits", "12a"),
        ("en", "ordinal", "0"),
        ("en", "ordinal", "-1"),
        ("en", "ordinal", "1.5"),
        ("en", "date", "2026-02-30"),
        ("en", "date", "22.11.2026"),
        ("zh", "time", "24:00"),
        ("zh", "time", "1:5"),
        ("zh", "money", "1.234"),
        ("zh", "money", "1/XXX"),
        ("en", "phone", "call me"),
        ("en", "duration", "-1"),
        ("en", "duration", "99999999"),
        ("en", "weekday", "8"),
        ("en", "digits", "1" * 65),
    ],
)
def test_what_cannot_be_said_is_an_error(language: str, kind: str, value: str) -> None:
    with pytest.raises(SpeechError):
        expand(language, kind, value)


ZH = {word: n for n, word in enumerate("零一二三四五六七八九")} | {"两": 2}
ZH_UNITS = {"十": 10, "百": 100, "千": 1000}
EN_WORDS = {CATALOGUE[f"say/{n}"]["en"]: n for n in [*range(20), *range(20, 100, 10)]}
EN_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def read_chinese(text: str) -> int:
    """An independent reader: 亿 splits, then 万, then units."""
    for mark, size in (("亿", 10**8), ("万", 10**4)):
        if mark in text:
            head, tail = text.rsplit(mark, 1)
            return read_chinese(head) * size + read_chinese(tail)
    total, digit = 0, 0
    for place, char in enumerate(text):
        if char in ZH_UNITS:
            total += (digit if place and digit else 1) * ZH_UNITS[char]
            digit = 0
        else:
            digit = ZH[char]
    return total + digit


def read_english(text: str) -> int:
    total = part = 0
    for word in text.replace(" and ", " ").split():
        if word in EN_SCALES:
            total, part = total + part * EN_SCALES[word], 0
        elif word == "hundred":
            part *= 100
        else:
            part += EN_WORDS[word]
    return total + part


NUMBERS = st.one_of(
    st.integers(0, 10**15 - 1),
    st.integers(0, 20000),
    st.builds(lambda a, b: a * 10**b, st.integers(1, 999), st.integers(0, 12)),
    st.builds(lambda a, b: 10**a + 10**b, st.integers(0, 14), st.integers(0, 14)),
)


@given(NUMBERS)
def test_every_chinese_number_is_understood_as_itself(number: int) -> None:
    text = said("zh", "number", str(number))
    assert read_chinese(text) == number
    assert "零零" not in text
    assert not text.endswith("零") or number == 0


@given(NUMBERS)
def test_every_english_number_is_understood_as_itself(number: int) -> None:
    assert read_english(said("en", "number", str(number))) == number


@given(st.dates(date(1000, 1, 1), date(9999, 12, 31)), st.sampled_from(["zh", "en"]))
def test_every_day_can_be_said(day: date, language: str) -> None:
    assert said(language, "date", day.isoformat())


@given(st.integers(0, 10**15 - 1), st.sampled_from(["zh", "en"]))
def test_every_amount_and_place_has_its_prompts(number: int, language: str) -> None:
    assert said(language, "ordinal", str(number + 1 if number + 1 < 10**15 else 1))
    for currency in speech.LANGUAGES[language].CURRENCIES:
        assert said(language, "money", f"{number // 100}.{number % 100:02}/{currency}")


def test_every_minute_of_a_day_and_many_waits_can_be_said() -> None:
    for minute in range(1440):
        for language in ("zh", "en"):
            assert said(language, "time", f"{minute // 60:02}:{minute % 60:02}")
            wait = timedelta(minutes=minute, seconds=minute % 61)
            assert said(language, "duration", str(int(wait.total_seconds())))
