"""GSM 7-bit text beside rivals: ``python -m benchmarks.alphabets [--rounds 9] [--write]``.

Text to septets and back, septets to packed octets and back, for messages of 160 and of 20 characters. Rivals that only
do two steps at once stand in rows of their own. Then the same for columns of --messages (100000) messages of all
lengths, beside the quickest rival and plain C over the same buffers.
"""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import NamedTuple

import smppkit as sk

from . import alphabet_columns, plain
from .rivals import ALPHABET_UNFIT, Found, Rival, find
from .rounds import OURS, Contender, Row, measure, options, publish, report, times

TEXT = (
    "Your parcel arrives today between 14:00 and 16:00, 5 £ to pay. Please have your identity card ready: "
    "Ærøskøbing café @ quai 7. Questions? Call +32 2 555 1234! Thanks"
)
RIVALS = (
    Rival("gsm0338", ("gsm0338",)),
    Rival("gsmcodecs", ("gsmcodecs",)),
    Rival("smsutil", ("smsutil.codecs",)),
    Rival("pygsm7", ("pygsm7",)),
    Rival("python-messaging", ("messaging.sms.gsm0338", "messaging.utils")),
    Rival("smpplib", ("smpplib.gsm",)),
    Rival("aiosmpplib", ("aiosmpplib.codec",)),
)
Ways = Mapping[str, tuple[str, Callable[[tuple[ModuleType, ...]], object]]]

# Each rival's own way: an expression over f, text, septets, packed, and where f comes from. smsutil, python-messaging
# and aiosmpplib all register the codec "gsm0338", so their codecs are called directly.
ENCODE: Ways = {
    "gsm0338": ("f(text)[0]", lambda modules: modules[0].Codec().encode),
    "gsmcodecs": ("text.encode('gsm23.038')", lambda _: None),
    "smsutil": ("f(text)[0]", lambda modules: modules[0].GSM0338Codec().encode),
    "python-messaging": ("f(text)[0]", lambda modules: modules[0].GSM0338Codec().encode),
    "smpplib": ("f(text)", lambda modules: modules[0].gsm_encode),
    "aiosmpplib": ("f(text)[0]", lambda modules: modules[0].GSM7BitCodec().encode),
}
DECODE: Ways = {
    "gsm0338": ("f(septets)[0]", lambda modules: modules[0].Codec().decode),
    "gsmcodecs": ("septets.decode('gsm23.038')", lambda _: None),
    "smsutil": ("f(septets)[0]", lambda modules: modules[0].GSM0338Codec().decode),
    "python-messaging": ("f(septets)[0]", lambda modules: modules[0].GSM0338Codec().decode),
    "aiosmpplib": ("f(septets)[0]", lambda modules: modules[0].GSM7BitCodec().decode),
}
PACK: Ways = {
    # It wants septets as text and gives hexadecimal digits, the first two of which count septets.
    "python-messaging": ("f(latin)", lambda modules: modules[1].pack_8bits_to_7bits),
}
UNPACK: Ways = {"python-messaging": ("f(numbers)", lambda modules: modules[1].unpack_msg)}
ENCODE_PACKED: Ways = {
    "pygsm7": ("f(text)", lambda modules: modules[0].encode_gsm7),
    "aiosmpplib": ("f(text)[0]", lambda modules: modules[0].GSM7BitPackedCodec().encode),
}
DECODE_PACKED: Ways = {
    "pygsm7": ("f(digits, count)", lambda modules: modules[0].decode_gsm7),
    "aiosmpplib": ("f(packed)[0]", lambda modules: modules[0].GSM7BitPackedCodec().decode),
}


class Thing(NamedTuple):
    """What is done in a row: our way, the rivals', how results become comparable, and the same by loops in plain C.

    ``empty`` is a call that only makes an object of as many octets: no function can be quicker.
    """

    name: str
    ours: str
    ways: Ways
    plain: str
    comparable: Callable[[object], object] = lambda result: result
    empty: str = ""


def from_hex(skip: int) -> Callable[[object], object]:
    return lambda result: bytes.fromhex(result[skip:]) if isinstance(result, str) else result


