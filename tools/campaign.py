"""Make smppkit/data/campaign.csv: 10,000 messages in many languages, to numbers that nobody has.

    python tools/campaign.py          writes the file; the same octets each time

Columns: destination, name, text (the whole message), tag (parcel, code, appointment, offer, notice), language. A notice
is long, two to four parts. About one row in a hundred has a destination that cannot be one.

Where a regulator set numbers aside for films and manuals, those are used:

    +44 7700 900xxx                  Ofcom, telephone numbers for use in drama
    +1 … 555 01xx                    NANPA, 555-0100 to 555-0199 of any area code
    +61 491 57x xxx                  ACMA, numbers for use in films and creative works
    +33 6 39 98 xx xx                ARCEP, numbers for audiovisual works
    +49 171 39200xx, 176 040690xx    Bundesnetzagentur, drama numbers
    +46 70 174 06 05 to 06 99        PTS, numbers for books and films
    +353 20 91x xxxx                 ComReg, numbers for drama

Elsewhere they come from ranges that no operator was given, as the package phonenumbers knows them; a test asks it.
"""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

ROOT = Path(__file__).parents[1]
OUT = ROOT / "smppkit" / "data" / "campaign.csv"
TEXTS = Path(__file__).with_suffix(".toml")
ROWS, SEED = 10_000, 20_240_229
LONG, BROKEN, EMOJI = 0.15, 0.01, 0.04
TAGS = (("parcel", 0.45), ("code", 0.75), ("appointment", 0.9), ("offer", 1.0))  # each up to that share
GSM = frozenset(
    ("en", "fr", "de", "nl", "it", "da", "nb", "sv", "fi", "id", "sw")
)  # written with the GSM alphabet alone
LATIN, OTHERS = range(165, 590), range(75, 255)  # characters of a long text before its places are filled
EMOJIS = ("🙂", "📦", "🎉", "👍🏽", "🌷", "👨‍👩‍👧", "🇪🇺", "☀️")
COLUMNS = ("destination", "name", "text", "tag", "language")
DIGIT = "x"
Choice = TypeVar("Choice")

CA = ("416", "514", "604", "613", "902")
US = ("212", "206", "303", "312", "415", "512", "602", "617", "702", "808", "713", "305")
AU = "006 156 157 158 159 110 313 737 1266 1491 1804 2549 2665 2983 3770 3087 4118 4632 5254 5789 6398 6801 7426 7644"
AU_ALL = [f"4915{int(end) + 70_000:05}" for end in AU.split()]


class Country(NamedTuple):
    """How many in a thousand live here, their languages, the calling code, and patterns of national numbers."""

    share: int
    languages: str
    code: str
    patterns: list[str]


RESERVED = (
    Country(85, "en", "44", ["7700900xxx"]),
    Country(120, "en en en en es", "1", [f"{area}55501xx" for area in US]),
    Country(40, "en en fr", "1", [f"{area}55501xx" for area in CA]),
    Country(2, "en", "61", AU_ALL),
    Country(85, "fr", "33", ["63998xxxx"]),
    Country(18, "de", "49", ["17139200xx", "176040690xx"]),
    Country(8, "sv", "46", ["70174061x", "70174062x", "70174064x", "70174066x", "70174067x", "70174068x"]),
    Country(20, "en", "353", ["2091xxxxx"]),
)
UNASSIGNED = (
    Country(30, "nl nl fr de", "32", ["404xxxxxx"]),
    Country(40, "nl", "31", ["607xxxxxx"]),
    Country(4, "fr de", "352", ["605xxxxxx"]),
    Country(22, "de", "43", ["607xxxxxx"]),
    Country(18, "de de fr it", "41", ["743xxxxxx"]),
    Country(42, "es", "34", ["104xxxxxx"]),
    Country(16, "pt", "351", ["904xxxxxx"]),
    Country(42, "it", "39", ["304xxxxxxx"]),
    Country(8, "nb", "47", ["424xxxxx"]),
    Country(9, "da", "45", ["374xxxxx"]),
    Country(9, "fi", "358", ["494xxxxxx"]),
    Country(2, "is", "354", ["604xxxx"]),
    Country(34, "pl", "48", ["104xxxxxx"]),
    Country(12, "cs", "420", ["614xxxxxx"]),
    Country(7, "sk", "421", ["924xxxxxx"]),
    Country(12, "hu", "36", ["224xxxxxx"]),
    Country(16, "ro", "40", ["714xxxxxx"]),
    Country(6, "hr", "385", ["934xxxxxx"]),
    Country(3, "et", "372", ["104xxxxx"]),
    Country(3, "lv", "371", ["104xxxxx"]),
    Country(4, "lt", "370", ["104xxxxx"]),
    Country(18, "el", "30", ["604xxxxxxx"]),
    Country(2, "el", "357", ["904xxxxx"]),
    Country(9, "bg", "359", ["404xxxxx"]),
    Country(26, "ru", "7", ["104xxxxxxx"]),
    Country(20, "uk", "380", ["584xxxxxx"]),
    Country(7, "sr", "381", ["110xxxxxx"]),
    Country(4, "kk ru", "7", ["734xxxxxxx"]),
    Country(28, "tr", "90", ["514xxxxxxx"]),
    Country(12, "he", "972", ["574xxxxxx"]),
    Country(10, "ar", "966", ["524xxxxxx"]),
    Country(10, "ar", "20", ["134xxxxxxx"]),
    Country(8, "ar en", "971", ["514xxxxxx"]),
    Country(7, "ar fr", "212", ["686xxxxxx"]),
    Country(24, "hi en", "91", ["104xxxxxxx"]),
    Country(11, "th", "66", ["104xxxxxx"]),
    Country(12, "vi", "84", ["104xxxxxx"]),
    Country(20, "id", "62", ["104xxxxxxx"]),
    Country(20, "zh", "86", ["104xxxxxxxx"]),
    Country(9, "zh-Hant", "886", ["104xxxxxx"]),
    Country(18, "ja", "81", ["914xxxxxxx"]),
    Country(12, "ko", "82", ["134xxxxxxx"]),
    Country(9, "en", "27", ["194xxxxxx"]),
    Country(10, "sw", "254", ["126xxxxxx"]),
    Country(10, "en", "234", ["824xxxxxxx"]),
    Country(24, "es", "52", ["204xxxxxxx"]),
    Country(10, "es", "57", ["334xxxxxxx"]),
    Country(30, "pt", "55", ["104xxxxxxxx"]),
    Country(3, "ka", "995", ["524xxxxxx"]),
    Country(2, "hy", "374", ["704xxxxx"]),
    Country(3, "en", "64", ["234xxxxxx"]),
)


