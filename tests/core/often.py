"""Operations that are done again and again: each of a PDU, a text or a table, good and refused.

For tests of memory and of threads: each makes what it needs, so that any number of threads may run it.
"""

import copy
import pickle
from functools import partial
from operator import methodcaller

import numpy as np
import pandas as pd
import pyarrow as pa

import smppkit as sk
from smppkit._core.blocks import Rows
from smppkit._core.columns import decode as decode_columns
from smppkit._core.flows import Flows
from smppkit._core.lists import list_buffers
from smppkit.codec.hexdump import read_hex
from smppkit.journal.pcap import read_capture
from smppkit.protocol.splitter import Splitter
from smppkit.text.alphabets import gsm7
from smppkit.text.coding import decode_text, encode_text
from smppkit.text.headers import read_header
from smppkit.text.receipts import parse_receipt, parse_receipts
from smppkit.text.times import format_time, parse_time
from tests.core.operations import BAD, CAPTURE, TABLES
from tests.core.unbreakable import COLUMNS, MALFORMED

RECEIPT = "id:4B7F00A1 sub:001 dlvrd:001 submit date:2611221015 done date:2611221016 stat:DELIVRD err:000 text:Hi x:1"
SUBMIT = sk.SubmitSm(
    source_addr="INFO",
    destination_addr="32471123456",
    short_message=b"hi",
    tlvs={"source_port": 80, "user_message_reference": 7},
    sequence_number=7,
)
DELIVER = sk.DeliverSm(
    esm_class=4,
    short_message=RECEIPT.encode(),
    tlvs={"receipted_message_id": "4B7F00A1", "message_state": 2, "network_error_code": b"\3\0\0", 0x1400: b"x"},
)
MULTI = sk.SubmitMulti(dest_address=[{"dl_name": "list"}, {"destination_addr": "32471"}], short_message=b"hi")
OCTETS, RECEIPT_OCTETS, MULTI_OCTETS = SUBMIT.encode(), DELIVER.encode(), MULTI.encode()
STREAM = OCTETS + RECEIPT_OCTETS + MULTI_OCTETS
READ = parse_receipt(RECEIPT, 4, DELIVER.tlvs)
SEGMENT_COLUMNS = ("offset", "length", "time", "direction", "link")


EVERY = [name for name in COLUMNS if name not in ("time", "link", "direction", "command")]
ARROW = pa.array(["1", "22"])


def fields(pdu):
    """Every field and TLV; no comprehension: see LOST_BY_CPYTHON in ``test_unbreakable_starving``."""
    return list(map(partial(getattr, pdu), pdu.field_names)), dict(pdu.tlvs), pdu.raw_tlvs


def build(**changed):
    return sk.SubmitSm(source_addr="INFO", short_message=b"hi", tlvs={"source_port": 80}, **changed)


def columns_of(names):
    found = sk.scan(STREAM)
    columns = decode_columns(STREAM, found.offset, found.length.astype(np.int64), names)
    return list(map(methodcaller("to_list"), columns.values()))


def lists_of(table):
    """Return a table as lists of what can be compared: nothing is None, whatever a column calls it."""
    columns = {name: column.astype(object).where(column.notna(), None) for name, column in table.items()}
    return {
        name: [each.tolist() if isinstance(each, np.ndarray) else each for each in column]
        for name, column in columns.items()
    }


def lists():
    """The buffers of a list, as octets."""
    column = decode_columns(MULTI_OCTETS, [0], [len(MULTI_OCTETS)], ["dest_address"])["dest_address"]
    offsets, count, fields = list_buffers(column)
    return bytes(offsets), count, [bytes(block or b"") for field in fields.values() for block in field]


def frame_of(source):
    return lists_of(sk.frame(source, COLUMNS))


def flowed():
    """Read a capture by the core alone."""
    flows, rows = Flows(CAPTURE, ports=b"", largest=70_000, seed=bytes(16)), Rows()
    rows.pcap(CAPTURE, 24, 1 << 18, link_type=1, big=False, nanoseconds=False, header=16)
    flows.feed(rows, 0)
    flows.finish()
    return bytes(flows.take()[0])


def matched():
    times = pd.to_datetime(["2026-11-22 10:15", "2026-11-22 10:16"], utc=True)
    messages = pd.DataFrame({"message_id": ["4d", "4e"], "destination": ["32471", "32472"], "time": times})
    receipts = pd.DataFrame({"receipt_id": ["77", "78"], "destination": ["32471", "32472"], "time": times})
    found = sk.match(messages, receipts)
    return repr(found), found._repr_html_()


def pickled(value):
    return pickle.loads(pickle.dumps(value))


def split():
    """What a splitter makes of a stream that comes in pieces of 50 octets, and what it keeps in the end."""
    splitter, found = Splitter(70_000), []
    for begin in range(0, len(STREAM) - 3, 50):
        done = splitter.feed(STREAM[begin : min(begin + 50, len(STREAM) - 3)], begin)
        found.append(None if done is None else (done.octets, done.found.offset.tolist(), done.lost, done.rest))
    return found, len(splitter), splitter.since


def captured():
    """All that a small capture says."""
    log = read_capture(CAPTURE)
    return [*map(plain_segment, log.segments())], log.links, log.events, log.problems


def plain_segment(segment):
    return (bytes(segment.buffer), *(getattr(segment, name).tolist() for name in SEGMENT_COLUMNS))


def many(**columns):
    octets, offsets = sk.encode_many("submit_sm", {"destination_addr": ["1", "22"], "short_message": b"hi", **columns})
    return octets, offsets.tolist()


