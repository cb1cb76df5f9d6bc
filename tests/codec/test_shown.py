"""How a PDU is shown: one line, octet by octet, a card, a difference. Strangers' text is shown, never run or obeyed."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import smppkit as sk
from smppkit.spec.commands import ROWS
from smppkit.spec.kinds import Tlv
from tests import oracle
from tests.generator import Generator

VECTORS = [
    sk.decode(bytes.fromhex(json.loads(line)["hex"]))
    for line in (Path(__file__).parents[1] / "vectors" / "vectors.jsonl").read_text().splitlines()
]
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\x1b[31mred\x1b[0m",
    "\u202egnp.exe",
    "a\u200bb\0c",
    "[x](javascript:alert(1))",
    "=HYPERLINK(1)",
    "{{7*7}}",
    "line\nbreak\rreturn",
]


@pytest.mark.parametrize(
    ("pdu", "line"),
    [
        (sk.EnquireLink(sequence_number=1), "<EnquireLink sequence_number=1>"),
        (
            sk.SubmitSm(source_addr="INFO", destination_addr="32471123456", short_message=b"hi"),
            "<SubmitSm sequence_number=0 source_addr='INFO' destination_addr='32471123456' short_message=2 octets>",
        ),
        (
            sk.SubmitSm(source_addr_ton=5, esm_class=0x44, data_coding=8, tlvs={"source_port": 80, 0x1400: b"x"}),
            "<SubmitSm sequence_number=0 source_addr_ton=ALPHANUMERIC esm_class=MC_DELIVERY_RECEIPT|UDHI"
            " data_coding=UCS2 tlvs=source_port,0x1400>",
        ),
        (
            sk.SubmitSmResp(command_status=0x58, sequence_number=7),
            "<SubmitSmResp command_status=ESME_RTHROTTLED sequence_number=7>",
        ),
        (sk.BindReceiver(system_id="a", password="secret"), "password=***"),
        (sk.SubmitMulti(dest_address=[{"dl_name": "x"}] * 2), "dest_address=2 entries"),
        (sk.decode("00000010 80000004 00000411 00000007"), "command_status=vendor status 0x00000411"),
    ],
)
def test_one_line(pdu, line):
    assert line in repr(pdu)
    assert str(pdu) == repr(pdu)


def test_one_line_of_everything(seed):
    generator = Generator(seed)
    for pdu in [*VECTORS, *(sk.decode(oracle.encode(*generator.made())) for _ in range(300))]:
        line = repr(pdu)
        assert re.fullmatch(r"<[A-Z]\w+ [^\n]*>", line)
        assert line.isprintable()
        assert len(line) < 1500


def test_a_long_string_is_cut_in_one_line():
    long = sk.decode((16 + 5001).to_bytes(4, "big") + bytes.fromhex("80000004 00000000 00000001") + b"x" * 5000 + b"\0")
    assert len(repr(long)) < 150


def test_text_stays_out_of_the_line():
    pdu = sk.SubmitSm(short_message=b"one-time code 4711", tlvs={"message_payload": b"4711"})
    assert "4711" not in repr(pdu)
    assert "4711" not in repr(pdu.tlvs)
    assert "4711" in pdu.explain()
    assert "4711" in pdu._repr_html_()


def octets_shown(text):
    """Return the octets that an explanation shows, by their offsets."""
    found = {}
    for line in text.splitlines()[1:]:
        match = re.match(r" *(\d+)  ((?:[0-9a-f]{2} ?)+)", line)
        if match:
            for place, octet in enumerate(match[2].split()):
                found[int(match[1]) + place] = int(octet, 16)
    return found


def test_an_explanation_shows_every_octet_in_its_place():
    for pdu in VECTORS:
        shown = octets_shown(pdu.explain())
        octets = pdu.encode()
        assert all(octets[place] == octet for place, octet in shown.items())
        missing = set(range(len(octets))) - set(shown)
        if "password" in pdu.field_names:
            start, end = pdu._spans()[pdu.field_names.index("password")]
            assert missing == set(range(start, end))
        elif "…" not in pdu.explain():
            assert not missing


def test_an_explanation_names_every_value():
    for pdu in VECTORS:
        text = pdu.explain()
        assert text.startswith(f"{pdu.command}, {len(pdu):,} octets (SMPP ")
        for name in (*pdu.field_names, *pdu.tlvs):
            if getattr(pdu, str(name), "") is not None:
                assert (name if isinstance(name, str) else f"0x{name:04X}") in text


def test_meanings():
    receipt = sk.DeliverSm(
        source_addr_ton=1,
        service_type="CMT",
        esm_class=0x44,
        short_message=bytes.fromhex("050003cc0201") + b"Hi @",
        tlvs={"message_state": 2, "network_error_code": b"\3\0\x1b", "receipted_message_id": "A7", 0x1400: bytes(40)},
    )
    text = receipt.explain()
    for words in (
        "'CMT' (cellular messaging)",
        "1 INTERNATIONAL",
        "68 MC_DELIVERY_RECEIPT, UDHI",
        "part 1 of 2, reference 204",
        "2 DELIVERED",
        "GSM error 27",
        "'A7'",
        "TLV of 40 octets",
    ):
        assert words in text
    assert "ESME_RTHROTTLED: account exceeded its rate" in sk.SubmitSmResp(command_status=0x58).explain()
    assert "list 'x'" in sk.SubmitMulti(dest_address=[{"dl_name": "x"}]).explain()
    assert "ESME_RINVDSTADR" in sk.SubmitMultiResp(unsuccess_sme=[{"error_status_code": 11}]).explain()
    assert "belongs to nothing" in sk.decode("00000011 00000015 00000000 00000001 00").explain()
    assert "3 octets" in sk.SubmitSm(data_coding=4, short_message=b"\1\2\3").explain()
    assert "'Ж' (ucs2)" in sk.SubmitSm(data_coding=8, short_message=b"\x04\x16").explain()
    latin = sk.Profile("p", codings={0: "latin1"})
    assert "'é' (latin1)" in sk.SubmitSm(short_message=b"\xe9", profile=latin).explain()
    assert (
        "to port 2948 from 9200"
        in sk.SubmitSm(esm_class=0x40, data_coding=4, short_message=bytes.fromhex("0605040b8423f0") + b"x").explain()
    )
    repeated = sk.SubmitSm(tlvs=[("callback_num", b"aaaa"), ("callback_num", b"bbbb")]).explain()
    assert "61 61 61 61" in repeated
    assert "62 62 62 62" in repeated


def test_a_vendor_tlv_is_named_by_the_profile():
    profile = sk.Profile("p", [Tlv(0x1400, "billing", "cstring", 1, 10)])
    pdu = sk.SubmitSm(tlvs={"billing": "A7"}, profile=profile)
    assert "billing" in pdu.explain()
    assert "'A7'" in pdu.explain()
    assert "billing" in repr(pdu)
    assert "billing" in pdu._repr_html_()


class Elements(HTMLParser):
    """Collects the elements and attributes of HTML."""

    def __init__(self, text):
        super().__init__()
        self.seen = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen |= {tag, *(f"{tag}.{name}" for name, _ in attrs)}


ALLOWED = {
    "div",
    "div.class",
    "div.style",
    "table",
    "table.style",
    "tr",
    "th",
    "th.scope",
    "th.style",
    "td",
    "td.style",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_strangers_text_is_shown_never_run(text):
    ucs2 = text.encode("utf-16-be")
    latin = text.encode("latin-1", "replace")[:20]
    wire = sk.DeliverSm(data_coding=8, short_message=ucs2, source_addr="A" * len(latin)).encode()
    pdus = [
        sk.decode(wire.replace(b"A" * len(latin), latin.replace(b"\0", b"?"))),
        sk.DataSm(data_coding=8, tlvs={"message_payload": ucs2, "source_subaddress": b"\x80" + latin[:10]}),
        sk.DeliverSmResp(tlvs={"additional_status_info_text": latin.replace(b"\0", b"?").decode("latin-1")}),
    ]
    for pdu in pdus:
        html = pdu._repr_html_()
        assert Elements(html).seen <= ALLOWED
        for shown in (repr(pdu), pdu.explain(), html):
            assert all(character.isprintable() or character in "\r\n" for character in shown)
        assert "\n" not in repr(pdu)


def test_cards_of_everything(seed):
    generator = Generator(seed)
    for row in ROWS:
        fields = {field.name: generator.value(field) for field in row.fields if not field.counts}
        html = sk.decode(oracle.encode(row.name, fields, [generator.tlv() for _ in range(4)]))._repr_html_()
        assert Elements(html).seen <= ALLOWED
        assert row.name in html


def test_diff():
    ours = sk.SubmitSm(source_addr="INFO", esm_class=4, tlvs={"source_port": 80, 0x1400: b"x"}, sequence_number=1)
    theirs = sk.SubmitSm(source_addr="SALE", esm_class=4, tlvs={"source_port": 81}, sequence_number=2)
    assert ours.diff(ours) == []
    assert ours.diff(theirs) == [
        "sequence_number: 1 here, 2 there",
        "source_addr: 'INFO' here, 'SALE' there",
        "source_port: 80 here, 81 there",
        "0x1400: b'x' here, absent there",
    ]
    other = sk.SubmitSm().diff(sk.DeliverSmResp(command_status=0x64))
    assert other[:2] == [
        "command: submit_sm here, deliver_sm_resp there",
        "command_status: ESME_ROK here, ESME_RX_T_APPN there",
    ]
    assert "message_id: absent here, '' there" in other


def test_diff_of_passwords():
    ours, theirs = sk.BindReceiver(password="one"), sk.BindReceiver(password="two")
    assert ours.diff(theirs) == ["password: another one"]
    with pytest.raises(TypeError):
        ours.diff("x")