THINGS = (
    Thing("text to septets", "f.encode(text)", ENCODE, "c.encode_text(text)"),
    Thing("septets to text", "f.decode(septets)", DECODE, "c.decode_text(septets)"),
    Thing("pack", "f.pack(septets)", PACK, "c.pack(septets)", from_hex(2), "c.empty(septets, size)"),
    Thing("unpack", "f.unpack(packed, count)", UNPACK, "c.unpack(packed, count)", empty="c.empty(packed, count)"),
    Thing("text to packed octets", "f.pack(f.encode(text))", ENCODE_PACKED, "c.pack(c.encode_text(text))", from_hex(0)),
    Thing(
        "packed octets to text",
        "f.decode(f.unpack(packed, count))",
        DECODE_PACKED,
        "c.decode_text(c.unpack(packed, count))",
    ),
)


EMPTY = f"{plain.NAME}, an empty call"
BESIDE = "python-messaging"  # the only one that packs and unpacks
WANTED = {"unpack, 160 characters": 1_000}  # times its speed


def ceilings(rows: Sequence[Row]) -> list[str]:
    """Return how many times the speed of the rival the fastest call could have that does nothing."""
    found = []
    for row in rows:
        if not {EMPTY, BESIDE} <= row.seconds.keys():
            continue
        most, ours = (row.median(BESIDE) / row.median(name) for name in (EMPTY, OURS))
        wanted = WANTED.get(row.name, 0)
        short = f", where {wanted:,}x was the aim: no function can reach it here" if wanted > most else ""
        found.append(f"{row.name}: {times(most)} (smppkit {times(ours)}){short}")
    if not found:
        return []
    return [f"What a call alone allows beside {BESIDE}, by the medians of an empty one: {'; '.join(found)}."]


def column_ceilings(rows: Sequence[Row]) -> list[str]:
    """Return how many times the speed of the rival the fastest loops in C have, where columns have no calls."""
    found = []
    for row in rows:
        loops = [row.median(name) for name in row.seconds if name.startswith(plain.NAME)]
        if loops and BESIDE in row.seconds:
            most, ours = (row.median(BESIDE) / median for median in (min(loops), row.median(OURS)))
            found.append(f"{row.name.partition(',')[0]} {times(most)} (smppkit {times(ours)})")
    return [f"The fastest loops in C beside {BESIDE}, by the medians: {'; '.join(found)}."] if found else []


def limits(thing: Thing, names: Mapping[str, object], expected: object) -> list[Contender]:
    """Plain C; and a call that makes an object and nothing else, whose result is not to be compared."""
    found = [Contender(plain.NAME, thing.plain, names, thing.comparable)]
    if thing.empty:
        found.append(Contender(EMPTY, thing.empty, names, lambda _: expected))
    return found


def one_message(text: str, found: Found, rounds: int) -> list[Row]:
    septets = sk.gsm7.encode(text)
    packed = sk.gsm7.pack(septets)
    extension = plain.build("alphabet")
    names = {
        "text": text,
        "septets": septets,
        "packed": packed,
        "count": len(septets),
        "size": len(packed),
        "latin": septets.decode("latin-1"),
        "numbers": list(packed),
        "digits": packed.hex(),
    }
    rows = []
    for thing in THINGS:
        contenders = [Contender(OURS, thing.ours, {**names, "f": sk.gsm7}, thing.comparable)]
        for package, (expression, function) in thing.ways.items():
            if package in found.modules:
                own = {**names, "f": function(found.modules[package])}
                contenders.append(Contender(package, expression, own, thing.comparable))
        if isinstance(extension, ModuleType):
            contenders += limits(thing, {**names, "c": extension}, contenders[0].result())
        rows.append(measure(f"{thing.name}, {len(text)} characters", contenders, rounds))
    return rows


def tables(rounds: int, messages: int) -> list[str]:
    found = find(RIVALS, ALPHABET_UNFIT)
    rows = one_message(TEXT[:160], found, rounds) + one_message(TEXT[:20], found, rounds)
    limit = f"{plain.NAME} is a yardstick, no rival: scalar loops in an extension, benchmarks/plain."
    least = "An empty call makes an object of as many octets and nothing else: what a call costs before any work."
    notes = [limit, least] if isinstance(built := plain.build("alphabet"), ModuleType) else [built]
    one = report("Alphabet, one call", rows, found.packages, [*notes, *ceilings(rows), *found.absent])
    columns = alphabet_columns.tables(found, messages, min(rounds, 3))
    return [one, report("Alphabet, columns", columns, found.packages, [*notes[:1], *column_ceilings(columns)])]


def main(arguments: list[str] | None = None) -> None:
    chosen = options(__doc__ or "", messages=100_000).parse_args(arguments)
    publish(chosen.write, "alphabets", arguments, *tables(chosen.rounds, chosen.messages))


if __name__ == "__main__":
    main()
