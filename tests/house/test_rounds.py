"""Contenders take turns, slow ones seldom; a page says what it was measured on; hostile input that is dear is told."""

import platform
from pathlib import Path

import pytest

import smppkit as sk
from benchmarks import hostile, hostile_captures, plain_python, rounds, their_codecs


def test_a_slow_contender_takes_part_in_the_first_rounds_and_is_not_warmed():
    turns = []
    slow = rounds.call("slow", lambda: turns.append(1))
    row = rounds.measure("row", [rounds.call(rounds.OURS, lambda: None), slow], 3, agree=False, seldom={"slow": 2})
    assert len(turns) == 2
    assert [len(row.seconds[name]) for name in (rounds.OURS, "slow")] == [3, 2]
    assert row.ratio("slow") > 0
    assert "Medians of 2 or 3 alternated rounds" in rounds.report("Title", [row], [])


def test_a_factor_is_of_the_rounds_in_which_both_took_part():
    assert rounds.Row("row", {rounds.OURS: [1.0, 2.0, 100.0], "slow": [10.0, 20.0]}).ratio("slow") == 10


def test_a_page_names_the_processor(monkeypatch):
    assert f" x {rounds.processor()}, smppkit " in rounds.machine([])
    info = "processor\t: 0\nmodel name\t: Model   of a kind\n"
    monkeypatch.setattr(Path, "read_text", lambda path, **_: info)
    assert rounds.processor() == "Model of a kind"


def test_without_a_model_the_system_is_asked(monkeypatch):
    def missing(path, **_):
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", missing)
    monkeypatch.setattr(platform, "processor", lambda: "arm")
    assert rounds.processor() == "arm"
    monkeypatch.setattr(platform, "processor", lambda: "")
    assert rounds.processor() == platform.machine()


COST = hostile.Cost(1e-3, 4.0, 1e-9, 4.0, 1e-7, 2.0)


@pytest.mark.parametrize(
    ("octet", "row", "dear"), [(4.0, 2.0, False), (2.0, 4.0, False), (4.0, 4.0, True), (4.0, float("nan"), True)]
)
def test_dear_is_what_costs_more_by_the_octet_and_by_the_row(monkeypatch, capsys, octet, row, dear):
    monkeypatch.setattr(hostile, "cost", lambda *_: COST._replace(octet_ratio=octet, row_ratio=row))
    assert hostile.main(["buffer of headers"]) == dear
    assert ("x ! |" in capsys.readouterr().out) == dear


@pytest.mark.parametrize(("name", "dear"), [("receipt of keys", True), ("buffer of headers", False)])
def test_a_receipt_that_takes_longer_than_a_millisecond_is_dear(monkeypatch, capsys, name, dear):
    monkeypatch.setattr(hostile, "cost", lambda *_: COST._replace(seconds=0.0011))
    assert hostile.main([name, "--rounds", "1"]) == dear
    assert ("x ! |" in capsys.readouterr().out) == dear


@pytest.mark.parametrize(
    ("octet", "packet", "dear"), [(4.0, 2.0, False), (2.0, 4.0, False), (4.0, 4.0, True), (4.0, float("nan"), True)]
)
def test_dear_captures_are_told_in_the_same_way(monkeypatch, capsys, tmp_path, octet, packet, dear):
    cost = hostile_captures.Cost(octet, 1.0, 1.0, packet, 4.0)
    monkeypatch.setattr(hostile_captures, "cost", lambda *_: cost)
    assert hostile_captures.main(["pcapng of options"]) == dear
    assert ("x ! |" in capsys.readouterr().out) == dear
    for wrong in (["pcapng", "--write", str(tmp_path)], ["nothing that is there"]):
        with pytest.raises(SystemExit):
            hostile_captures.main(wrong)
    assert hostile_captures.main(["--write", str(tmp_path)]) == dear
    page = (tmp_path / "hostile_captures.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in page for name in hostile_captures.CAPTURES)


def test_a_page_of_hostile_input_has_every_row(monkeypatch, tmp_path):
    monkeypatch.setattr(hostile, "cost", lambda *_: COST)
    with pytest.raises(SystemExit):
        hostile.main(["buffer", "--write", str(tmp_path)])
    with pytest.raises(SystemExit):
        hostile.main(["nothing that is there"])
    assert hostile.main(["--write", str(tmp_path)]) == 0
    page = (tmp_path / "hostile.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in page for name in hostile.HOSTILE)


@pytest.mark.parametrize("name", [name for name, one in hostile.HOSTILE.items() if one.size == hostile.MANY])
def test_hostile_tables_get_as_large_as_they_should(name):
    for size in (1 << 16, 1 << 21):
        assert size * 0.9 < hostile.octets_in(hostile.HOSTILE[name].make(size)) <= size + 1


@pytest.mark.parametrize("name", ["NULs", "destinations", "distribution lists", "failures"])
def test_many_of_something_are_read_and_not_refused(name):
    for octets in hostile.HOSTILE[f"pdu of {name}"].make(1 << 13):
        assert sk.decode(octets).problems == ()


def test_plain_python_reads_what_smppkit_does_and_refuses_what_is_cut():
    octets = sk.SubmitSm(destination_addr="1", short_message=b"x", tlvs={"sar_msg_ref_num": 7}).encode()
    assert plain_python.decode(octets).encode() == octets
    assert plain_python.decode(octets).tlvs == {0x20C: b"\0\7"}
    for length in set(range(len(octets))) - {len(octets) - 6}:  # where the TLV begins it is whole, without one
        with pytest.raises(ValueError, match=r"PDU|NUL|submit_sm"):
            plain_python.decode(length.to_bytes(4, "big") + octets[4:length])
    with pytest.raises(ValueError, match="no submit_sm"):
        plain_python.decode(their_codecs.RECEIPT)
