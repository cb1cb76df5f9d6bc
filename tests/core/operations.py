"""An operation for each function of the core that works on columns, logs and captures, good and bad.

For tests of memory and of threads: each makes what it needs, so that any number of threads may run it.
"""

import numpy as np

import smppkit as sk
from smppkit._core import idforms, measure, udh
from smppkit._core.alphabet import text_of
from smppkit._core.blocks import FULL, Rows
from smppkit._core.columns import decode as decode_columns
from smppkit._core.fill import field_octets, tlv_octets
from smppkit._core.flows import Flows
from smppkit._core.ids import Ids
from smppkit._core.numbers import digits
from smppkit._core.pending import Pending
from smppkit._core.receipt_columns import columns as receipt_columns
from smppkit._core.receipt_object import iso, network_error_text, parse
from smppkit._core.strings import gather, prefixes
from smppkit._core.writing import Writer
from smppkit.journal.pcap.files import CaptureFile
from smppkit.journal.pcap.opening import Source
from smppkit.text.alphabets import gsm7
from tests.journal import builder

GSM7, UCS2 = (1, 0, 0, True, 160, 153, 0), (5, 0, 0, True, 70, 67, 99)
REQUEST, RESPONSE = 4, 0x80000004
RECEIPT = b"id:77 sub:001 dlvrd:001 submit date:2611221015 done date:2611221016 stat:DELIVRD err:000 text:Hi x:1"


def column(pieces):
    """Octets and int64 offsets of a column of pieces."""
    return b"".join(pieces), np.cumsum([0, *map(len, pieces)], dtype=np.int64)