def main() -> None:
    """Write the file."""
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(made(), encoding="utf-8", newline="")


def made() -> str:
    """Return the file as text."""
    return "".join(line(row) for row in (COLUMNS, *rows()))


def rows() -> Iterator[tuple[str | None, ...]]:
    """Yield the rows."""
    texts = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    random = Random(SEED)
    countries = [country for country in (*RESERVED, *UNASSIGNED) for _ in range(country.share)]
    used: set[str] = set()
    for _ in range(ROWS):
        number = None
        while number is None:
            country = pick(random, countries)
            number = unused(random, country, used)
        language = pick(random, country.languages.split())
        tag, name, text = message(random, language, texts[language])
        broken = random.random() < BROKEN
        yield (wrong(random, number) if broken else written(random, country.code, number)), name, text, tag, language


def pick(random: Random, choices: Sequence[Choice]) -> Choice:
    """Return one of them; the same one in every version of Python."""
    return choices[int(random.random() * len(choices))]


def unused(random: Random, country: Country, used: set[str]) -> str | None:
    """Return a national number that no row has yet, None when a few tries found none."""
    for _ in range(20):
        pattern = pick(random, country.patterns)
        number = "".join(str(int(random.random() * 10)) if sign == DIGIT else sign for sign in pattern)
        if country.code + number not in used:
            used.add(country.code + number)
            return number
    return None


def written(random: Random, code: str, number: str) -> str:
    """Return a number as people write it."""
    how = random.random()
    if how < 0.55:
        return f"+{code}{number}"
    if how < 0.65:
        return f"{code}{number}"
    groups = [number[:3], *(number[at : at + 2] for at in range(3, len(number) - 3, 2))]
    groups.append(number[sum(map(len, groups)) :])
    if how < 0.85:
        return f"+{code} {' '.join(groups)}"
    if how < 0.93:
        return f"+{code}-{'-'.join(groups)}"
    return f"+{code} ({groups[0]}) {' '.join(groups[1:])}"


def wrong(random: Random, number: str) -> str | None:
    """Return what stands in address books where a number should."""
    cut, twice = f"+{number[:2]}", f"+{number}{number}"
    choices = (None, None, "", "n/a", "unknown", "+", f"{number[:4]}CALL", cut, twice, "call me")
    return pick(random, choices)


def message(random: Random, language: str, texts: dict[str, Any]) -> tuple[str, str, str]:
    """Return tag, name and text of a message in one language."""
    name = pick(random, texts["names"])
    draw = random.random()
    if draw < LONG:
        tag, text = "notice", notice(random, texts["long"], LATIN if language in GSM else OTHERS)
    else:
        draw = random.random()
        tag = next(name for name, upto in TAGS if draw < upto)
        text = texts[tag]
    happy = f" {pick(random, EMOJIS)}" if tag in ("parcel", "offer") and random.random() < EMOJI / 0.6 else ""
    minute, hour = pick(random, ("00", "15", "30", "45")), 8 + int(random.random() * 9)
    filled = {"time": f"{hour:02}:{minute}", "day": str(1 + int(random.random() * 28))}
    return tag, name, text.format(name=name, code=f"{int(random.random() * 1e6):06}", **filled) + happy


def notice(random: Random, sentences: list[str], room: range) -> str:
    """Return so many of the sentences that they take two to four parts."""
    whole = [" ".join(sentences[: count + 1]) for count in range(len(sentences))]
    return pick(random, [text for text in whole if len(text) in room] or whole[:1])


def line(row: tuple[str | None, ...]) -> str:
    """Return one line; an absent value is an empty cell, an empty text a quoted one."""
    return ",".join(cell(value) for value in row) + "\n"


def cell(value: str | None) -> str:
    """Return one cell, in quotes where it needs them."""
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if value == "" or set(',"\n') & set(value) else value


if __name__ == "__main__":
    main()
