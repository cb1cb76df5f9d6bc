"""Corners of the columnar decoder: names that are fields and TLVs at once, odd lengths, alphabets from outside."""

import copy
import hashlib
import pickle

import numpy as np
import pytest

import smppkit as sk
from smppkit._core.alphabet import ALPHABETS
from smppkit._core.blocks import Rows
from smppkit._core.column import Arena, Whole
from smppkit._core.columns import decode, whole
from smppkit._core.flows import Flows
from smppkit._core.ids import Ids
from smppkit.errors import TableError
from smppkit.spec.kinds import Tlv
from smppkit.text.coding import decode_text

RECEIPT = b"id:77 sub:001 dlvrd:001 submit date:2611221015 done date:2611221016 stat:DELIVRD err:000 text:Hi"


def found(*pdus, names, **more):
    octets = b"".join(pdus)
    lengths = [len(pdu) for pdu in pdus]
    offsets = [sum(lengths[:place]) for place in range(len(pdus))]
    return {name: column.to_list() for name, column in decode(octets, offsets, lengths, names, **more).items()}


def deliver(text=RECEIPT, esm_class=4, **more):
    return sk.DeliverSm(short_message=text, esm_class=esm_class, **more).encode()


def test_columns_are_buffers_of_every_kind():
    columns = decode(deliver(), [0], [len(deliver())], ["receipt_id", "esm_class", "receipt_err"])
    text, number = columns["receipt_id"], columns["esm_class"]
    assert hashlib.sha256(text.values).digest() == hashlib.sha256(b"77").digest()  # asks for octets and nothing else
    assert bytes(memoryview(text.offsets)) == np.array([0, 2]).tobytes()
    assert text.to_numpy().tolist() == ["77"]
    assert number.to_numpy().tolist() == [4]
    assert np.asarray(number.values).dtype == np.int64


def test_what_owns_memory_has_no_copies():
    """One that Cython had made would free what is not its own."""
    column = decode(deliver(), [0], [len(deliver())], ["text"])["text"]
    octets, *_ = Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).take()
    for made in (column, column.values, Arena(), octets, Whole(["esm_class"], 1), Rows(), Ids(bytes(16))):
        for copied in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError):
                copied(made)


@pytest.mark.parametrize("name", ["text", "source_addr", "short_message", "receipt_id", "raw"])
def test_columns_of_strings_are_not_written_into_a_whole(name):
    pdus = deliver() * 3
    size = len(deliver())
    with pytest.raises(ValueError, match=f"{name} is no column of integers"):
        decode(pdus, [0, size, 2 * size], [size] * 3, [name], into=Whole([name], 3))


@pytest.mark.parametrize("rows", [-1, 1 << 62, -(1 << 63), (1 << 63) - 1])
@pytest.mark.parametrize("count", [1, 4])
def test_a_whole_of_rows_that_cannot_be_is_refused(rows, count):
    with pytest.raises(ValueError, match=f"{count} columns cannot have {rows} rows"):
        whole(["esm_class", "sequence_number", "command_id", "receipt_sub"][:count], rows)


@pytest.mark.parametrize("first", [-1, 1, 1 << 40])
def test_rows_that_a_whole_lacks_are_refused(first):
    pdus, size = deliver() * 3, len(deliver())
    with pytest.raises(ValueError, match="are not all among the 3 of column esm_class"):
        decode(pdus, [0, size, 2 * size], [size] * 3, ["esm_class"], into=Whole(["esm_class"], 3), first=first)


LANGUAGE_HEADERS = [b"", *(bytes((3, element, 1, language)) for element in (0x24, 0x25) for language in range(14))]


