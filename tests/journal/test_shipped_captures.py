"""The shipped captures: every PDU that the dissection beside them shows, octet for octet, and those it is blind for."""

import gzip
import json
from pathlib import Path

import pytest

from smppkit.journal.pcap import CaptureLog, read_capture
from tests.journal.builder import by_direction, records

CAPTURES = Path(__file__).parents[1] / "captures"
PDUS = {
    "kannel_to_node": 102,
    "jsmpp_to_node": 77,
    "netsmpp_to_jsmpp_simulator": 100,
    "smpplib_to_node_ipv6": 156,
    "coalesced_many_pdus_per_segment": 144,
    "random_small_segments": 142,
    "outbind": 15,
    "errors_from_node": 15,
    "linux_cooked_v1": 135,
    "swapped_segments": 135,
}
BLIND = {"random_small_segments", "errors_from_node"}
DISSECTED = sorted(PDUS.keys() - {"linux_cooked_v1", "swapped_segments"})


def opened(name: str) -> CaptureLog:
    return read_capture(CAPTURES / f"{name}.pcap")


def dissection(name: str) -> list[dict]:
    with gzip.open(CAPTURES / f"{name}.dissection.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def is_subsequence(few: list[bytes], many: list[bytes]) -> bool:
    rest = iter(many)
    return all(octets in rest for octets in few)


def endpoint(shown: str) -> str:
    address, port = shown.split("|")
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def test_every_capture_is_tried():
    assert {path.stem for path in CAPTURES.glob("*.pcap")} == set(PDUS)


@pytest.mark.parametrize("name", PDUS)
def test_counts(name):
    log = opened(name)
    assert len(log) == PDUS[name] == len(records(log))
    assert len(log.links) == 1
    assert log.problems == ()
    assert log.complete


@pytest.mark.parametrize("name", DISSECTED)
def test_octets_and_order_agree_with_the_dissection(name):
    log = opened(name)
    link = log.links[0]
    for way, source in enumerate((link.esme, link.mc)):
        ours = by_direction(log)[way]
        theirs = [bytes.fromhex(pdu["raw"]) for pdu in dissection(name) if endpoint(pdu["src"]) == source]
        assert is_subsequence(theirs, ours)
        if name not in BLIND:
            assert ours == theirs


@pytest.mark.parametrize("name", sorted(set(DISSECTED) - BLIND))
def test_times_are_those_of_the_packets_that_completed_the_pdus(name):
    ours = [int(time) for segment in opened(name).segments() for time in segment.time]
    theirs = [int(seconds) * 10**9 + int(rest) for seconds, rest in (p["time"].split(".") for p in dissection(name))]
    assert ours == theirs


def test_swapped_segments_change_nothing():
    straight, swapped = opened("linux_cooked_v1"), opened("swapped_segments")
    assert by_direction(straight) == by_direction(swapped)
    assert straight.links == swapped.links


@pytest.mark.parametrize("name", PDUS)
def test_times_rise(name):
    times = [int(time) for segment in opened(name).segments() for time in segment.time]
    assert times == sorted(times)


@pytest.mark.parametrize("name", PDUS)
def test_the_session_is_told(name):
    log = opened(name)
    states = [event.to_state for event in log.events]
    assert states[0] == "OPEN"
    assert states[-2:] == ["UNBOUND", "CLOSED"]
    assert all(event.from_state == before.to_state for before, event in zip(log.events, log.events[1:], strict=False))


def test_the_centre_connects_in_outbind():
    log = opened("outbind")
    assert log.links[0].esme == "127.0.0.1:2785"
    assert [event.to_state for event in log.events] == ["OPEN", "OUTBOUND", "BOUND_RX", "UNBOUND", "CLOSED"]
    assert log.events[0].detail == "127.0.0.1:36366 to 127.0.0.1:2785"


@pytest.mark.parametrize("name", PDUS)
def test_naming_the_port_changes_nothing(name):
    port = int(opened(name).links[0].mc.rpartition(":")[2])
    assert records(read_capture(CAPTURES / f"{name}.pcap", port=port)) == records(opened(name))


@pytest.mark.parametrize("name", PDUS)
def test_rereading_the_file_gives_the_same(name):
    lazy = read_capture(CAPTURES / f"{name}.pcap", retained=0)
    assert not lazy.retained
    assert records(lazy) == records(lazy) == records(opened(name))
    lazy.close()
