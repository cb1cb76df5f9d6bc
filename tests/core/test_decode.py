"""One PDU from whatever holds octets: what is taken, what is refused, and in which words."""

import array
import mmap

import numpy as np
import pytest

import smppkit as sk
from smppkit._core.foreign import protocol

LINK = bytes.fromhex("00000010000000150000000000000001")
SUBMIT = sk.SubmitSm(source_addr="INFO", destination_addr="32471123456", short_message=b"hi", sequence_number=7)


def refused(octets, kind=sk.DecodeError, **keywords):
    with pytest.raises(kind) as raised:
        sk.decode(octets, **keywords)
    return raised.value


@pytest.mark.parametrize(
    "data",
    [
        LINK,
        bytearray(LINK),
        memoryview(LINK),
        memoryview(b"xx" + LINK)[2:],
        np.frombuffer(LINK, np.uint8),
        np.frombuffer(LINK, np.uint8).reshape(4, 4),
        np.repeat(np.frombuffer(LINK, np.uint8), 2)[::2],
        memoryview(bytes(octet for octet in LINK for _ in range(2)))[::2],
        array.array("B", LINK),
        array.array("b", LINK),
        LINK.hex(),
        LINK.hex(" "),
    ],
    ids=lambda data: type(data).__name__,
)
def test_everything_that_holds_octets_is_taken(data):
    pdu = sk.decode(data)
    assert type(pdu) is sk.EnquireLink
    assert pdu.encode() == LINK
    assert type(pdu.encode()) is bytes


def test_a_memory_map_is_taken(tmp_path):
    path = tmp_path / "pdu"
    path.write_bytes(SUBMIT.encode())
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert sk.decode(mapped) == SUBMIT


def test_a_pdu_keeps_its_octets_when_the_buffer_changes():
    buffer = bytearray(LINK)
    pdu = sk.decode(buffer)
    buffer[15] = 9
    buffer.clear()
    assert pdu.sequence_number == 1


def test_bytes_are_shared_not_copied():
    assert sk.decode(LINK).encode() is LINK


@pytest.mark.parametrize("data", [None, 7, [1, 2], object()])
def test_what_holds_no_octets_is_a_type_error(data):
    with pytest.raises(TypeError, match="decode takes octets or the text of a hex dump, not"):
        sk.decode(data)


@pytest.mark.parametrize("data", [np.zeros(4, np.int64), array.array("I", [0, 0, 0, 0])])
def test_wide_items_are_no_octets(data):
    with pytest.raises(TypeError, match=r"items of \d octets each"):
        sk.decode(data)


@pytest.mark.parametrize("length", [0, 1, 2, 15, 70_001, 2**31 - 1, 2**31, 2**32 - 1])
def test_an_absurd_length_loses_the_stream(length):
    error = refused(length.to_bytes(4, "big") + LINK[4:], sk.FramingError)
    assert (error.field, error.offset, error.command_status) == ("command_length", 0, 2)


def test_three_gigabytes_by_its_length():
    error = refused((3 << 30).to_bytes(4, "big") + LINK[4:], sk.FramingError)
    assert str(error) == "command_length: 3,221,225,472 octets, more than the 70,000 allowed"


def test_a_large_buffer_is_refused_before_it_is_copied():
    class Counting(bytearray):
        def __bytes__(self):
            raise AssertionError("copied")

    error = refused(memoryview(Counting(64 << 20)), sk.FramingError)
    assert str(error) == "command_length: 0, but a PDU has at least 16 octets"


def test_the_limit_can_be_moved():
    payload = sk.DataSm(tlvs={"message_payload": bytes(65_535)})
    assert len(payload) < 70_000
    assert "65,565 octets, more than the 60,000" in str(refused(payload.encode(), sk.FramingError, max_length=60_000))
    large = bytes.fromhex("000186a0 00000015 00000000 00000001") + b"\x14\x00\xff\xff" + bytes(65_535)
    large += b"\x14\x01" + (100_000 - len(large) - 4).to_bytes(2, "big") + bytes(100_000 - len(large) - 4)
    assert len(sk.decode(large, max_length=100_000)) == 100_000