@pytest.mark.parametrize("alphabet", ALPHABETS[1:])
def test_nuls_at_the_end_are_of_the_text_and_not_of_the_receipt(alphabet):
    codings, name_of = bytes([ALPHABETS.index(alphabet)]) * 256, dict.fromkeys(range(256), alphabet)
    ends = [b"", b"x", b"\x1b", b"\x1b\x1b", b"x\x1b\x1b\x1b", b"\xff", b"\xd8\x3d", b"\x8f\xa1", b"\xa4\xd4", b"\x1b$"]
    headers = LANGUAGE_HEADERS if alphabet.startswith("gsm7") else LANGUAGE_HEADERS[:1]
    begin = RECEIPT.decode().encode("utf-16-be") if alphabet == "ucs2" else RECEIPT
    for header in headers:
        for end in ends:
            texts = [header + begin + end + bytes(nuls) for nuls in range(4)]
            esm_class = 0x44 if header else 4
            columns = found(
                *(deliver(text, esm_class) for text in texts), names=["text", "receipt_text"], codings=codings
            )
            assert columns["text"] == [decode_text(text, 0, esm_class, name_of).text for text in texts], (header, end)
            said = [sk.parse_receipt(text, esm_class, codings=name_of) for text in texts]
            assert columns["receipt_text"] == [receipt and receipt.text for receipt in said], (header, end)


def test_packed_text_begins_at_the_next_septet_behind_a_header():
    codings = bytes([2]) * 256
    header = bytes.fromhex("050003cc0201")
    packed = sk.gsm7.pack(sk.gsm7.encode("hello"), fill_bits=1)
    pdus = [deliver(header + packed, 0x40), deliver(sk.gsm7.pack(sk.gsm7.encode("hello")), 0)]
    assert found(*pdus, names=["text"], codings=codings)["text"] == ["hello", "hello"]


@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufffd", "\uff41"])
@pytest.mark.parametrize(
    "text", ["id:7 stat:DELIVRD err:000", " \r\nID:7 stat:DELIVRD err:000", "idle", "i", "", "hello"]
)
def test_receipts_that_only_their_text_tells(mark, text):
    """As the reader of one text: with and without a mark of byte order, in an alphabet that is Latin-1 here."""
    octets = (mark + text).encode()
    said = sk.parse_receipt(mark + text)
    ids = found(deliver(octets, 0, data_coding=3), names=["receipt_id"], codings=bytes([4]) * 256)["receipt_id"]
    plain = found(deliver(octets, 0), names=["receipt_id"], codings=bytes([0]) * 256)["receipt_id"]
    assert plain == [said.id if said and not mark else None]
    assert ids == [said.id if said and not mark else None]


def test_numbers_of_tlvs_that_have_another_length_are_none():
    names = ["concat_width", "concat_reference", "concat_total", "concat_number"]
    for size, expected in ((0, -1), (1, 7), (2, 7), (3, -1), (9, -1)):
        value = bytes(size)[:-1] + b"\7" if size else b""
        tlvs = [(0x020C, value), (0x020E, b"\3"), (0x020F, b"\1")]
        place = found(deliver(b"hi", 0, tlvs=tlvs), names=names)
        assert place["concat_reference"] in ([expected], [None])
        assert (place["concat_reference"] == [7]) == (expected == 7)


@pytest.mark.parametrize(
    "raw", ["", "07", "0000000000000007", "7fffffffffffffff", "8000000000000000", "ff" * 8, "ff" * 9]
)
def test_an_integer_that_int64_does_not_hold_is_absent(raw):
    value = bytes.fromhex(raw)
    number = int.from_bytes(value, "big")
    columns = found(deliver(tlvs=[(0x0017, value)]), names=["qos_time_to_live"])
    assert columns["qos_time_to_live"] == [number if 0 < len(value) <= 8 and number < 1 << 63 else None]


BARE = "id:1234 sub:001 dlvrd:001 done date:2601010000 EXPIRED"
LAST = "stat:EXPIRED done date:2601010000 id:1234"


