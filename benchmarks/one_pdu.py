"""One PDU beside rivals, in and out; ``python -m benchmarks.codec`` runs it.

Every contender decodes the same octets, reads the same values and builds the same PDUs; all that is compared before the
clock starts. What a library cannot do (smpp34 builds no responses) it is not measured at.
"""

from collections.abc import Callable
from enum import Enum
from types import ModuleType

import smppkit as sk

from . import plain, plain_python
from . import their_codecs as theirs
from .rivals import CODEC_UNFIT, Found, find
from .rounds import OURS, Contender, Row, duration, measure, report, times

OCTETS = {
    name: getattr(theirs, name) for name in ("SUBMIT", "RECEIPT", "ANSWER", "ENQUIRY", "TEXT", "NOTICE", "ID", "ERROR")
}
# What libraries call the data_coding 0 and the state 5.
SAME = {"DataCodingScheme.DEFAULT": "0", "None": "0", "MessageState.UNDELIVERABLE": "5", "CommandStatus.ESME_ROK": "0"}
OBJECTS = f"{plain.NAME}, an object"
EMPTY = f"{plain_python.NAME}, an empty call"
RIVAL = "smpp34"  # the fastest


def values(result: object) -> object:
    """Values as text: libraries give octets or str, numbers or names, strings with their NUL or without."""
    found = result if isinstance(result, tuple) else (result,)
    return sorted(map(_plain, found))


def _plain(value: object) -> str:
    if isinstance(value, Enum) and isinstance(value, int):
        value = int(value)
    if isinstance(value, bytes):
        value = str(value[0]) if len(value) == 1 else value.decode("ascii").rstrip("\0")
    told = str(getattr(value, "scheme", value))
    return SAME.get(told, told)


def octets(result: object) -> object:
    """A PDU without the order of its TLVs, which is free."""
    assert isinstance(result, bytes)
    pdu = sk.decode(result)
    return len(result), [getattr(pdu, name) for name in pdu.field_names], sorted(dict(pdu.tlvs).items())


def anything(_: object) -> object:
    """Decoding alone: its values are compared in the row that reads them."""
    return None


ROWS: dict[str, Callable[[object], object]] = {
    theirs.DECODE: anything,
    theirs.READ: values,
    theirs.READ_RECEIPT: values,
    theirs.BUILD: octets,
    theirs.BUILD_RECEIPT: octets,
    theirs.DECODE_ANSWER: values,
    theirs.BUILD_ANSWER: octets,
    theirs.DECODE_ENQUIRY: values,
    theirs.BUILD_ENQUIRY: octets,
}


def rows(found: Found, rounds: int) -> list[Row]:
    codecs = {OURS: theirs.smppkit()}
    for rival, make in theirs.RIVALS.items():
        if rival.package in found.modules:
            codecs[rival.package] = make(*found.modules[rival.package])
    codecs[plain_python.NAME] = theirs.plain_python()
    codecs[EMPTY] = theirs.nothing()
    for name, source, codec in (
        (plain.NAME, "plain", theirs.plain_c),
        (OBJECTS, "objects", theirs.plain_objects),
    ):
        if isinstance(built := plain.build(source), ModuleType):
            codecs[name] = codec(built)
        else:
            found.absent.append(built)
    measured = []
    for name, comparable in ROWS.items():
        contenders = [
            Contender(package, f"({expressions[name]})", {**OCTETS, **names}, comparable)
            for package, (names, expressions) in codecs.items()
            if name in expressions
        ]
        measured.append(measure(label(name), contenders, rounds))
    return measured


def object_shares(measured: list[Row]) -> list[str]:
    """Return what part of the distance to plain C the object is that is built by keywords and called again."""
    found = []
    for row in measured:
        if not {plain.NAME, OBJECTS} <= row.seconds.keys():
            continue
        ours, least, with_object = (row.median(name) for name in (OURS, plain.NAME, OBJECTS))
        if ours > least:
            part = f"{(with_object - least) / (ours - least):.0%} of the {duration(ours - least)}"
            found.append(f"{part} that smppkit takes longer to {row.name}")
    told = f"What '{OBJECTS}' takes longer than {plain.NAME} is"
    left = "What is left goes into what it leaves out: checks, and an object that takes any field and TLV."
    return [f"{told} {', and '.join(found)} (by the medians). {left}"] if found else []


def reading_bounds(measured: list[Row]) -> list[str]:
    """Return what the row is made of that reads four fields, and how far the rival could be left behind there."""
    alone, reading = (next(row for row in measured if row.name == label(name)) for name in (theirs.DECODE, theirs.READ))
    if RIVAL not in reading.seconds:
        return []
    ours, decoded, least = reading.median(OURS), alone.median(OURS), reading.median(EMPTY)
    rival = reading.median(RIVAL)
    limit = f"; {plain.NAME} has {times(rival / reading.median(plain.NAME))}" if plain.NAME in reading.seconds else ""
    return [
        f"smppkit decodes and reads 4 fields in {duration(ours)}, decodes alone in {duration(decoded)}: reading makes "
        f"two texts, octets and a number. '{EMPTY}' gives an object that has the four values already, and takes "
        f"{duration(least)}. Beside {RIVAL} such a call has {times(rival / least)}; smppkit has {times(rival / ours)}, "
        f"and would have {times(rival / max(ours - decoded, least))} if decoding were free{limit} (all by the medians)."
    ]


def label(name: str) -> str:
    return f"{name}, submit_sm of {len(theirs.SUBMIT)} octets" if name in {theirs.DECODE, theirs.READ} else name


def tables(rounds: int) -> list[str]:
    found = find(list(theirs.RIVALS), CODEC_UNFIT)
    lazy = "Fields of our PDUs are read when asked for, so the row that decodes alone is the best case; others are not."
    limit = (
        f"{plain.NAME} is a yardstick, no rival: an extension (benchmarks/plain) that decodes eagerly into tuples and "
        "builds from two arguments by position, without keywords, checks of the fields or an object. "
        f"'{OBJECTS}' is built by keywords as ours is, and asked for its octets by a second call, but checks nothing."
    )
    alone = (
        f"{plain_python.NAME} is what a careful user writes with struct (benchmarks/plain_python.py), for submit_sm "
        "alone: decoded eagerly into a dataclass with slots, lengths checked both ways."
    )
    measured = rows(found, rounds)
    bounds = [*object_shares(measured), *reading_bounds(measured)]
    return [report("Codec, one call", measured, found.packages, [lazy, limit, alone, *bounds, *found.absent])]
