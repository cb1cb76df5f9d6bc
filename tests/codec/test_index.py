"""An index of PDUs as a sequence, and on its way between processes."""

import pickle

import numpy as np
import pytest

import smppkit as sk

LINKS = [sk.EnquireLink(sequence_number=number) for number in range(4)]
OCTETS = b"".join(link.encode() for link in LINKS)


def test_slices_are_lists_of_pdus():
    index = sk.scan(OCTETS)
    assert index[0:2] == LINKS[:2]
    assert index[::-1] == LINKS[::-1]
    assert index[7:] == []
    assert (index[-1], index[np.int64(2)], list(index)) == (LINKS[3], LINKS[2], LINKS)


@pytest.mark.parametrize("place", [4, 99, -5])
def test_places_outside_say_how_many_there_are(place):
    with pytest.raises(IndexError, match=f"there is no PDU {place}: the index has 4 PDUs"):
        sk.scan(OCTETS)[place]


def test_places_of_other_kinds():
    with pytest.raises(TypeError, match="an index of PDUs takes a whole number or a slice, not str"):
        sk.scan(OCTETS)["1"]


@pytest.mark.parametrize("buffer", [OCTETS, memoryview(OCTETS + bytes(3))])
def test_an_index_travels(buffer):
    index = pickle.loads(pickle.dumps(sk.scan(buffer)))
    assert (list(index), index.consumed, index.offset.tolist()) == (LINKS, 64, [0, 16, 32, 48])


def test_a_framing_error_travels_with_its_index():
    with pytest.raises(sk.FramingError) as caught:
        sk.scan(OCTETS + bytes(16))
    error = pickle.loads(pickle.dumps(caught.value))
    assert (str(error), error.offset, list(error.index)) == (str(caught.value), 64, LINKS)
    with pytest.raises(sk.FramingError) as caught:
        sk.decode(bytes(16))
    assert pickle.loads(pickle.dumps(caught.value)).index is None
