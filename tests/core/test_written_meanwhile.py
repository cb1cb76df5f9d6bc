"""Octets and arrays that the caller writes to while the core reads them.

Nonsense may come out, but nothing outside of the buffer is read, and what is called text stays text.

Which moment is hit is chance. What is read outside is told by the builds with sanitizers, which run these tests too.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

import smppkit as sk
from smppkit._core.columns import decode

ROWS = 256
CALLS = 100
RECEIPT = sk.DeliverSm(
    esm_class=4,
    source_addr="1234567890123",
    short_message=b"id:7 stat:X",
    tlvs={"receipted_message_id": "1234567890123", "network_error_code": b"034"},
).encode()
LISTS = sk.SubmitMulti(dest_address=[{"dl_name": "a"}], tlvs={0x1400: b"ab"}).encode()  # TLVs that no hop leads to


@contextmanager
def flipped(array: np.ndarray, mask: np.ndarray) -> Iterator[None]:
    """Flip bits of an array, on and on, in another thread and without the lock of the interpreter."""
    done = threading.Event()

    def flip() -> None:
        while not done.is_set():
            for _ in range(100):
                np.bitwise_xor(array, mask, out=array)

    thread = threading.Thread(target=flip)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(30)


def laid_out(pdu: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A PDU many times: octets, offsets and lengths."""
    length = np.full(ROWS, len(pdu), np.int64)
    return np.frombuffer(pdu * ROWS, np.uint8).copy(), np.cumsum(length) - length, length


def mask_of(pdu: bytes, places: slice, bits: int) -> np.ndarray:
    one = np.zeros(len(pdu), np.uint8)
    one[places] = bits
    return np.tile(one, ROWS)


@pytest.mark.parametrize("odd", [False, True])
def test_the_length_of_a_tlv(odd):
    octets, offset, length = laid_out(LISTS)
    said = set()
    with flipped(octets, mask_of(LISTS, slice(len(LISTS) - 4, len(LISTS) - 3), 0xFF)):
        for _ in range(CALLS):
            said.update(decode(octets, offset, length, ["problem"], odd=odd)["problem"].to_list())
    assert all(one is None or one.startswith("0x1400: ") for one in said), said


def test_the_length_of_a_tlv_in_a_frame():
    octets = laid_out(LISTS)[0]
    with flipped(octets, mask_of(LISTS, slice(len(LISTS) - 4, len(LISTS) - 3), 0xFF)):
        for _ in range(CALLS // 20):
            assert len(sk.frame(octets, ["problem"])) == ROWS


@pytest.mark.parametrize(("name", "bits"), [("raw", 1 << 17), ("command_id", len(RECEIPT) ^ 5), ("text", 1 << 40)])
def test_the_length_of_a_row(name, bits):
    octets, offset, length = laid_out(RECEIPT)
    mask = np.zeros(ROWS, np.int64)
    mask[-1] = bits
    outcomes = set()
    with flipped(length, mask):
        for _ in range(CALLS):
            try:
                column = decode(octets, offset, length, [name])[name]
            except ValueError as error:
                outcomes.add(str(error).split(" ")[0])
            else:
                outcomes.add(len(column.to_list()))
                assert column.kind == "int" or len(column.values) <= 2 * len(octets)
    assert outcomes <= {ROWS, "row"}


@pytest.mark.parametrize(
    ("name", "text"), [("receipt_id", b"1234567890123\0"), ("source_addr", b"1234567890123\0"), ("receipt_err", b"034")]
)
def test_a_text_stays_text(name, text):
    octets, offset, length = laid_out(RECEIPT)
    at = RECEIPT.rindex(text)
    with flipped(octets, mask_of(RECEIPT, slice(at, at + len(text.rstrip(b"\0"))), 0x80)):
        for _ in range(CALLS):
            assert len(decode(octets, offset, length, [name])[name].to_list()) == ROWS