@pytest.mark.parametrize(
    ("octets", "field", "offset", "words"),
    [
        (b"", "command_length", 0, "0 octets cannot be a PDU: a header has 16, so 16 more are wanted"),
        (LINK[:3], "command_length", 3, "3 octets"),
        (LINK[:4], "command_id", 4, "so 12 more are wanted"),
        (LINK[:11], "command_status", 11, "so 5 more are wanted"),
        (LINK[:15], "sequence_number", 15, "so 1 more is wanted"),
        (SUBMIT.encode()[:-1], "command_length", len(SUBMIT) - 1, "1 octet is missing"),
        (LINK + b"x", "command_length", 16, "1 octet follows the PDU of 16; use scan"),
        (LINK * 2, "command_length", 16, "16 octets follow the PDU of 16; use scan for a buffer of several PDUs"),
    ],
)
def test_octets_missing_or_left_over(octets, field, offset, words):
    error = refused(octets)
    assert (error.field, error.offset, error.command_status) == (field, offset, 2)
    assert words in str(error)


@pytest.mark.parametrize("command_id", [0, 0xFF, 0x800000FF, 0x0A, 0x00010200, 0x80010299, 0x01000001, 2**32 - 1])
def test_an_unknown_command(command_id):
    error = refused(LINK[:4] + command_id.to_bytes(4, "big") + LINK[8:])
    assert (error.field, error.offset, error.command_status) == ("command_id", 4, 3)
    assert f"0x{command_id:08X}" in str(error)


FOREIGN = {
    b"HTTP/1.1 400 Bad Request\r\n": "HTTP",
    b"GET / HTTP/1.1\r\n\r\n": "HTTP",
    b"POST /sms HTTP/1.1\r\n": "HTTP",
    b"OPTIONS * HTTP/1.1\r\n": "HTTP",
    b"OPTIONS sip:a@b SIP/2.0\r\n": "SIP",
    b"SIP/2.0 200 OK\r\n": "SIP",
    b"INVITE sip:x SIP/2.0\r\n": "SIP",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdefgh": "TLS",
    b"\x15\x03\x03\x00\x02\x02\x28": "TLS",
    b"AMQP\x00\x00\x09\x01": "AMQP",
    b"SSH-2.0-OpenSSH_9.2\r\n": "SSH",
    b"220 mail.example.org ESMTP\r\n": "the greeting of a mail or FTP server",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": "HTTP/2",
}


@pytest.mark.parametrize(("octets", "name"), FOREIGN.items())
@pytest.mark.parametrize("size", [4, 7, 16, 100])
def test_other_protocols_are_named(octets, name, size):
    error = refused(octets[:size], sk.FramingError)
    if len(octets[:size]) >= 9:
        assert str(error) == f"command_length: these octets are {name}, not SMPP"
    assert (error.field, error.command_status) == ("command_length", 2)


def test_no_pdu_is_taken_for_another_protocol():
    assert not protocol(LINK)
    assert not protocol(SUBMIT.encode())
    assert not protocol(b"")
    assert not protocol(b"SS")


def test_the_first_of_several_faults_is_told():
    assert "no NUL within 9 octets" in str(refused(cut("bind_receiver", b"esme\0" + b"x" * 20)))


def cut(command, body):
    row = {"bind_receiver": 1, "submit_sm": 4, "submit_sm_resp": 0x80000004, "submit_multi_resp": 0x80000021}[command]
    header = (16 + len(body), row, 0, 1)
    return b"".join(value.to_bytes(4, "big") for value in header) + body


