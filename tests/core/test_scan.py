"""Many PDUs in one buffer: where each stands, what follows, and where a stream is lost."""

import mmap

import numpy as np
import pytest

import smppkit as sk
from smppkit._core.scan import scan as places
from smppkit.spec.kinds import Tlv
from tests import oracle
from tests.generator import LENGTHS, Generator

LINK = sk.EnquireLink(sequence_number=1).encode()


def plain_scan(buffer):
    """Return (offset, length) of each whole PDU, and where they end."""
    found, at = [], 0
    while len(buffer) - at >= 4:
        length = int.from_bytes(buffer[at : at + 4], "big")
        assert 16 <= length <= 70_000
        if length > len(buffer) - at:
            break
        found.append((at, length))
        at += length
    return found, at


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 1000])
def test_headers_of_random_pdus(count, seed):
    generator = Generator(seed)
    pdus = [oracle.encode(*generator.made()) for _ in range(count)]
    buffer = b"".join(pdus) + LINK[: generator.random.randrange(16)]
    index = sk.scan(buffer)
    found, consumed = plain_scan(buffer)
    assert list(zip(index.offset.tolist(), index.length.tolist(), strict=True)) == found
    assert index.consumed == consumed
    headers = [[int.from_bytes(pdu[at : at + 4], "big") for pdu in pdus] for at in (4, 8, 12)]
    assert [index.command_id.tolist(), index.command_status.tolist(), index.sequence_number.tolist()] == headers
    assert [pdu.encode() for pdu in index] == pdus
    assert len(index) == count
    assert [array.dtype for array in (index.offset, index.length, index.command_id)] == [np.int64, np.uint32, np.uint32]


@pytest.mark.parametrize("sizes", [(16, 1000), (1000, 16), (16, 16)])
def test_pdus_that_grow_or_shrink_on_the_way(sizes):
    """How many there will be is guessed from those so far: it must do for others as well."""
    pdus = [size.to_bytes(4, "big") + LINK[4:] + bytes(size - 16) for size in sizes for _ in range(3000)]
    buffer = b"".join(pdus) + LINK[:7]
    lengths = [len(pdu) for pdu in pdus]
    index = sk.scan(buffer)
    assert index.length.tolist() == lengths
    (offset, length), consumed, absurd = places(buffer, 70_000, headers=False)
    assert (np.asarray(offset).dtype, np.asarray(length).dtype) == (np.int64, np.int64)
    assert np.asarray(length).tolist() == lengths
    assert np.asarray(offset).tolist() == index.offset.tolist() == (np.cumsum(lengths) - lengths).tolist()
    assert (consumed, absurd) == (len(buffer) - 7, False)


def test_it_is_a_sequence():
    index = sk.scan(b"".join(sk.EnquireLink(sequence_number=n).encode() for n in range(5)))
    assert index[0].sequence_number == 0
    assert index[np.int64(3)].sequence_number == 3
    assert index[-1].sequence_number == 4
    assert [pdu.sequence_number for pdu in index] == [0, 1, 2, 3, 4]
    assert repr(index) == "<Index 5 PDUs in 80 octets>"
    for wrong in (5, -6):
        with pytest.raises(IndexError):
            index[wrong]
    with pytest.raises(TypeError):
        index["x"]


def test_arrays_cannot_be_written():
    index = sk.scan(LINK)
    with pytest.raises(ValueError, match="read-only"):
        index.offset[0] = 1


def test_a_broken_pdu_does_not_stop_the_scan():
    broken = bytes.fromhex("00000013 00000004 00000000 00000006 434d54")
    index = sk.scan(LINK + broken + LINK)
    assert index.command_id.tolist() == [0x15, 4, 0x15]
    assert index[2] == index[0]
    with pytest.raises(sk.DecodeError, match="service_type"):
        index[1]


@pytest.mark.parametrize("length", [length for length in LENGTHS if not 16 <= length <= 70_000])
def test_an_absurd_length_carries_what_came_before(length):
    buffer = LINK * 3 + length.to_bytes(4, "big") + b"x" * 40
    with pytest.raises(sk.FramingError) as raised:
        sk.scan(buffer)
    error = raised.value
    assert (error.field, error.offset, error.command_status) == ("command_length", 48, 2)
    assert str(error).startswith("octet 48 of the buffer: command_length: ")
    assert (len(error.index), error.index.consumed) == (3, 48)
    assert error.index[2].encode() == LINK


def test_other_protocols_are_named():
    with pytest.raises(
        sk.FramingError, match="octet 16 of the buffer: command_length: these octets are HTTP, not SMPP"
    ):
        sk.scan(LINK + b"HTTP/1.1 200 OK\r\n\r\n")


def test_the_limit_can_be_moved():
    large = (80_000).to_bytes(4, "big") + LINK[4:]
    assert sk.scan(large, max_length=80_000).consumed == 0
    with pytest.raises(sk.FramingError, match="more than the 70,000 allowed"):
        sk.scan(large)
    with pytest.raises(sk.FramingError, match="more than the 15 allowed"):
        sk.scan(LINK, max_length=15)


def test_everything_that_holds_octets_is_taken(tmp_path):
    for data in (bytearray(LINK), memoryview(LINK), np.frombuffer(LINK, np.uint8)):
        index = sk.scan(data)
        assert index[0] == sk.decode(LINK)
    path = tmp_path / "pdus"
    path.write_bytes(LINK * 3)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert sk.scan(mapped).offset.tolist() == [0, 16, 32]


@pytest.mark.parametrize("data", [LINK.hex(), 7, None, [1], np.zeros(4, np.int32), memoryview(LINK * 2)[::2]])
def test_what_holds_no_octets_is_a_type_error(data):
    with pytest.raises(TypeError, match="scan takes octets in one piece, not"):
        sk.scan(data)


def test_a_growing_buffer_may_be_cut_while_an_index_lives():
    buffer = bytearray(LINK * 2)
    index = sk.scan(buffer)
    del buffer[: index.consumed]
    assert index.consumed == 32


def test_a_profile_serves_the_pdus():
    profile = sk.Profile("p", [Tlv(0x1400, "billing", "cstring", 1, 10)])
    pdu = sk.SubmitSm(tlvs={"billing": "A7"}, profile=profile)
    assert sk.scan(pdu.encode(), profile)[0].tlvs["billing"] == "A7"
    assert sk.scan(pdu.encode())[0].raw_tlvs == [(0x1400, b"A7\0")]
    with pytest.raises(sk.ProfileError):
        sk.scan(LINK, "no such")