OFTEN = [
    lambda: fields(sk.decode(OCTETS)),
    lambda: fields(sk.decode(RECEIPT_OCTETS)),
    lambda: fields(sk.decode(MULTI_OCTETS)),
    lambda: sk.decode(bytearray(OCTETS)).encode(),
    lambda: build(sequence_number=9).encode(),
    lambda: sk.SubmitSmResp(message_id="4B7F00A1").message_id,
    lambda: sk.SubmitSmResp(message_id=None).message_id,
    lambda: SUBMIT.replace(short_message=b"x" * 200, tlvs={"message_payload": bytes(2000)}).encode(),
    lambda: SUBMIT.tlvs["source_port"],
    lambda: DELIVER.tlvs.getall(0x1400),
    lambda: ("source_port" in SUBMIT.tlvs, "no such" in SUBMIT.tlvs, SUBMIT.tlvs.get(0x1401, None), len(SUBMIT.tlvs)),
    lambda: (hash(SUBMIT), sk.decode(OCTETS) == SUBMIT, SUBMIT == DELIVER, copy.copy(SUBMIT) == SUBMIT),
    lambda: pickled(SUBMIT),
    lambda: repr(pickled(READ)),
    lambda: list(pickled(DELIVER.tlvs).items()),
    lambda: gsm7.decode(gsm7.encode("Grüße € {"), single=3),
    lambda: gsm7.unpack(gsm7.pack(b"hello you", 3), 9, 3),
    lambda: encode_text("Ж" * 30, "ucs2"),
    lambda: decode_text(bytes.fromhex("050003cc020104160020"), 8, 0x40),
    lambda: read_header(bytes.fromhex("0b05040b8423f00003000101")),
    lambda: parse_receipt(RECEIPT, 4, DELIVER.tlvs),
    lambda: parse_receipt("Please call me back"),
]
OFTEN_REFUSED = [
    lambda: sk.decode(b"\0"),
    lambda: sk.decode(OCTETS[:-1]),
    lambda: sk.decode(OCTETS[:4] + b"\1" + OCTETS[5:]),
    lambda: sk.decode(b"HTTP/1.1 400 Bad Request\r\n"),
    lambda: sk.decode(bytes.fromhex("00000012000000040000000000000001") + b"aa"),
    lambda: sk.decode(None),
    lambda: build(destination_addr="x" * 30),
    lambda: build(dest_addr_ton=-1),
    lambda: sk.SubmitSm(tlvs={"source_port": "x"}),
    lambda: SUBMIT.replace(esm_class=-1),
    lambda: SUBMIT.tlvs["dest_port"],
    lambda: gsm7.encode("☃"),
    lambda: gsm7.pack(b"\xff"),
    lambda: gsm7.unpack(b"ab", 9),
]
LESS_OFTEN = [
    split,
    lambda: (str(Splitter(70_000).feed(OCTETS + bytes(9), 0).lost), Splitter(70_000).feed(OCTETS + bytes(9), 0).rest),
    lambda: sk.plan("It’s " + "a" * 200),
    lambda: sk.plan("Grüße €", alphabets="all"),
    lambda: len(sk.scan(STREAM)),
    lambda: [pdu.sequence_number for pdu in sk.scan(STREAM)],
    lambda: format_time(parse_time("261231235959908+")),
    lambda: read_hex("00000010 00000015 00000000 00000001"),
    lambda: sk.parse_receipt(RECEIPT)._repr_html_(),
    lambda: (DELIVER.explain(), SUBMIT.diff(DELIVER), SUBMIT._repr_html_()),
]
LESS_OFTEN_REFUSED = [
    lambda: sk.plan("\ud800"),
    lambda: sk.decode("zz"),
    lambda: build(no_field=1),
    lambda: sk.SubmitSm(tlvs=[(0x1400, bytes(10)), ("no such", 1)]),
    lambda: sk.SubmitMulti(dest_address=[{"dl_name": "a"}, {"destination_addr": "x" * 40}]),
    lambda: sk.scan(STREAM + b"\xff" * 16),
    lambda: parse_time("261331235959908+"),
]
SELDOM = [
    lists,
    lambda: columns_of(["sequence_number", "text", "destination_addr", "receipt_id", "dest_address", "problem"]),
    many,
    *TABLES.values(),
]
SELDOM_REFUSED = [
    lambda: decode_columns(bytes(16), [0], [17], ["text"]),
    lambda: decode_columns(bytes(16), [0], [16], ["no such"]),
    lambda: many(source_addr=["x" * 30, "y"]),
    lambda: many(no_such=1),
    lambda: many(tlvs=1),
    *BAD.values(),
]
RARELY = [
    lambda: frame_of(STREAM),
    lambda: frame_of(STREAM[:-3] + b"\xff" * 9),
    lambda: frame_of(MALFORMED),
    lambda: lists_of(parse_receipts([RECEIPT, None, "x", RECEIPT.lower()])),
    matched,
    captured,
    lambda: lists_of(sk.plan(pd.Series(["hi", None, "☃" * 80]))),
]
GOOD = [*OFTEN, *LESS_OFTEN, *SELDOM, *RARELY]
REFUSED = [*OFTEN_REFUSED, *LESS_OFTEN_REFUSED, *SELDOM_REFUSED]
EXPECTED = (sk.SmppError, TypeError, KeyError, ValueError)


def outcome(operation):
    """Return what an operation gives, or which error it ends with."""
    try:
        return operation()
    except EXPECTED as error:
        return type(error), str(error), getattr(error, "offset", None)
