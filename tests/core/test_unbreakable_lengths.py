"""Every command cut at every octet, every length field set to what no length should be: typed, bounded, as the oracle.

``test_cut`` holds core and oracle together octet by octet; here the same inputs go through rebuilding, buffers, frames
and logs, and what they may cost is bounded.
"""

import resource
import subprocess
import sys

import pandas as pd
import pytest

import smppkit as sk
from smppkit.frames import Log
from smppkit.journal.memory import MemoryLog
from smppkit.spec.commands import BY_ID, ROWS
from smppkit.text.headers import read_header
from tests.core.unbreakable import COLUMNS, TABLES, bounded, decoded, one_of_each, patched, rebuilt, scanned
from tests.generator import LENGTHS, Generator
from tests.text import reference

MOST_FOR_ONE = 64 << 10
"""Octets that Python objects may take while one PDU of up to 400 octets is read or refused."""
ADDRESS_SPACE = 192 << 20
"""Octets that a process may add for all lengths of all commands: a length that is believed asks for more at once."""
UDH_TEXTS = (
    bytes.fromhex("050003cc0201") + b"text",
    bytes.fromhex("06080412340302") + b"text",
    bytes.fromhex("0b05040b8423f00003000101") + b"text",
    bytes.fromhex("06240101250101") + b"text",
    bytes.fromhex("0e0003010201040223242401017000") + b"text",
)


def log_of(pdus):
    """Return a log in which each of the octets is a record, first from one side, then from the other."""
    journal = MemoryLog()
    for place, octets in enumerate(pdus):
        journal.append(octets, time=place * 1000, direction=place & 1)
    return Log(journal)


def every_cut(octets):
    return [cut for end in range(len(octets)) for cut in (octets[:end], patched(octets[:end]))]


def length_fields(octets):
    """Return (place, width) of every length field of a PDU that can be read."""
    pdu = sk.decode(octets)
    spans = pdu._spans()
    places = [(0, 4)]
    places += [(spans[i][0], 1) for i, field in enumerate(BY_ID[pdu.command_id].fields) if field.counts and spans]
    return places + [(start - 2, 2) for _, start, _ in pdu._tlv_spans()]


def every_length(octets):
    """Return a PDU with each of its length fields set to each of the numbers that fit there."""
    return [
        octets[:place] + number.to_bytes(width, "big") + octets[place + width :]
        for place, width in length_fields(octets)
        for number in LENGTHS
        if number < 256**width
    ]


SPOILINGS = {"cut": every_cut, "lengths": every_length}


@pytest.fixture(params=range(len(ROWS)), ids=[row.name for row in ROWS])
def whole(request, seed):
    return one_of_each(Generator(seed))[request.param]


@pytest.mark.parametrize("spoiling", SPOILINGS.values(), ids=SPOILINGS)
def test_one_pdu_at_a_time(whole, spoiling):
    assert rebuilt(decoded(whole)).encode() == whole
    refused = 0
    for octets in spoiling(whole):
        pdu = decoded(octets)
        refused += pdu is None
        if pdu is not None:
            rebuilt(pdu)
    assert refused > 15


@pytest.mark.parametrize("spoiling", SPOILINGS.values(), ids=SPOILINGS)
def test_buffers_frames_and_logs(whole, spoiling):
    spoiled = spoiling(whole)
    for octets in spoiled:
        found = scanned(whole + octets + whole)
        assert found[0] == (0, len(whole))
    table = sk.frame(spoiled, COLUMNS)
    assert len(table) == len(spoiled)
    assert not any(
        fine and decoded(octets) is None for fine, octets in zip(table["problem"].isna(), spoiled, strict=True)
    )
    with log_of(spoiled) as log:
        assert {name: len(getattr(log, name)) for name in TABLES}["pdus"] == len(spoiled)


@pytest.mark.parametrize("spoiling", SPOILINGS.values(), ids=SPOILINGS)
def test_nothing_large_is_asked_for(whole, spoiling):
    """No object of the size that a length claims: neither for the PDU nor for the error that refuses it."""
    spoiled = spoiling(whole)
    for octets in spoiled[:2]:  # what is remembered from the first call on is not what one PDU takes
        decoded(octets)
    with bounded(MOST_FOR_ONE):
        for octets in spoiled:
            try:
                pdu = sk.decode(octets)
                assert list(pdu.tlvs.items()) is not None
                assert repr(pdu)
            except sk.PduError:
                pass


def udh_lengths(text):
    """Return where the length of a header stands, and that of each of its elements."""
    places, at = [0], 1
    while at <= text[0]:
        places.append(at + 1)
        at += 2 + text[at + 1]
    return places


def udh_spoilings(text):
    """Return a text with each length within its header set to each octet, cut at every octet."""
    spoiled = [text[:at] + bytes([n]) + text[at + 1 :] for at in udh_lengths(text) for n in LENGTHS if n < 256]
    return [octets[:end] for octets in spoiled for end in range(len(octets) + 1)]


def test_the_lengths_of_a_user_data_header_are_all_found():
    assert list(map(udh_lengths, UDH_TEXTS)) == [[0, 2], [0, 2], [0, 2, 8], [0, 2, 5], [0, 2, 7, 11, 14]]


@pytest.mark.parametrize("command_id", [4, 5, 0x103, 0x111], ids=hex)
@pytest.mark.parametrize("text", UDH_TEXTS, ids=bytes.hex)
def test_every_length_of_a_user_data_header(command_id, text):
    """Length of the header and of each of its elements, in short_message and in message_payload."""
    made = {4: sk.SubmitSm, 5: sk.DeliverSm, 0x103: sk.DataSm, 0x111: sk.BroadcastSm}[command_id]
    fields = {} if command_id == 0x111 else {"esm_class": 0x40}
    pdus, headers = [], []
    for octets in udh_spoilings(text):
        header = octets[: octets[0] + 1] if octets and octets[0] < len(octets) else b""
        expected, found = reference.elements(header), read_header(octets)
        assert (None if found is None else [tuple(element) for element in found.elements]) == expected
        for carried in ({"tlvs": {"message_payload": octets}}, {"short_message": octets})[: 1 + (command_id < 6)]:
            pdus.append(made(**fields, **carried))
            assert rebuilt(decoded(pdus[-1].encode())) == pdus[-1]
            headers.append(None if expected is None or command_id == 0x111 else header)
    table = sk.frame(pdus, ["udh", "text", "concat_number", "problem"])
    assert [None if udh is pd.NA else udh for udh in table["udh"]] == headers


def address_space():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def everything_in_little_memory(seed):
    """Read every spoiled PDU of every command in a process that may not grow: what the test below runs apart."""
    wholes = one_of_each(Generator(seed))
    sk.frame(wholes, COLUMNS)
    with log_of(wholes) as log:
        assert all(getattr(log, name) is not None for name in TABLES)
    limit = address_space() + ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for whole in wholes:
        for spoiled in (every_cut(whole), every_length(whole)):
            for octets in spoiled:
                decoded(octets)
                scanned(whole + octets)
            sk.frame(spoiled, COLUMNS)
            sk.frame(b"".join(spoiled), COLUMNS)
            with log_of(spoiled) as log:
                assert all(getattr(log, name) is not None for name in TABLES)
    print("in little memory", len(wholes))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the address space of a process is limited by Linux")
def test_no_length_is_believed_before_memory_is_asked_for(seed, root):
    """The same in C, where tracemalloc does not look: a process that may add 192 MiB and no more reads it all."""
    code = f"from tests.core import test_unbreakable_lengths as it; it.everything_in_little_memory({seed})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=250, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == f"in little memory {len(ROWS)}\n"
