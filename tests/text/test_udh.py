"""User data headers: what is read, what is built, what is refused."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppkit._core import udh as core
from smppkit.text.headers import Element, Header, build_header, concatenation, language_shift, ports, read_header
from tests.text import reference


def header(*elements):
    return build_header(Element(identifier, bytes.fromhex(data)) for identifier, data in elements)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("050003cc0201", (6, 8, 0xCC, 2, 1, -1, -1, 0, 0)),
        ("06080412340302", (7, 16, 0x1234, 3, 2, -1, -1, 0, 0)),
        ("0b0504 0b8423f0 0003000101", (12, 8, 0, 1, 1, 2948, 9200, 0, 0)),
        ("040402f0f1", (5, 0, 0, 0, 0, 0xF0, 0xF1, 0, 0)),
        ("06240101250101", (7, 0, 0, 0, 0, -1, -1, 1, 1)),
        ("0324010d", (4, 0, 0, 0, 0, -1, -1, 0, 13)),
        ("0325010e", (4, 0, 0, 0, 0, -1, -1, 0, 0)),
        ("00", (1, 0, 0, 0, 0, -1, -1, 0, 0)),
        ("0a 0003010201 0003020202", (11, 8, 2, 2, 2, -1, -1, 0, 0)),
        ("0b 0003010201 080400020202", (12, 16, 2, 2, 2, -1, -1, 0, 0)),
        ("0a 0003010201 0003020203", (11, 8, 1, 2, 1, -1, -1, 0, 0)),
        ("0500030a0000", (6, 0, 0, 0, 0, -1, -1, 0, 0)),
        ("0500030a0200", (6, 0, 0, 0, 0, -1, -1, 0, 0)),
        ("0500030a0203", (6, 0, 0, 0, 0, -1, -1, 0, 0)),
        ("0400020a02", (5, 0, 0, 0, 0, -1, -1, 0, 0)),
        ("02fe00", (3, 0, 0, 0, 0, -1, -1, 0, 0)),
    ],
)
def test_read(octets, expected):
    data = bytes.fromhex(octets)
    assert core.read(data) == expected
    assert core.read(data + b"and text") == expected


@pytest.mark.parametrize("octets", ["", "04616263", "01", "0100", "020003", "050003cc02", "ff", "0300030a"])
def test_unreadable(octets):
    data = bytes.fromhex(octets)
    assert core.read(data) is None
    assert core.elements(data) is None
    assert read_header(data) is None


def test_unknown_elements_are_kept():
    found = read_header(header((0x71, ""), (0xFE, "0102"), (0x24, "03")) + b"text")
    assert [element.identifier for element in found.elements] == [0x71, 0xFE, 0x24]
    assert [element.name for element in found.elements][:2] == ["SIM toolkit security", "unknown"]
    assert found.single == 3
    assert build_header(found.elements) == header((0x71, ""), (0xFE, "0102"), (0x24, "03"))


def test_fill_bits_of_the_table():
    for length, bits in ((4, 3), (5, 2), (6, 1), (7, 0), (9, 5), (12, 2)):
        assert Header((), length, 0, 0, 0, 0, None, None, 0, 0).fill_bits == bits


@given(st.binary(max_size=40))
def test_any_octets(octets):
    found = read_header(octets)
    whole = reference.elements(octets[: octets[0] + 1]) if octets and octets[0] < len(octets) else None
    if found is None:
        assert whole is None
        return
    assert [tuple(element) for element in found.elements] == whole
    assert found.length == octets[0] + 1
    assert found.width == 0 or 1 <= found.number <= found.total <= 255
    assert 0 <= found.locking <= 13
    assert 0 <= found.single <= 13


def test_every_header_of_a_few_octets():
    interesting = (0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x24, 0x25, 0xFF)
    for length in range(6):
        for octets in itertools.product(interesting, repeat=length):
            data = bytes(octets)
            whole = reference.elements(data[: data[0] + 1]) if data and data[0] < len(data) else None
            found = core.elements(data)
            assert found == whole


@given(st.integers(0, 0xFFFF), st.integers(1, 255), st.integers(1, 255), st.sampled_from([8, 16]))
def test_concatenation_comes_back(reference_number, total, number, width):
    reference_number &= (1 << width) - 1
    total, number = max(total, number), min(total, number)
    found = read_header(build_header([concatenation(reference_number, total, number, width)]))
    assert (found.width, found.reference, found.total, found.number) == (width, reference_number, total, number)


def test_ports_and_languages_come_back():
    found = read_header(build_header([ports(2948, 9200), *language_shift(4, 6)]))
    assert (found.destination_port, found.source_port, found.locking, found.single) == (2948, 9200, 4, 6)
    assert read_header(build_header([ports(240, 1, width=8)])).destination_port == 240
    assert language_shift() == ()
    assert build_header([]) == b""


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: concatenation(256, 2, 1), "reference 256 of 8 bits"),
        (lambda: concatenation(1, 256, 1), "part 1 of 256"),
        (lambda: concatenation(1, 2, 3), "part 3 of 2"),
        (lambda: concatenation(1, 2, 0), "part 0 of 2"),
        (lambda: concatenation(1, 2, 1, 12), "12 bits"),
        (lambda: ports(256, 1, 8), "256 and 1 of 8 bits"),
        (lambda: ports(1, -1), "1 and -1"),
        (lambda: build_header([(256, b"")]), "identifier 256"),
        (lambda: build_header([(1, bytes(139))]), "take 141 octets"),
    ],
)
def test_bad_arguments_are_named(call, match):
    with pytest.raises(ValueError, match=match):
        call()
