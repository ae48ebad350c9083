"""How numbers are said in English (British), as rules over atoms.

Pure. Groups by thousands, `and` before the last two digits, ordinals in the last word only,
years in pairs, time on the 24-hour clock.
Source: New Hart's Rules §11 (numbers and dates); common usage of speaking clocks.
"""

HOME_CURRENCY = "GBP"
CURRENCIES: dict[str, tuple[str, ...]] = {
    "GBP": ("pound", "pounds", "penny", "pence"),
    "USD": ("dollar", "dollars", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "HKD": ("hong-kong-dollar", "hong-kong-dollars", "cent", "cents"),
    "CNY": ("yuan", "yuan", "fen", "fen"),
}
"Currency: one unit, several, one hundredth, several."

MEASURES = {
    "day": ("day", "days"),
    "hour": ("hour", "hours"),
    "minute": ("minute", "minutes"),
    "second": ("second", "seconds"),
}
"Unit: the name of one, of several."

_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


def cardinal(number: int) -> list[str]:
    """A whole number below 10^15: one thousand two hundred and five."""
    if number == 0:
        return ["0"]
    atoms: list[str] = []
    for size, name in _SCALES:
        group = number // size % 1000
        if group:
            atoms += [*_below_thousand(group), name]
    rest = number % 1000
    if rest:
        if atoms and rest < 100:
            atoms.append("and")
        atoms += _below_thousand(rest)
    return atoms


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    atoms = [str(hundreds), "hundred"] if hundreds else []
    if hundreds and rest:
        atoms.append("and")
    return atoms + (_below_hundred(rest) if rest else [])


def _below_hundred(number: int) -> list[str]:
    if number < 20:
        return [str(number)]
    tens, ones = divmod(number, 10)
    return [str(tens * 10), *([str(ones)] if ones else [])]


def ordinal(number: int) -> list[str]:
    """The last word becomes an ordinal: twenty-first, one hundred and fifth."""
    atoms = cardinal(number)
    return [*atoms[:-1], f"{atoms[-1]}-th"]


def day(year: int, month: int, day_of_month: int) -> list[str]:
    """The twenty-second of November, twenty twenty-six."""
    return ["the", *ordinal(day_of_month), "of", f"month-{month}", *_year(year)]


def _year(year: int) -> list[str]:
    century, rest = divmod(year, 100)
    if rest == 0 and century % 10 == 0:
        return cardinal(year)
    if century % 10 == 0 and rest < 10:
        return cardinal(year)
    if rest == 0:
        return [*_below_hundred(century), "hundred"]
    head = _below_hundred(century)
    return [*head, "oh", str(rest)] if rest < 10 else head + _below_hundred(rest)


def clock(hour: int, minute: int) -> list[str]:
    """Fourteen oh five, fourteen thirty, fourteen hundred; 24 hours."""
    head = _below_hundred(hour) if hour else ["0"]
    if minute == 0:
        return [*head, "hundred", "hours"]
    return [*head, "oh", str(minute)] if minute < 10 else head + _below_hundred(minute)


def money(units: int, hundredths: int, currency: str) -> list[str]:
    """Twelve pounds and thirty pence; one dollar; fifty cents."""
    one, several, one_part, parts = CURRENCIES[currency]
    atoms = []
    if units or not hundredths:
        atoms = [*cardinal(units), one if units == 1 else several]
    if hundredths:
        atoms += ["and"] if atoms else []
        atoms += [*cardinal(hundredths), one_part if hundredths == 1 else parts]
    return atoms


def phone_digit(digit: str) -> str:
    """One digit of a telephone number."""
    return digit


def duration(parts: list[tuple[str, int]]) -> list[str]:
    """Two hours, one minute and five seconds."""
    atoms: list[str] = []
    for place, (unit, number) in enumerate(parts):
        if place and place == len(parts) - 1:
            atoms.append("and")
        one, several = MEASURES[unit]
        atoms += [*cardinal(number), one if number == 1 else several]
    return atoms
