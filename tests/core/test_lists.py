"""The buffers of lists where a column is no list, or was written into after it was finished."""

import random

import pytest

import smppkit as sk
from smppkit._core.columns import decode
from smppkit._core.lists import list_buffers

MULTI = sk.SubmitMulti(
    dest_address=[{"dest_addr_ton": 1, "destination_addr": "32471"}, {"dl_name": "été"}] * 9, sequence_number=7
).encode()
ANSWER = sk.SubmitMultiResp(unsuccess_sme=[{"destination_addr": "32471", "error_status_code": 11}] * 9).encode()


def column_of(pdus, name):
    lengths = [len(pdu) for pdu in pdus]
    return decode(b"".join(pdus), [sum(lengths[:place]) for place in range(len(pdus))], lengths, [name])[name]


def numbers(block):
    return memoryview(block).tolist()


def test_what_a_column_of_lists_holds():
    offsets, count, fields = list_buffers(column_of([ANSWER, MULTI, MULTI], "dest_address"))
    assert (numbers(offsets), count) == ([0, 0, 18, 36], 36)
    assert numbers(fields["dest_flag"][1]) == [1, 2] * 18
    assert numbers(fields["dest_addr_ton"][1]) == [1, 0] * 18
    validity, starts, octets = fields["dl_name"]
    assert bytes(validity) == b"\xaa" * 4 + b"\x0a"
    assert bytes(octets) == "été".encode() * 18
    assert numbers(starts) == [*sorted([*range(0, 90, 5)] * 2), 90]
    offsets, count, fields = list_buffers(column_of([ANSWER, MULTI], "unsuccess_sme"))
    assert (numbers(offsets), count) == ([0, 9, 9], 9)
    assert fields["error_status_code"][0] is None
    assert numbers(fields["error_status_code"][1]) == [11] * 9


@pytest.mark.parametrize("name", ["sequence_number", "source_addr", "short_message"])
def test_other_columns_are_refused(name):
    with pytest.raises(ValueError, match=f"column {name} holds (int|text|octets), no lists"):
        list_buffers(column_of([MULTI], name))


@pytest.mark.parametrize(("pdu", "name"), [(MULTI, "dest_address"), (ANSWER, "unsuccess_sme")])
def test_columns_that_were_written_into_give_something_or_are_refused(pdu, name, seed):
    """Whatever offsets and octets say then, nothing is read or written outside."""
    rng = random.Random(seed)
    refused = 0
    for _ in range(400):
        column = column_of([pdu] * 5, name)
        offsets, octets = memoryview(column.offsets), memoryview(column.values).cast("B")
        for _ in range(rng.randrange(5)):
            offsets[rng.randrange(6)] = rng.choice((-(1 << 63), -1, 0, 3, len(octets), len(octets) + 1, (1 << 63) - 1))
        for _ in range(rng.randrange(9)):
            octets[rng.randrange(len(octets))] = rng.choice((0, 1, 2, 255))
        try:
            starts, count, fields = list_buffers(column)
        except ValueError as error:  # rows that overlap may have more characters beyond ASCII than all the octets
            assert str(error) == f"column {name} was written into after it was made"  # noqa: PT017  # not in all rounds
            refused += 1
            continue
        assert numbers(starts) == sorted(numbers(starts))
        assert numbers(starts)[-1] == count
        ends = numbers(fields["destination_addr"][1])
        assert ends == sorted(ends)
        assert ends[-1] == len(fields["destination_addr"][2])
        bytes(fields["destination_addr"][2]).decode()
    assert refused < 200
