"""One message made requests."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

import smppkit as sk
from smppkit.esme.compose import compose
from smppkit.esme.references import References
from smppkit.spec.kinds import Tlv
from smppkit.text.coding import decode_text
from smppkit.text.headers import Element, ports, read_header
from smppkit.text.times import RelativeTime

TO = "+32471123456"
PACKED = sk.Profile("packed", codings={0: "gsm7-packed"})
LATIN = sk.Profile("latin", codings={0: "latin1", 1: "latin1"}, tlvs=[Tlv(0x1400, "billing", "cstring", 1, 10)])


def text_of(pdus, codings=None):
    decoded = [decode_text(pdu.short_message, pdu.data_coding, pdu.esm_class, codings) for pdu in pdus]
    return "".join(part.text for part in decoded)


def test_the_shortest_call_fills_every_field():
    [pdu] = compose(TO, "Hello")
    assert isinstance(pdu, sk.SubmitSm)
    assert (pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi) == ("32471123456", 1, 1)
    assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == ("", 0, 0)
    assert (pdu.short_message, pdu.data_coding, pdu.esm_class) == (b"Hello", 0, 0)
    assert (pdu.sequence_number, pdu.registered_delivery, pdu.validity_period) == (0, 1, "")
    assert pdu.raw_tlvs == []


@pytest.mark.parametrize(
    ("receipt", "octet"), [(True, 1), (False, 0), (0, 0), ("final", 1), ("failure", 2), (17, 17), (255, 255)]
)
def test_receipts(receipt, octet):
    assert compose(TO, "a", receipt=receipt)[0].registered_delivery == octet


@pytest.mark.parametrize(("mode", "octet"), [(None, 0), ("datagram", 1), ("transaction", 2), ("store_and_forward", 3)])
def test_modes(mode, octet):
    assert compose(TO, "a", mode=mode)[0].esm_class == octet


def test_mode_and_header_share_esm_class():
    assert {pdu.esm_class for pdu in compose(TO, "a" * 200, mode="transaction")} == {0x42}


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (None, ""),
        (0, ""),
        (90, "000000000130000R"),
        (1800.0, "000000003000000R"),
        (timedelta(days=1), "000001000000000R"),
        (RelativeTime(months=1), "000100000000000R"),
        (datetime(2027, 1, 15, 10, 30, tzinfo=UTC), "270115103000000+"),
        ("070605040302100R", "070605040302100R"),
        ("", ""),
    ],
)
def test_times(time, written):
    [pdu] = compose(TO, "a", validity=time, schedule=time)
    assert (pdu.validity_period, pdu.schedule_delivery_time) == (written, written)


def test_long_texts_travel_as_asked():
    text = "0123456789" * 20
    for long, width in (("auto", 8), ("udh8", 8), ("udh16", 16)):
        pdus = compose(TO, text, long=long, reference=0x1234)
        headers = [read_header(pdu.short_message) for pdu in pdus]
        assert [(header.width, header.total, header.number) for header in headers] == [(width, 2, 1), (width, 2, 2)]
        assert {header.reference for header in headers} == {0x1234 & ((1 << width) - 1)}
        assert text_of(pdus) == text
    sar = compose(TO, text, long="sar", reference=0x1234)
    assert [pdu.tlvs["sar_segment_seqnum"] for pdu in sar] == [1, 2]
    assert {pdu.tlvs["sar_msg_ref_num"] for pdu in sar} == {0x1234}
    assert text_of(sar) == text
    [payload] = compose(TO, text, long="payload")
    assert payload.tlvs["message_payload"] == text.encode()
    assert payload.short_message == b""


def test_reference_bits_of_the_account_count_where_long_leaves_it_open():
    pdus = compose(TO, "a" * 161, reference_bits=16, reference=0x1234)
    assert {read_header(pdu.short_message).width for pdu in pdus} == {16}


def test_flash_is_message_class_0():
    assert compose(TO, "a", flash=True)[0].data_coding == 0x10
    assert compose(TO, "Ж", flash=True)[0].data_coding == 0x18
    assert compose(TO, data=b"\x01", flash=True)[0].data_coding == 0x14
    assert compose(TO, "a", flash=True, coding="ucs2")[0].short_message == b"\0a"
    assert len(compose(TO, "a" * 161, flash=True)) == 2
    # the account means packed septets by 0, but nothing by 0x10: there the standard counts
    assert compose(TO, "aaa", flash=True, profile=PACKED)[0].short_message == b"aaa"


def test_coding_by_name_and_raw():
    [pdu] = compose(TO, "é", coding="ucs2")
    assert (pdu.data_coding, pdu.short_message) == (8, b"\x00\xe9")
    [pdu] = compose(TO, "ã", coding="latin1")
    assert (pdu.data_coding, pdu.short_message) == (3, b"\xe3")
    [pdu] = compose(TO, "é", coding=0xF1)
    assert (pdu.data_coding, pdu.short_message) == (0xF1, b"\x05")
    [pdu] = compose(TO, "日本", coding="jis")
    assert (pdu.data_coding, pdu.short_message) == (5, "日本".encode("shift_jis"))
    [pdu] = compose(TO, "ğ", coding="turkish")
    assert read_header(pdu.short_message).single or read_header(pdu.short_message).locking


def test_the_profile_says_what_codings_mean():
    [pdu] = compose(TO, "é", profile=LATIN)
    assert (pdu.data_coding, pdu.short_message) == (3, b"\xe9")
    [pdu] = compose(TO, "Ж", profile=LATIN)
    assert (pdu.data_coding, pdu.short_message) == (8, b"\x04\x16")
    [pdu] = compose(TO, "hello", profile=PACKED)
    assert (pdu.data_coding, pdu.short_message.hex()) == (0, "e8329bfd06")
    [pdu] = compose(TO, "é", profile=LATIN, coding=0xF0)  # the account has no GSM 7-bit, but this octet means it
    assert (pdu.data_coding, pdu.short_message) == (0xF0, b"\x05")
    both = sk.Profile("both", codings={0: "gsm7", 1: "gsm7-packed"})
    assert compose(TO, "hello", profile=both, coding=1)[0].short_message.hex() == "e8329bfd06"
    assert compose(TO, "hello", profile=both, coding="gsm7-packed")[0].data_coding == 1
    assert compose(TO, "hello", profile=both)[0].short_message == b"hello"


def test_tlvs_of_the_standard_and_of_the_profile():
    given = {"user_message_reference": 7, "billing": "A7"}
    for tlvs in (given, list(given.items())):
        [pdu] = compose(TO, "a", tlvs=tlvs, profile=LATIN)
        assert pdu.raw_tlvs == [(0x0204, b"\0\7"), (0x1400, b"A7\0")]
    assert len(compose(TO, "a" * 161, tlvs={0x1401: b"x"})[1].raw_tlvs) == 1


def test_binary_data_with_a_header():
    elements = [ports(2948, 9200)]
    by_elements = compose(TO, data=b"\x01\x02", udh=elements)
    by_octets = compose(TO, data=b"\x01\x02", udh=bytes.fromhex("06 05 04 0b84 23f0"))
    assert by_elements == by_octets == compose(TO, data=b"\x01\x02", udh=elements[0])
    [pdu] = by_elements
    assert (pdu.data_coding, pdu.esm_class, pdu.short_message.hex()) == (4, 0x40, "0605040b8423f00102")
    assert len(compose(TO, data=bytes(200), udh=elements)) == 2
    assert compose(TO, data=b"", udh=[Element(0x01, b"\x80\x01")])[0].short_message.hex() == "0401028001"
    [mine] = compose(TO, "part", udh=bytes.fromhex("050003cc0201"))
    assert read_header(mine.short_message).reference == 0xCC


@pytest.mark.parametrize(
    ("keywords", "sentence"),
    [
        ({}, "give a text or data=, and not both"),
        ({"text": "a", "data": b"a"}, "give a text or data=, and not both"),
        ({"text": ""}, "the text is empty: give a text"),
        ({"data": b""}, "data is empty"),
        ({"text": b"a"}, "the text is bytes, not a str: octets go into data="),
        ({"data": "a"}, "data is a str: a text goes into text="),
        ({"text": "a", "mode": "forward"}, "mode is 'forward', but may be datagram, transaction, store_and_forward"),
        ({"text": "a", "receipt": "always"}, "receipt is 'always', but may be"),
        ({"text": "a", "receipt": 256}, "receipt is 256"),
        ({"text": "a", "receipt": None}, "receipt is None"),
        ({"text": "a", "validity": "30 minutes"}, "validity_period: '30 minutes' is no time: give seconds"),
        ({"text": "a", "validity": -1}, "negative"),
        ({"text": "a", "validity": True}, "bool is no time"),
        ({"text": "a", "validity": float("nan")}, "no time"),
        ({"text": "a", "schedule": datetime(2027, 1, 1)}, "has no time zone"),
        ({"text": "a", "coding": "gsm8"}, "no alphabet 'gsm8'"),
        ({"text": "a", "coding": 256}, "coding is 256"),
        ({"text": "a", "coding": True}, "coding is True"),
        ({"text": "a", "coding": 4}, "binary: give data="),
        ({"text": "Ж", "coding": "gsm7"}, "is not in the GSM 7-bit alphabet"),
        ({"text": "日" * 71, "coding": "jis"}, "the text takes 142 octets in jis"),
        ({"text": "a", "coding": "latin1", "flash": True}, "flash is written in gsm7 or ucs2"),
        ({"text": "a", "coding": 0, "flash": True}, "coding may not be 0"),
        ({"text": "a", "long": "udh"}, "long is 'udh', but may be"),
        ({"text": "a" * 40_000}, "at most 255 can be joined"),
        ({"text": "a", "udh": b"\x05\x00"}, "udh 0500 is no whole header"),
        ({"text": "a" * 161, "udh": bytes.fromhex("050003cc0201")}, "udh says which part this is, but 2 parts"),
        ({"text": "a", "tlvs": {"billing": "A7"}}, "billing"),
        ({"text": "a", "tlvs": {"user_message_reference": 7}, "version": "3.3"}, "TLVs need SMPP 3.4"),
        ({"text": "a", "long": "payload", "version": "3.3"}, "TLVs need SMPP 3.4"),
    ],
)
def test_what_cannot_be_sent_is_told_in_one_sentence(keywords, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        compose(TO, **keywords)
    assert "\n" not in str(caught.value)


def test_references_are_taken_only_by_long_messages_and_never_shared_soon():
    references = References()
    before = references.next("32471123456")
    compose(TO, "short", reference=references)
    seen = [read_header(compose(TO, "a" * 161, reference=references)[0].short_message).reference for _ in range(256)]
    assert seen == [(before + 1 + number) & 0xFF for number in range(256)]


def test_references_are_given_once_whoever_asks():
    references = References()
    seen: list[int] = []
    threads = [
        threading.Thread(target=lambda: seen.extend([references.next("8080") for _ in range(500)])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(seen)) == 2000
