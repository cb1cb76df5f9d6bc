"""An operation for each function of the core that works on columns, logs and captures, good and bad.

For tests of memory and of threads: each makes what it needs, so that any number of threads may run it.
"""

import random
from operator import attrgetter

import numpy as np

import smppkit as sk
from smppkit._core import idforms, measure, septet_columns, udh
from smppkit._core.alphabet import coding_table, text_of
from smppkit._core.blocks import FULL, Rows
from smppkit._core.buffers import room
from smppkit._core.columns import decode as decode_columns
from smppkit._core.columns import whole as whole_columns
from smppkit._core.fill import encode, field_octets, tlv_octets
from smppkit._core.flows import Flows
from smppkit._core.ids import Ids
from smppkit._core.numbers import digits
from smppkit._core.packets import can_read
from smppkit._core.packing import kernels
from smppkit._core.pending import Pending
from smppkit._core.receipt_columns import columns as receipt_columns
from smppkit._core.receipt_object import iso, network_error_text, parse
from smppkit._core.regions import forget
from smppkit._core.strings import gather, prefixes
from smppkit._core.writing import Writer
from smppkit.journal.pcap.files import CaptureFile
from smppkit.journal.pcap.opening import Source
from smppkit.spec.kinds import Tlv
from smppkit.text.alphabets import gsm7
from tests.journal import builder

MORE_THAN_KEPT = 20
"""PDUs at once: the core keeps the memory of the few freed last, and must ask for that of the others."""
GSM7, UCS2 = (1, 0, 0, True, 160, 153, 0), (5, 0, 0, True, 70, 67, 99)
REQUEST, RESPONSE = 4, 0x80000004
RECEIPT = b"id:77 sub:001 dlvrd:001 submit date:2611221015 done date:2611221016 stat:DELIVRD err:000 text:Hi x:1"


def column(pieces):
    """Octets and int64 offsets of a column of pieces."""
    return b"".join(pieces), np.cumsum([0, *map(len, pieces)], dtype=np.int64)


