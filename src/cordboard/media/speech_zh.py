"""How numbers are said in Chinese (Mandarin), as rules over atoms.

Pure. 万 and 亿 group by four digits; a hole inside is one 零; 两 stands for 2 before 千, 万, 亿,
a leading 百 and measure words; 十 needs no 一 at the very beginning.
Sources: GB/T 15835-2011 (numerals in text); 现代汉语词典, entries 二, 两, 零, 幺.
"""

HOME_CURRENCY = "CNY"
CURRENCIES: dict[str, tuple[str, ...]] = {
    "CNY": ("yuan", "jiao", "fen"),
    "HKD": ("hkd", "jiao", "fen"),
    "USD": ("usd", "", "us-cent"),
    "GBP": ("gbp", "", "penny"),
    "EUR": ("eur", "", "eur-cent"),
}
"Currency: unit, tenth (empty: there is none), hundredth."

MEASURES = {"day": "days", "hour": "hours", "minute": "minutes", "second": "seconds"}
_GROUPS = ((10**12, "wan yi"), (10**8, "yi"), (10**4, "wan"), (1, ""))
_PLACES = ((1000, "thousand"), (100, "hundred"), (10, "ten"), (1, ""))


def cardinal(number: int) -> list[str]:
    """A whole number below 10^16: 两万零五 -> liang wan 0 5."""
    if number == 0:
        return ["0"]
    atoms: list[str] = []
    hole = False
    for size, name in _groups_of(number):
        group = number // size % 10000
        if group == 0:
            hole = bool(atoms)
            continue
        if atoms and (hole or group < 1000):
            atoms.append("0")
        if group == 2 and name:
            atoms.append("liang")
        else:
            atoms += _group(group, first=not atoms)
        atoms += name.split()
        hole = False
    return atoms


def _groups_of(number: int) -> list[tuple[int, str]]:
    """Sizes and names from the highest down; 万亿 is 万 alone where 亿 follows at once."""
    groups = [(size, name) for size, name in _GROUPS if number >= size]
    if number >= 10**12 and number // 10**8 % 10000:
        groups[0] = (10**12, "wan")
    return groups


def _group(group: int, *, first: bool) -> list[str]:
    atoms: list[str] = []
    hole = False
    for size, name in _PLACES:
        digit = group // size % 10
        if digit == 0:
            hole = bool(atoms)
            continue
        if hole:
            atoms.append("0")
            hole = False
        leading = first and not atoms
        if name == "thousand" or (name == "hundred" and leading):
            atoms.append("liang" if digit == 2 else str(digit))
        elif not (name == "ten" and digit == 1 and leading):
            atoms.append(str(digit))
        if name:
            atoms.append(name)
    return atoms


def ordinal(number: int) -> list[str]:
    """第 and the number; 2 stays 二 and 200 is 第二百."""
    atoms = cardinal(number)
    if number < 1000 and atoms[0] == "liang":
        atoms[0] = "2"
    return ["ordinal", *atoms]


def count(number: int) -> list[str]:
    """A number before a measure word: 两 for 2."""
    return ["liang"] if number == 2 else cardinal(number)


def day(year: int, month: int, day_of_month: int) -> list[str]:
    """二零二六年十一月二十二日."""
    return [*str(year), "year", *cardinal(month), "month", *cardinal(day_of_month), "day"]


def clock(hour: int, minute: int) -> list[str]:
    """十四点零五分, 两点整; 24 hours."""
    atoms = [*count(hour), "o-clock"]
    if minute == 0:
        return [*atoms, "sharp"]
    return [*atoms, *(["0"] if minute < 10 else []), *cardinal(minute), "minute"]


def money(units: int, hundredths: int, currency: str) -> list[str]:
    """十二元三角四分; 十二元零四分; 五角."""
    unit, tenth, hundredth = CURRENCIES[currency]
    atoms = [*count(units), unit] if units or not hundredths else []
    if not tenth:
        return atoms + ([*count(hundredths), hundredth] if hundredths else [])
    tens, ones = divmod(hundredths, 10)
    if tens:
        atoms += [*count(tens), tenth]
    elif units and ones:
        atoms.append("0")
    return atoms + ([*count(ones), hundredth] if ones else [])


def phone_digit(digit: str) -> str:
    """One digit of a telephone number: 幺 for 1."""
    return "yao" if digit == "1" else digit


def duration(parts: list[tuple[str, int]]) -> list[str]:
    """两小时零五分钟 without the 零: 两小时五分钟."""
    return [atom for unit, number in parts for atom in (*count(number), MEASURES[unit])]
