"""The rules of receipt texts once more, with regular expressions and plain Python: what the scanner is held against."""

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from smppkit.spec.receipts import BY_WORD, FINAL, STATES

WHITE = r"[\x00-\x20]"
KEY = re.compile(
    rf"(?:(?<={WHITE})|(?<![\x00-\U0010ffff]))"
    rf"(submit(?:{WHITE}|_|-)*date|done(?:{WHITE}|_|-)*date|[A-Za-z_\x80-\U0010ffff][\w.\-\x80-\U0010ffff]*):",
    re.IGNORECASE | re.ASCII,
)
DATE = re.compile(rf"(submit|done)(?:{WHITE}|[_-])*date")
KNOWN = ("id", "sub", "dlvrd", "submit_date", "done_date", "stat", "err", "text")
MOST_EXTRA = 64  # unknown fields that are kept: more are an attack on memory
FIELDS = ("id", "sub", "dlvrd", "submit_date", "done_date", "stat", "state", "final", "err", "text", "extra")


def small(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def trimmed(text: str) -> str:
    return text.strip("".join(map(chr, range(33))))


def fields_of(text: str) -> tuple[dict[str, str], dict[str, str]]:
    known: dict[str, str] = {}
    extra: dict[str, str] = {}
    unknown = 0
    text = text.rstrip("\0").removeprefix("\ufeff")
    keys = list(KEY.finditer(text))
    for place, key in enumerate(keys):
        name = DATE.sub(r"\1_date", small(key[1])) if DATE.fullmatch(small(key[1])) else small(key[1])
        name = "dlvrd" if name == "dlvrld" else name
        if name == "text":
            known.setdefault("text", text[key.end() :].removeprefix(" "))
            break
        value = trimmed(text[key.end() : keys[place + 1].start() if place + 1 < len(keys) else None])
        if name not in KNOWN:
            unknown += 1
            if unknown <= MOST_EXTRA:
                extra[name] = value
        elif not known.get(name):
            known[name] = value
    return known, extra


def date_of(text: str | None) -> datetime | None:
    word = re.match(r"[^\x00-\x20]*", text or "")[0]
    forms = {10: ("20%y%m%d%H%M",), 12: ("20%y%m%d%H%M%S", "%Y%m%d%H%M"), 14: ("%Y%m%d%H%M%S",)}
    if re.fullmatch(r"[0-9]{15}[+-]", word) and int(word[13:15]) <= 48:
        moment = made("20" + word[:12], 14)
        offset = timedelta(minutes=15 * int(word[13:15])) * (1 if word[15] == "+" else -1)
        return moment and moment.replace(microsecond=100_000 * int(word[12]), tzinfo=timezone(offset))
    if not re.fullmatch(r"[0-9]+", word):
        return None
    for form in forms.get(len(word), ()):
        moment = made("20" + word, len(word) + 2) if form.startswith("20") else made(word, len(word))
        if moment:
            return moment
    return None


def made(digits: str, length: int) -> datetime | None:
    try:
        numbers = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, length, 2))]
        moment = datetime(*numbers)
    except ValueError:
        return None
    return moment if 1700 <= moment.year <= 2200 else None


def bare_stat(done: str) -> tuple[str, str] | None:
    date, rest = re.fullmatch(rf"([0-9][^\x00-\x20]*)?{WHITE}*(.*)", done, re.DOTALL).groups()
    if rest and (re.fullmatch(r"[A-Za-z]+", rest) or word_of(rest) in BY_WORD):
        return date or "", rest
    return None


def word_of(stat: str) -> str:
    return small(re.sub(rf"(?:{WHITE}|_)+", " ", stat)).upper() if stat.isascii() else stat


def number_of(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def parse(text: str) -> dict[str, Any] | None:
    """Return the fields of a receipt by shape, without TLVs and esm_class."""
    known, extra = fields_of(text)
    if not known.get("stat") and known.get("done_date"):
        found = bare_stat(known["done_date"])
        if found:
            known["done_date"], known["stat"] = found
    if not known.get("id") or not known.get("stat"):
        return None
    word = BY_WORD.get(word_of(known["stat"]))
    state = STATES[word.state] if word else "UNKNOWN"
    return {name: known.get(name) for name in FIELDS} | {
        "sub": number_of(known.get("sub")),
        "dlvrd": number_of(known.get("dlvrd")),
        "submit_date": date_of(known.get("submit_date")),
        "done_date": date_of(known.get("done_date")),
        "state": state,
        "final": state in FINAL,
        "extra": extra,
    }