IDS = column([b"%x" % (1000 + i) for i in range(300)])
RECEIPT_IDS = column([b"%d" % (1000 + i) for i in range(300)])
ADDRESSES = column([b"32471%06d" % (i // 2) for i in range(300)])
CROWDED = column([b"7"] * 28)  # so many that a crowd is found out when there is no more room for pairs
ONE_ADDRESS = column([b"32471123456"] * 28)


def joined(ids=IDS, receipts=RECEIPT_IDS, addresses=ADDRESSES):
    """What a hash join of ids finds, added in two halves each."""
    table = Ids(bytes(16))
    half = len(ids[1]) // 2
    found = [table.add_ids(ids[0], ids[1][: half + 1], addresses[0], addresses[1][: half + 1])]
    found.append(table.add_receipts(*receipts, *addresses))
    found.append(table.add_ids(ids[0], ids[1][half:], addresses[0], addresses[1][half:]))
    return found


def joined_late(ids=IDS, receipts=RECEIPT_IDS, addresses=ADDRESSES):
    """The same where the receipts are there first."""
    table = Ids(bytes(16))
    return [table.add_receipts(*receipts, *addresses), table.add_ids(*ids, *addresses)]


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


def piled():
    """Connections of every fate, their segments mixed: never answered, of other protocols, damaged, full of gaps."""
    chance = random.Random(1)
    gaps = builder.Wire("10.0.0.3", esme_port=1)
    late = [segment for place, segment in enumerate(gaps.say([(0, octets) for _, octets in LONG])) if place % 3]
    cut = builder.Wire("10.0.0.4", esme_port=2)
    damaged = builder.Wire("fd00::1", "fd00::2", esme_port=3)
    broken = [(side, octets if number % 3 else bytes(3) + octets) for number, (side, octets) in enumerate(LONG)]
    found = [*late, *cut.handshake(), *cut.cut_up(LONG[:30], chance, 60), *damaged.handshake(), *damaged.say(broken)]
    for port in range(20):
        wire = builder.Wire("10.0.0.5", esme_port=60_000 + port, mc_port=80)
        found += [*wire.handshake(), wire.segment(0, builder.ACK, b"GET / HTTP/1.1\r\n\r\n"), *wire.goodbye()]
    return builder.pcap(builder.framed(builder.restamped(found)))


def knocked(count):
    """As many connections that nobody answers."""
    wire = builder.Wire()
    frames = builder.framed([wire.segment(0, builder.SYN)])
    octets = bytearray(builder.pcap(frames * count))
    size = (len(octets) - 24) // count
    for number in range(count):
        at = 24 + number * size + 16 + 26
        octets[at : at + 4] = (0x0B000000 + number).to_bytes(4, "big")
    return bytes(octets)


LONG = builder.conversation(70)
PILED, KNOCKED = piled(), knocked(600)


def plain(taken):
    """What came out, octets of every kind as bytes."""
    return list(map(octets_of, taken))  # no comprehension: CPython 3.11 loses its list when there is no memory for it


def octets_of(taken):
    return taken if isinstance(taken, list) else bytes(taken)


def read_capture(data, ports=b""):
    """All that comes out of a capture, and the connections; the seed is nought, so that nothing is random."""
    flows, rows, found = Flows(data, ports=ports, largest=70_000, seed=bytes(16)), Rows(), []
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


def told_of(data, ports=b""):
    found, flows = read_capture(data, ports)
    return found, flows.others(), flows.packets, flows.segments, flows.links, flows.esme()


def read_blocks(data):
    """How many packets a file has, and what is wrong with it."""
    file = CaptureFile(Source(data))
    return sum(map(attrgetter("count"), file.batches())), [*map(str, file.problems)]  # no function is made meanwhile


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
    return numbers.tolist(), [None if each is None else bytes(each) for each in (state, final, *strings, *bits)]


def septets(pieces, present=b"\7"):
    """A column of texts to septets, packed, and back again."""
    octets, ends = column(pieces)
    rows = septet_columns.Rows(octets, ends.view(np.uint8), present, 0, len(pieces), True)
    found = [septet_columns.encode(rows, 0, 0, "replace", True)]
    for way, more in (
        (septet_columns.pack, (0, False)),
        (septet_columns.unpack, (None, 0)),
        (septet_columns.decode, (0, 0)),
    ):
        bits, ends, octets = found[-1][1]
        found.append(way(septet_columns.Rows(octets, ends, bits, 0, len(pieces), True), *more, True))
    return found


def gathered(starts, lengths):
    return gather(b"abcdefgh", np.array(starts), np.array(lengths))


def begun(offsets):
    out = np.zeros(len(offsets) - 1, np.uint64)
    prefixes(b"abcdefghijkl", np.array(offsets), out)
    return out.tolist()


def decoded(pdus, names, **more):
    """Columns of PDUs that stand one behind the other, and those of them that a Whole has."""
    octets, offsets = column(pdus)
    columns = decode_columns(octets, offsets[:-1].copy(), np.diff(offsets), names, **more)
    return [each.to_list() for each in columns.values()]


def decoded_into_a_whole(pdus, names):
    whole = whole_columns(names, len(pdus))
    left = decoded(pdus[:3], names, into=whole), decoded(pdus[3:], names, into=whole, first=3)
    return left, [each.to_list() for each in whole.take().values()]


def messages(texts, **more):
    """A deliver_sm of each text."""
    return [sk.DeliverSm(short_message=text, sequence_number=1 + place, **more).encode() for place, text in texts]


LATIN = [bytes(range(0xA1, 0xA1 + place)) for place in range(80)]
MANY = messages(enumerate(LATIN), data_coding=3, service_type="\xe9" * 5, source_addr="\xe9" * 20)
SEVERAL = [*MANY[:2], *messages(enumerate([RECEIPT]), esm_class=4), *MANY[2:4]]
JAPANESE = [*MANY[60:], *messages(enumerate(["日本".encode("shift_jis")] * 70), data_coding=5), *MANY[:60]]
IN_OCTETS = messages(enumerate([RECEIPT * 2] * 2), data_coding=4, esm_class=4)
HEADED = messages(enumerate([b"\5\0\3\1\2\1" + bytes([number]) * 9 for number in range(12)]), esm_class=0x40)
BY_TLV = messages(
    enumerate([b""] * 8),
    esm_class=4,
    tlvs={"receipted_message_id": "\xe9" * 60, "message_state": 2, "network_error_code": b"\3\0\1", 0x1400: bytes(60)},
)
BY_TEXT = messages(enumerate([RECEIPT] * 40), esm_class=4)
BY_FOREIGN_TEXT = messages(enumerate([RECEIPT + "日本".encode("shift_jis") * 9] * 9), data_coding=5, esm_class=4)
BINDS = [sk.BindTransceiver(system_id="demo", password="secret", sequence_number=1).encode()] * 60
CUT = [octets[:-1] for octets in MANY]
RAW = ["raw", "password", "short_message", "service_type", "source_addr", "receipt_id", "receipt_err", "udh"]
TEXTS = ["hello", "Grüße € {", "Ж" * 80, "a" * 200, "☃", None, ""]
PIECES = [text.encode() for text in TEXTS if text is not None]
VENDOR = {"vendor": Tlv(0x1400, "vendor", "octets", 0, 0xFFFF)}
BLOCKS = builder.section() + builder.interface() + builder.packet_block((builder.START, bytes(60))) * 3

TABLES = {
    "ids": joined,
    "crowded ids": lambda: joined(CROWDED, CROWDED, ONE_ADDRESS),
    "ids behind their receipts": joined_late,
    "ids that become crowded": lambda: joined_late(CROWDED, CROWDED, ONE_ADDRESS),
    "pending": paired,
    "capture": lambda: told_of(CAPTURE),
    "fragments": lambda: told_of(FRAGMENTED),
    "piled capture": lambda: told_of(PILED),
    "capture of named ports": lambda: told_of(CAPTURE, bytes([1]) * 65536),
    "many connections": lambda: told_of(KNOCKED),
    "blocks": lambda: read_blocks(BLOCKS),
    "several interfaces": lambda: read_blocks(builder.section() + builder.interface() * 9 + BLOCKS),
    "long columns": lambda: decoded([*MANY, *BINDS, *HEADED], [*RAW, "text"]),
    "receipts by tlv": lambda: decoded([*BY_TLV, *IN_OCTETS], [*RAW, "text", "vendor"], vendor=VENDOR),
    "receipts by text": lambda: decoded(BY_TEXT, ["receipt_id", "receipt_stat", "receipt_text", "receipt_err"]),
    "errors of receipts by tlv": lambda: decoded(BY_TLV * 3, ["receipt_err"]),
    "receipts without texts": lambda: decoded([*IN_OCTETS, *BY_TLV], ["receipt_id", "receipt_stat", "receipt_text"]),
    "receipts of several octets": lambda: decoded(BY_FOREIGN_TEXT, ["receipt_id", "receipt_text"]),
    "texts of several octets": lambda: decoded(JAPANESE, ["text"]),
    "whole": lambda: decoded_into_a_whole(SEVERAL, ["sequence_number", "esm_class", "receipt_state", "receipt_sub"]),
    "records cut short": lambda: decoded(CUT, ["raw"]),
    "writing": lambda: written(PIECES, elements=b"\1\1x", width=2),
    "receipt columns": lambda: receipts([RECEIPT, b"", b"hello", RECEIPT.lower()] * 20),
    "unknown fields of receipts": lambda: receipts([b'id:1 x:"\\\x01 Yz:2 stat:DELIVRD err:0 text:'] * 300),
    "septets": lambda: septets(["Grüße €".encode(), b"", "☃".encode()]),
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
    "plain pdus": lambda: [sk.SubmitSm(source_addr="INFO", sequence_number=7) for _ in range(MORE_THAN_KEPT)],
    "octets": lambda: (field_octets(3, 0, "x"), tlv_octets("source_port", 80, None)),
    "alphabets": lambda: (text_of(1, b"hello"), gsm7.encode("a{", errors="look-alike")),
    "cut capture": lambda: told_of(CAPTURE[:-7]),
    "broken blocks": lambda: read_blocks(BLOCKS[:-4] + b"\1\0\0\0"),
    "no way": lambda: measure.choose("a", ()),
    "no texts": lambda: measure.choose_many([3], (GSM7, UCS2)),
    "tables": lambda: (coding_table(), len(room(40)), can_read(1), can_read(0xFFFF), kernels(), forget() >= 0),
}
"""Operations that succeed, on what is odd or cut short too.

The kernel of packing is chosen for the whole process: no two threads can each choose theirs.
"""

BAD = {
    "ids outside": lambda: joined((IDS[0][:5], IDS[1])),
    "ids without addresses": lambda: joined(addresses=(b"", ADDRESSES[1][:9])),
    "short secret": lambda: Ids(b"short"),
    "columns of different lengths": lambda: paired(wrong=1),
    "no seed": lambda: Flows(b"", ports=b"", largest=70_000, seed=b""),
    "offsets that fall": lambda: digits(b"123", np.array([2, 1])),
    "gather outside": lambda: gathered([7], [2]),
    "receipts outside": lambda: receipt_columns(b"", np.array([0, 9])),
    "texts outside": lambda: Writer(b"abc", np.array([0, 9]), GSM7, UCS2),
    "no such field": lambda: field_octets(3, 0, object()),
    "no such place": lambda: field_octets(3, 99, "x"),
    "no such command": lambda: encode(-1, 1, [], None, None, None),
    "no such tlv": lambda: tlv_octets("no such", 1, None),
    "no column": lambda: decode_columns(b"", [0], [0], ["no such"]),
    "wrong lists": lambda: sk.encode_many("submit_multi", {"dest_address": [[{"dl_name": "x" * 40}]]}),
}
"""Operations that are refused."""