@pytest.mark.parametrize("text", [BARE, LAST], ids=["bare word", "id at the end"])
@pytest.mark.parametrize(
    ("codec", "data_coding", "nuls"),
    [
        *(("ascii", coding, bytes(count)) for coding in (0, 1, 2, 3, 4, 5, 0xF5) for count in (1, 2, 3)),
        *(("utf-16-be", 8, bytes(count)) for count in (1, 2, 3, 4)),
    ],
)
@pytest.mark.parametrize("header", [b"", bytes.fromhex("050003cc0201"), bytes.fromhex("06080412340201")])
def test_nuls_behind_a_receipt_are_not_of_it(text, codec, data_coding, nuls, header):
    octets, esm_class = header + text.encode(codec) + nuls, 0x44 if header else 4
    pdu = deliver(octets, esm_class, data_coding=data_coding)
    names = ["receipt_kind", "receipt_id", "receipt_stat", "receipt_state"]
    assert found(pdu, names=names) == dict(zip(names, [[1], ["1234"], ["EXPIRED"], [3]], strict=True))
    assert found(pdu, names=["text", *names]) | {"text": 0} == found(pdu, names=names) | {"text": 0}
    said = sk.parse_receipt(octets, esm_class, None, data_coding)
    assert (said.id, said.stat, said.state) == ("1234", "EXPIRED", "EXPIRED")


def test_nuls_behind_a_message_stay_characters_of_it():
    pdus = [deliver(b"Hi\0", 0), deliver("Hi".encode("utf-16-be") + b"\0", 0, data_coding=8), deliver(b"id:7 stat:X\0")]
    assert found(*pdus, names=["text", "receipt_id"])["text"] == ["Hi@", "Hi\ufffd", "id:7 stat:X@"]


@pytest.mark.parametrize("id", ["7", "77", "777", "7777777", "77777777"])
@pytest.mark.parametrize("nuls", [b"", b"\0", b"\0\0"])
def test_packed_receipts_keep_digits_whose_last_bits_are_noughts(id, nuls):
    text = f"stat:DELIVRD id:{id}"
    pdu = deliver(sk.gsm7.pack(sk.gsm7.encode(text)) + nuls)
    assert found(pdu, names=["receipt_id"], codings=bytes([2]) * 256)["receipt_id"] == [id]
    assert sk.parse_receipt(sk.gsm7.pack(sk.gsm7.encode(text)) + nuls, 4, codings={0: "gsm7-packed"}).id == id


@pytest.mark.parametrize("header", ["", "06240101250101", "060804123402ff"])
@pytest.mark.parametrize("data_coding", [2, 4, 0xF5])
def test_receipts_in_octets_behind_a_header(header, data_coding):
    octets, esm_class = bytes.fromhex(header) + b"id:\xe9 stat:DELIVRD text:\xff\x80", 0x44 if header else 4
    said = sk.parse_receipt(octets, esm_class, None, data_coding)
    assert (said.id, said.text) == ("\ufffd", "\ufffd\ufffd")
    columns = found(deliver(octets, esm_class, data_coding=data_coding), names=["receipt_id", "receipt_text"])
    assert columns == {"receipt_id": [said.id], "receipt_text": [said.text]}


@pytest.mark.parametrize(
    ("codec", "data_coding"), [("shift_jis", 5), ("iso2022_jp", 10), ("euc_jp", 13), ("euc_kr", 14)]
)
def test_receipts_in_charsets_of_several_octets(codec, data_coding):
    text = "id:7 stat:DELIVRD text:" + ("テスト" if codec != "euc_kr" else "시험")
    pdu, names = deliver(text.encode(codec), data_coding=data_coding), ["receipt_id", "receipt_stat", "receipt_text"]
    for more in ([], ["text"]):
        columns = found(pdu, names=[*names, *more])
        assert [columns[name][0] for name in names] == ["7", "DELIVRD", text.partition("text:")[2]]
    octets = found(deliver(b"id:7 stat:X text:\xff"), names=names, codings=bytes(256))
    assert octets["receipt_text"] == ["\ufffd"]


@pytest.mark.parametrize("value", [b" 12 \0", b"12 ", b"\t12\0\0", b"\n12 \0 ", b"12"])
def test_blanks_around_an_id_are_not_of_it(value):
    said = sk.parse_receipt("", 4, {"receipted_message_id": value, "message_state": 2})
    columns = found(deliver(b"", 4, tlvs={0x001E: value, 0x0427: b"\2"}), names=["receipt_id"])
    assert columns["receipt_id"] == [said.id] == ["12"]


def test_an_id_of_blanks_alone_leaves_that_of_the_text():
    pdu = deliver(RECEIPT, 4, tlvs={0x001E: b"  \0", 0x0427: b"\2"})
    assert found(pdu, names=["receipt_id"])["receipt_id"] == ["77"]