@pytest.mark.parametrize(
    ("octets", "field", "offset", "status", "words"),
    [
        (cut("bind_receiver", b"esme\0" + b"x" * 20), "password", 21, 0x0E, "no NUL within 9 octets"),
        (cut("bind_receiver", b"esme\0" + b"x" * 30 + b"\0"), "password", 21, 0x0E, "no NUL within 9 octets"),
        (cut("bind_receiver", b"esme\0pw"), "password", 21, 2, "the PDU ends in the string, before its NUL"),
        (cut("bind_receiver", b"esme\0pw\0"), "system_type", 24, 2, "the PDU ends before this field"),
        (cut("submit_sm", b""), "service_type", 16, 2, "the PDU ends before this field"),
        (cut("submit_sm_resp", b"x" * 70), "message_id", 16, 0x0C, "no NUL within 65 octets"),
        (cut("submit_multi_resp", b"7\0\2\1\1123\0"), "unsuccess_sme", 19, 2, "the PDU ends in the list"),
        (cut("submit_multi_resp", b"7\0\1\1\1" + b"9" * 30), "unsuccess_sme", 19, 0x0B, "an address without its NUL"),
    ],
)
def test_a_body_that_cannot_be_read(octets, field, offset, status, words):
    error = refused(octets)
    assert (error.field, error.offset, error.command_status) == (field, offset, status)
    assert words in str(error)


def test_more_tlvs_than_anybody_sends():
    most = sk.EnquireLink(tlvs=[(0x1400, b"")] * 1024)
    assert len(most.raw_tlvs) == 1024
    octets = most.encode() + b"\x14\x00\x00\x00"
    error = refused(len(octets).to_bytes(4, "big") + octets[4:])
    assert (error.field, error.offset, error.command_status) == ("tlvs", 16 + 4096, 0xC0)
    with pytest.raises(sk.EncodeError, match="more than 1,024 TLVs"):
        sk.EnquireLink(tlvs=[(0x1400, b"")] * 1025)


@pytest.mark.parametrize(
    ("body", "message_id", "tlvs"),
    [
        (b"", None, {}),
        (b"\0", "", {}),
        (b"1234\0", "1234", {}),
        (b"1234", "1234", {}),
        (bytes.fromhex("0428 0001 2a"), None, {"congestion_state": 42}),
        (bytes.fromhex("0420 0001 01 0425 0001 03"), None, {"dpf_result": 1, "delivery_failure_reason": 3}),
        (bytes.fromhex("0423 0003 030000"), None, {"network_error_code": b"\3\0\0"}),
        (bytes.fromhex("1400 0002 abcd"), None, {0x1400: b"\xab\xcd"}),
        (b"7\0" + bytes.fromhex("0428 0001 2a"), "7", {"congestion_state": 42}),
        (b"7\0\0", "7", {}),
    ],
)
def test_every_shape_of_a_response(body, message_id, tlvs):
    pdu = sk.decode(cut("submit_sm_resp", body))
    assert pdu.message_id == message_id
    assert dict(pdu.tlvs) == tlvs


@pytest.mark.parametrize("size", range(1, 40))
def test_strings_of_any_length_with_an_octet_of_latin_1_anywhere(size):
    plain = bytes(65 + place % 26 for place in range(size))
    for place in range(-1, size):
        octets = plain if place < 0 else plain[:place] + b"\xe9" + plain[place + 1 :]
        assert sk.decode(cut("submit_sm_resp", octets + b"\0")).message_id == octets.decode("latin-1")


def test_a_string_of_octets_is_latin_1_and_comes_back():
    every = "".join(chr(code) for code in range(1, 256))
    pdu = sk.decode(cut("submit_sm_resp", every.encode("latin-1") + b"\0"))
    assert pdu.message_id == every
    assert "message_id" in pdu.problems[0]


@pytest.mark.parametrize("profile", [7, b"generic", ["generic"]])
def test_a_profile_is_a_profile(profile):
    with pytest.raises(TypeError, match="profile= takes a Profile"):
        sk.decode(LINK, profile)


def test_a_profile_by_its_name():
    assert sk.decode(LINK, "generic").profile == sk.Profile.load("generic")
    with pytest.raises(sk.ProfileError, match="no profile 'genric'"):
        sk.decode(LINK, "genric")
