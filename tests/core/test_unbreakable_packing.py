"""Packing proven by enumeration against a reference that knows only numbers: septets are its digits to base 128.

With every kernel that this machine has, one message at a time and in columns.
"""

import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import smppkit as sk
from smppkit._core.packing import kernels, use_kernel
from smppkit.text.alphabets import gsm7
from smppkit.text.coding import decode_text, encode_text
from smppkit.text.headers import build_header, read_header

FILLS = range(7)
LENGTHS = range(161)
HEADERS_AND_TEXTS = 11042
"""Pairs of lengths, of a header and of a text behind it, that fit into 140 octets; 139 of the texts are empty."""
PACKED = sk.Profile("packed", codings={0xF0: "gsm7-packed"})
AT, CR, ESCAPE = 0x00, 0x0D, 0x1B


@pytest.fixture(autouse=True, params=kernels())
def kernel(request):
    """Run each test with one kernel after the other."""
    before = use_kernel(request.param)
    yield request.param
    use_kernel(before)


def packed(septets, fill_bits=0):
    """Return septets as octets: one number to base 128, moved up by the fill bits, written low octet first."""
    number = sum(septet << 7 * place for place, septet in enumerate(septets)) << fill_bits
    return number.to_bytes((fill_bits + 7 * len(septets) + 7) // 8, "little")


def unpacked(octets, fill_bits=0):
    """Return every septet that octets hold behind the fill bits."""
    number = int.from_bytes(octets, "little") >> fill_bits
    return bytes(number >> 7 * place & 0x7F for place in range(max(0, (8 * len(octets) - fill_bits) // 7)))


def spare(length, fill_bits):
    """Return how many bits are left over in the last octet."""
    return -(fill_bits + 7 * length) % 8


@pytest.mark.parametrize("fill_bits", FILLS)
def test_all_pairs_of_septets(fill_bits):
    """Each of the 16,384 pairs, alone and at every place of a group of eight: no two give the same octets."""
    seen = set()
    for pair in itertools.product(range(128), repeat=2):
        septets = bytes(pair)
        octets = gsm7.pack(septets, fill_bits)
        assert octets == packed(septets, fill_bits)
        assert gsm7.unpack(octets, 2, fill_bits) == septets
        seen.add(octets)
    assert len(seen) == 128 * 128


@pytest.mark.parametrize("place", range(9))
def test_all_pairs_where_the_core_changes_its_step(place):
    """Among 20 septets the core takes words of eight, then a rest: pairs across each border, other septets all ones."""
    before, behind = b"\x7f" * (place + 3), b"\x7f" * (15 - place)
    for pair in itertools.product(range(128), repeat=2):
        septets = before + bytes(pair) + behind
        assert gsm7.pack(septets, place % 7) == packed(septets, place % 7)
        assert gsm7.unpack(packed(septets, place % 7), 20, place % 7) == septets


@pytest.mark.parametrize("fill_bits", FILLS)
def test_all_lengths(fill_bits):
    """Every length of a message, septets alone among zeros and alone among ones, so that every bit has its place."""
    for length in LENGTHS:
        patterns = [bytes(length), b"\x7f" * length, bytes(place * 37 + 11 & 0x7F for place in range(length))]
        patterns += [bytes(at) + b"\x7f" + bytes(length - at - 1) for at in range(0, length, 7)]
        patterns += [b"\x7f" * at + b"\0" + b"\x7f" * (length - at - 1) for at in range(3, length, 7)]
        for septets in patterns:
            octets = packed(septets, fill_bits)
            assert gsm7.pack(septets, fill_bits) == octets
            assert gsm7.unpack(octets, length, fill_bits) == septets
            assert unpacked(octets, fill_bits)[:length] == septets


@pytest.mark.parametrize("fill_bits", FILLS)
def test_all_pairs_and_all_lengths_in_columns(fill_bits):
    """The same as rows of one column: each lies where it should, whatever its neighbours end with."""
    rows = [bytes(pair) for pair in itertools.product(range(128), repeat=2)]
    for length in LENGTHS:
        rows += [bytes(length), b"\x7f" * length, bytes(place * 37 + 11 & 0x7F for place in range(length)), None]
    septets = pa.array(rows, pa.binary())
    octets = gsm7.pack(septets, fill_bits)
    octets.validate(full=True)
    assert octets.to_pylist() == [None if row is None else packed(row, fill_bits) for row in rows]
    counts = [None if row is None else len(row) for row in rows]
    assert gsm7.unpack(octets, counts, fill_bits) == septets
    assert gsm7.pack(septets, fill_bits, filler=True).to_pylist() == [
        None if row is None else gsm7.pack(row, fill_bits, filler=True) for row in rows
    ]


@pytest.mark.parametrize("fill_bits", FILLS)
def test_every_number_of_octets_without_a_count_in_columns(fill_bits):
    rows = [(b"\xff" * size)[:-1] + bytes([last]) for size in range(1, 141) for last in (0, 1, 0x1A, 0x1B, 0xC3, 0xFF)]
    found = gsm7.unpack(pa.array([b"", *rows], pa.large_binary()), fill_bits=fill_bits)
    assert found.to_pylist() == [b"", *(gsm7.unpack(row, fill_bits=fill_bits) for row in rows)]


def test_each_row_has_its_own_last_place():
    """What a step writes beyond its row, or reads of the next, must not show: neighbours of zeros and of ones."""
    draw = np.random.default_rng(7)
    for fill_bits in FILLS:
        rows = [bytes([draw.choice([0, 0x7F])]) * size for size in draw.integers(0, 40, 3000)]
        octets = gsm7.pack(pa.array(rows, pa.binary()), fill_bits)
        assert octets.to_pylist() == [packed(row, fill_bits) for row in rows]
        assert gsm7.unpack(octets, [len(row) for row in rows], fill_bits).to_pylist() == rows


def test_a_kernel_is_chosen_by_name(kernel):
    assert use_kernel(kernel) == kernel
    with pytest.raises(ValueError, match="no kernel 'abacus' on this machine: words"):
        use_kernel("abacus")


@pytest.mark.parametrize("fill_bits", FILLS)
def test_each_bit_alone(fill_bits):
    """A message of 160 septets, each of its 1,120 bits set alone."""
    for bit in range(1120):
        septets = bytearray(160)
        septets[bit // 7] = 1 << bit % 7
        octets = gsm7.pack(septets, fill_bits)
        assert int.from_bytes(octets, "little") == 1 << bit + fill_bits
        assert gsm7.unpack(octets, 160, fill_bits) == septets


@pytest.mark.parametrize("fill_bits", FILLS)
def test_every_number_of_octets_without_a_count(fill_bits):
    """SMPP carries no count: what fits is taken, but a last @ or CR where no bit is spare, for it may be filler."""
    for size in range(141):
        for last in range(256) if size <= 24 else (0x00, 0x01, 0x1A, 0x1B, 0xC3, 0xFF):
            octets = (b"\xff" * size)[:-1] + bytes([last]) if size else b""
            every = unpacked(octets, fill_bits)
            full = len(every) and 8 * size == fill_bits + 7 * len(every)
            expected = every[:-1] if full and every[-1] in (AT, CR) else every
            assert gsm7.unpack(octets, fill_bits=fill_bits) == expected
            with pytest.raises(sk.TextError):
                gsm7.unpack(octets, len(every) + 1, fill_bits)


@pytest.mark.parametrize("fill_bits", FILLS)
@pytest.mark.parametrize("last", [AT, CR, ESCAPE, 0x61], ids=["at", "cr", "escape", "letter"])
def test_trailing_at(fill_bits, last):
    """Texts that end in @ or CR: with the count always whole; without it whole wherever a bit is spare."""
    for length in range(1, 161):
        for tail in range(1, min(length, 9) + 1):
            septets = b"x" * (length - tail) + bytes([last]) * tail
            plain, filled = gsm7.pack(septets, fill_bits), gsm7.pack(septets, fill_bits, filler=True)
            bits = spare(length, fill_bits)
            assert plain == packed(septets, fill_bits)
            assert filled == packed(septets + (b"\r" if bits == 7 else b""), fill_bits)
            assert gsm7.unpack(plain, length, fill_bits) == gsm7.unpack(filled, length, fill_bits) == septets
            dropped = bits == 0 and last in (AT, CR)
            assert gsm7.unpack(filled, fill_bits=fill_bits) == (septets[:-1] if dropped else septets)


def header_of(length):
    """Return a header whose first octet tells of so many; none for one of no elements."""
    return build_header([(0x7F, bytes(length - 2))] if length > 1 else [])


def headers_and_texts():
    """Yield each header that fits into a message with the length of each text that fits behind it.

    Behind a header that does not end where a septet does stand fill bits, even where no text follows. A header of 140
    octets ends where the last septet of a message does: nothing follows.
    """
    for length in range(1, 140):
        header = header_of(length) or b"\0"
        fill_bits = -8 * len(header) % 7
        for size in range(max(0, 8 * (140 - len(header)) - fill_bits) // 7 + 1):
            yield header, fill_bits, size


@pytest.mark.parametrize("tail", ["a", "@"], ids=["letter", "at"])
def test_all_lengths_of_a_header_and_of_the_text_behind_it(tail):
    """All that fits into a message: the text stands behind the fill bits, and none of it is lost.

    But for a last @ that fills its octet: it may be filler.
    """
    septet = bytes([AT if tail == "@" else 0x61])
    count = 0
    for header, fill_bits, size in headers_and_texts():
        assert read_header(header).fill_bits == fill_bits
        bits = spare(size, fill_bits)
        octets = encode_text(tail * size, "gsm7-packed", fill_bits=fill_bits)
        assert octets == packed(septet * size + (b"\r" if bits == 7 else b""), fill_bits), (len(header), size)
        assert len(header) + len(octets) <= 140
        said = decode_text(header + octets, 0xF0, 0x40, PACKED.codings)
        assert said.text == tail * (size - (bits == 0 and tail == "@")), (len(header), size)
        count += 1
    assert count == HEADERS_AND_TEXTS


@pytest.mark.parametrize("tail", ["a", "@", "{", "\r"], ids=["letter", "at", "escape", "cr"])
def test_all_lengths_of_a_header_and_of_the_text_behind_it_in_columns(tail):
    """The same as rows of a frame: each reads as it does alone, whatever its neighbours begin and end with.

    Rows of one fill lie beside those of another, and texts that were cut short beside whole ones.
    """
    septets = gsm7.encode(tail) * 160
    rows, said = [], []
    for header, fill_bits, size in headers_and_texts():
        for filler in (False, True):
            message = header + gsm7.pack(septets[:size], fill_bits, filler=filler)
            rows.append((message, 0x40))
            said.append((decode_text(message, 0xF0, 0x40, PACKED.codings).text, header))
    rows += [(message, 0) for message, _ in rows[::7]]
    said += [(decode_text(message, 0xF0, 0, PACKED.codings).text, pd.NA) for message, _ in rows[len(said) :]]
    order = np.random.default_rng(3).permutation(len(rows)).tolist()
    messages = [sk.SubmitSm(short_message=rows[at][0], esm_class=rows[at][1], data_coding=0xF0) for at in order]
    table = sk.frame(messages, ["text", "udh"], profile=PACKED)
    assert list(zip(table["text"], table["udh"], strict=True)) == [said[at] for at in order]
    assert len(rows) > 2 * HEADERS_AND_TEXTS


def test_all_lengths_of_a_header():
    """Headers of every length up to that of a message: the text begins at a septet, and the fill bits say where."""
    for length in range(1, 140):
        header = header_of(length)
        found = read_header(header) if header else read_header(b"\0")
        fill_bits = found.fill_bits
        assert (8 * found.length + fill_bits) % 7 == 0
        assert 0 <= fill_bits <= 6
        text = "Grüße @"[: (8 * (140 - found.length) - fill_bits) // 7]
        octets = encode_text(text, "gsm7-packed", fill_bits=fill_bits)
        assert found.length + len(octets) <= 140
        whole = (header or b"\0") + octets
        said = decode_text(whole, 0xF0, 0x40, PACKED.codings)
        bits = spare(len(text), fill_bits)
        assert said.text == (text[:-1] if bits == 0 and text.endswith("@") else text)


def test_no_octet_above_0x7f_is_packed():
    for place in range(20):
        for octet in range(0x80, 0x100):
            with pytest.raises(sk.TextError, match=f"position {place} is no septet"):
                gsm7.pack(bytes(place) + bytes([octet]) + bytes(19 - place))