@pytest.mark.parametrize("error", [b"", b"\3", b"\3\0\x63", b"\3\0\x63\0"])
def test_network_errors_of_receipts_without_a_text(error):
    tlvs = {0x001E: b"77\0", 0x0427: b"\2", 0x0423: error}
    columns = found(deliver(b"", 4, tlvs=tlvs), names=["receipt_err", "receipt_id", "receipt_state"])
    assert columns["receipt_id"] == ["77"]
    assert columns["receipt_err"] == ["3:99" if len(error) == 3 else None]


def test_states_that_are_none():
    for text, state in ((b"id:7 err:000 done date:2611221016", None), (RECEIPT, 2)):
        columns = found(deliver(text, 4, tlvs={0x001E: b"7\0"}), names=["receipt_state"])
        assert columns["receipt_state"] == [state]


def test_strings_without_their_nul():
    """The last string of a response, and strings in TLVs, with a NUL and without; empty TLVs."""
    bare = bytes.fromhex("00000012 80000004 00000000 00000001") + b"77"
    assert found(bare, bare[:3] + b"\x13" + bare[4:] + b"\0", names=["message_id"])["message_id"] == ["77", "77"]
    pdus = [deliver(b"", 4, tlvs={0x001E: value}) for value in (b"77", b"77\0", b"\0", b"")]
    assert found(*pdus, names=["receipted_message_id"])["receipted_message_id"][:3] == ["77", "77", ""]


def test_a_name_of_a_vendor_that_is_a_field_of_another_kind_stays_the_field():
    vendor = {
        "esm_class": Tlv(0x1400, "esm_class", "cstring", 1, 10),
        "source_addr": Tlv(0x1401, "source_addr", "int", 1, 1),
    }
    pdu = deliver(b"hi", 4, source_addr="123", tlvs={0x1400: b"A\0", 0x1401: b"\7"})
    assert found(pdu, names=["esm_class", "source_addr"], vendor=vendor) == {"esm_class": [4], "source_addr": ["123"]}


def test_more_tlvs_than_can_be_columns_at_once_are_refused():
    vendor = {f"t{number}": Tlv(0x1400 + number, f"t{number}", "int", 1, 1) for number in range(300)}
    pdu = deliver(b"hi", 0, tlvs={0x1400 + 200: b"\7"})
    assert found(pdu, names=["t200", *list(vendor)[:200]], vendor=vendor)["t200"] == [7]
    with pytest.raises(TableError, match="at most 255 TLVs can be columns at once"):
        decode(pdu, [0], [len(pdu)], vendor, vendor=vendor)


@pytest.mark.parametrize("limit", [-1, 0, 15, 16, 2**31, 2**32, 2**40])
def test_a_scan_with_any_limit(limit):
    octets = sk.EnquireLink(sequence_number=7).encode()
    if limit < 16:
        with pytest.raises(sk.FramingError):
            sk.scan(octets, max_length=limit)
    else:
        assert len(sk.scan(octets, max_length=limit)) == 1


@pytest.mark.parametrize("raw", [b"", b"\0", b"ab", b"ab\0", b"x" * 64, b"x" * 64 + b"\0", b"x" * 65, b"x" * 66])
@pytest.mark.parametrize("tag", [0x001E, 0x0381])
def test_strings_in_tlvs_are_as_odd_in_columns_as_alone(raw, tag):
    """receipted_message_id is a string with its NUL, callback_num is octets."""
    pdu = deliver(b"hi", 4, tlvs={tag: raw})
    problem = sk.frame(pdu, ["problem"]).problem
    assert problem.notna().tolist() == [bool(sk.decode(pdu).problems)]


def test_rules_for_more_vendor_tlvs_than_are_watched():
    profile = sk.Profile("p", [Tlv(0x1400 + number, f"t{number}", "int", 1, 1) for number in range(300)])
    pdu = deliver(b"hi", 0, tlvs={0x1400 + 299: b"\7", 0x1400: b"\7"})
    frame = sk.frame(pdu, ["problem", "t299", "t0"], profile=profile)
    assert frame.t299.tolist() == frame.t0.tolist() == [7]