IDS = column([b"%x" % (1000 + i) for i in range(300)])
RECEIPT_IDS = column([b"%d" % (1000 + i) for i in range(300)])
ADDRESSES = column([b"32471%06d" % (i // 2) for i in range(300)])
CROWDED = column([b"7"] * 40)
ONE_ADDRESS = column([b"32471123456"] * 40)


def joined(ids=IDS, receipts=RECEIPT_IDS, addresses=ADDRESSES):
    """What a hash join of ids finds, added in two halves each."""
    table = Ids(bytes(16))
    half = len(ids[1]) // 2
    found = [table.add_ids(ids[0], ids[1][: half + 1], addresses[0], addresses[1][: half + 1])]
    found.append(table.add_receipts(*receipts, *addresses))
    found.append(table.add_ids(ids[0], ids[1][half:], addresses[0], addresses[1][half:]))
    return found


def paired(rows=400, wrong=0):
    """Requests and their responses, paired: a quarter answered at once, the rest at the end."""
    commands = np.array([REQUEST if i < rows // 2 else RESPONSE for i in range(rows)])
    sequences = np.array([*range(rows // 2), *range(rows // 2)])
    directions = np.array([0] * (rows // 2) + [1] * (rows // 2), np.int8)
    answers, flags = np.zeros(rows, np.int64), np.zeros(rows - wrong, np.uint8)
    pending = Pending(60_000_000_000)
    times = np.arange(rows, dtype=np.int64)
    for first in (0, rows):
        pending.feed(commands, sequences, np.zeros(rows, np.int32), directions, times, first, answers, flags)
    return answers.tolist(), flags.tolist()


def said():
    """Segments of one connection: in order, cut up, swapped, some twice, the last ones lost."""
    wire = builder.Wire()
    segments = [*wire.handshake(), *wire.say(builder.conversation(12), 3)]
    segments[4], segments[5] = segments[5], segments[4]
    return builder.restamped([*segments, *segments[6:9], *wire.goodbye()])


SAID = said()
CAPTURE = builder.pcap(builder.framed(SAID))
FRAGMENTED = builder.pcap(
    [
        (builder.START + number, builder.ethernet(packet))
        for number, segment in enumerate(SAID)
        for packet in builder.fragments("10.0.0.1", "10.0.0.2", segment.tcp(), 48, number)
    ]
)


def plain(taken):
    """What came out, octets of every kind as bytes."""
    return [each if isinstance(each, list) else bytes(each) for each in taken]


def read_capture(data):
    """All that comes out of a capture, and the connections; the seed is nought, so that nothing is random."""
    flows, rows, found = Flows(data, ports=b"", largest=70_000, seed=bytes(16)), Rows(), []
    position, status = 24, FULL
    while status == FULL:  # no generator of ours: CPython 3.11 loses what one holds when it has no memory for a frame
        position, status = rows.pcap(data, position, 1 << 18, link_type=1, big=False, nanoseconds=False, header=16)
        done = 0
        while done < rows.count:
            done = flows.feed(rows, done)
            found.append(plain(flows.take()))
    while not flows.finish():
        found.append(plain(flows.take()))
    return [*found, plain(flows.take())], flows


def told_of(data):
    found, flows = read_capture(data)
    return found, flows.others(), flows.packets, flows.segments, flows.links


def read_blocks(data):
    """How many packets a file has, and what is wrong with it."""
    file = CaptureFile(Source(data))
    return sum(rows.count for rows in file.batches()), [str(problem) for problem in file.problems]


def written(pieces, **how):
    """Texts written for PDUs."""
    writer = Writer(*column(pieces), GSM7, UCS2, **how)
    found = writer.write(np.arange(len(pieces), dtype=np.int64))
    return list(writer.way), list(writer.parts), list(writer.units), *map(bytes, found)


def receipts(pieces, valid=None):
    octets, offsets = column(pieces)
    wide, state, final, strings, bits = receipt_columns(octets, offsets, valid)
    numbers = np.frombuffer(wide, np.int64).reshape(9, -1)[: 4 + len(strings)].copy()
    numbers[:4, -1] = 0  # of numbers there are as many as rows, of offsets one more
    return numbers.tolist(), [bytes(each) for each in (state, final, *strings, *bits)]


def gathered(starts, lengths):
    return gather(b"abcdefgh", np.array(starts), np.array(lengths))


def begun(offsets):
    out = np.zeros(len(offsets) - 1, np.uint64)
    prefixes(b"abcdefghijkl", np.array(offsets), out)
    return out.tolist()


TEXTS = ["hello", "Grüße € {", "Ж" * 80, "a" * 200, "☃", None, ""]
PIECES = [text.encode() for text in TEXTS if text is not None]
BLOCKS = builder.section() + builder.interface() + builder.packet_block((builder.START, bytes(60))) * 3

TABLES = {
    "ids": joined,
    "crowded ids": lambda: joined(CROWDED, CROWDED, ONE_ADDRESS),
    "pending": paired,
    "capture": lambda: told_of(CAPTURE),
    "fragments": lambda: told_of(FRAGMENTED),
    "blocks": lambda: read_blocks(BLOCKS),
    "writing": lambda: written(PIECES, elements=b"\1\1x", width=2),
    "receipt columns": lambda: receipts([RECEIPT, b"", b"hello", RECEIPT.lower()] * 20),
    "numbers": lambda: [bytes(each) for each in digits(*column([b"+32 471 12", b"x", b"00 32"]))],
    "gather": lambda: (gathered([0, 3], [3, 2]), begun([0, 3, 12])),
    "measure": lambda: [bytes(each) for each in measure.choose_many(TEXTS, (GSM7, UCS2))],
    "unheld": lambda: (
        measure.unheld("☃a☃", 1),
        measure.fit("a" * 200, 0, 153, GSM7),
        measure.fit_back("abc", 3, 2, GSM7),
    ),
    "udh": lambda: (udh.read(b"\5\0\3\1\2\1abc"), udh.elements(b"\5\0\3\1\2\1abc"), udh.read(b"\5\0")),
    "relate": lambda: (idforms.relate(b"4D", b"77"), idforms.same_destination(b"+32471123456", b"0471123456")),
    "receipt": lambda: (repr(parse(RECEIPT.decode())), parse(RECEIPT.decode(), 4).extra, iso("2611221015"), iso("x")),
    "network error": lambda: (network_error_text(b"\3\0\1"), network_error_text(b"")),
    "octets": lambda: (field_octets(3, 0, "x"), tlv_octets("source_port", 80, None)),
    "alphabets": lambda: (text_of(1, b"hello"), gsm7.encode("a{", errors="look-alike")),
}
"""Operations that succeed."""

BAD = {
    "ids outside": lambda: joined((IDS[0][:5], IDS[1])),
    "ids without addresses": lambda: joined(addresses=(b"", ADDRESSES[1][:9])),
    "short secret": lambda: Ids(b"short"),
    "columns of different lengths": lambda: paired(wrong=1),
    "no seed": lambda: Flows(b"", ports=b"", largest=70_000, seed=b""),
    "cut capture": lambda: told_of(CAPTURE[:-7]),
    "broken blocks": lambda: read_blocks(BLOCKS[:-4] + b"\1\0\0\0"),
    "offsets that fall": lambda: digits(b"123", np.array([2, 1])),
    "gather outside": lambda: gathered([7], [2]),
    "receipts outside": lambda: receipt_columns(b"", np.array([0, 9])),
    "texts outside": lambda: Writer(b"abc", np.array([0, 9]), GSM7, UCS2),
    "no way": lambda: measure.choose("a", ()),
    "no texts": lambda: measure.choose_many([3], (GSM7, UCS2)),
    "no such field": lambda: field_octets(3, 0, object()),
    "no such tlv": lambda: tlv_octets("no such", 1, None),
    "no column": lambda: decode_columns(b"", [0], [0], ["no such"]),
    "wrong lists": lambda: sk.encode_many("submit_multi", {"dest_address": [[{"dl_name": "x" * 40}]]}),
}
"""Operations that are refused."""
