"""Bad input, each case one clear sentence that names what was wrong and what to do."""

import struct
from pathlib import Path

import pandas as pd
import pytest

import smppkit as sk
from smppkit._core.foreign import protocol
from smppkit.cli import main

CAPTURES = Path(__file__).parent / "captures"
WHOLE = (CAPTURES / "kannel_to_node.pcap").read_bytes()


def one_sentence(error: BaseException) -> str:
    text = str(error)
    assert text
    assert "\n" not in text
    assert len(text) < 400
    return text


def no_smpp() -> bytes:
    """A capture of one HTTP exchange's first packet, Ethernet, IPv4, TCP."""
    request = b"GET / HTTP/1.1\r\nHost: example\r\n\r\n"
    tcp = struct.pack(">HHIIBBHHH", 40000, 80, 1, 1, 5 << 4, 0x18, 65535, 0, 0) + request
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, b"\x7f\0\0\1", b"\x7f\0\0\1") + tcp
    packet = b"\0" * 12 + b"\x08\x00" + ip
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return head + struct.pack("<IIII", 1_700_000_000, 0, len(packet), len(packet)) + packet


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("text.pcap", b"this is a letter, not a capture", ["text.pcap"]),
        ("empty.pcap", b"", ["empty"]),
        ("web.pcap", no_smpp(), ["SMPP", "HTTP"]),
        ("head.pcap", WHOLE[:10], ["head.pcap"]),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, words: list[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(sk.CaptureError) as caught:
        sk.read(path)
    sentence = one_sentence(caught.value)
    assert all(word in sentence for word in words), sentence
    assert main(["read", str(path)]) == 1
    told = capsys.readouterr()
    assert told.err == f"smppkit: {sentence}\n"
    assert told.out == ""


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FileNotFoundError):
        sk.read(tmp_path / "none.pcap")
    assert main(["read", str(tmp_path / "none.pcap")]) == 1
    assert "none.pcap: No such file" in capsys.readouterr().err


def test_a_truncated_capture_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap"
    path.write_bytes(WHOLE[: len(WHOLE) // 2 + 7])
    log = sk.read(path)
    assert 0 < len(log) < len(sk.read(CAPTURES / "kannel_to_node.pcap"))
    assert any("cut" in problem.detail or "trunc" in problem.detail for problem in log.problems)


@pytest.mark.parametrize(
    ("dump", "words"),
    [
        ("00000010 0000001x 00000000 00000001", ["'x'"]),
        ("0000001000000015000000000000000", ["column 31", "lone hex digit"]),
        ("", ["0 octets"]),
    ],
)
def test_hex_dumps_with_a_slip(capsys: pytest.CaptureFixture[str], dump: str, words: list[str]) -> None:
    with pytest.raises(sk.SmppError) as caught:
        sk.decode(dump)
    sentence = one_sentence(caught.value)
    assert all(word in sentence for word in words), sentence
    assert main(["decode", dump]) == 1
    assert capsys.readouterr().err.startswith("smppkit: ")


@pytest.mark.parametrize("question", ["delivery_rate", "latency", "errors", "funnel"])
def test_a_table_without_the_needed_column(question: str) -> None:
    table = pd.DataFrame({"destination": ["32471123456"]})
    with pytest.raises(sk.TableError) as caught:
        getattr(table.smpp, question)()
    assert "destination" in one_sentence(caught.value)


def test_match_without_the_needed_column() -> None:
    with pytest.raises(sk.TableError) as caught:
        sk.match(pd.DataFrame({"a": ["1"]}), pd.DataFrame({"b": ["1"]}))
    assert "message_id" in one_sentence(caught.value)


def test_an_unknown_column_of_a_frame() -> None:
    with pytest.raises(sk.TableError) as caught:
        sk.frame(b"", columns=["destination_adr"])
    assert "destination_addr" in one_sentence(caught.value)


def test_text_that_the_alphabet_cannot_hold() -> None:
    with pytest.raises(sk.TextError) as caught:
        sk.gsm7.encode("Grüße, ☃")
    assert "☃" in one_sentence(caught.value)


def test_a_pdu_of_three_gigabytes_by_its_length() -> None:
    with pytest.raises(sk.FramingError) as caught:
        sk.decode(bytes.fromhex("C0000000 00000004 00000000 00000001"))
    assert "3221225472" in one_sentence(caught.value).replace(",", "")
    with pytest.raises(sk.FramingError):
        sk.scan(bytes.fromhex("C0000000 00000004 00000000 00000001"))


SIP_METHODS = (
    *(
        "ACK",
        "BYE",
        "CANCEL",
        "INFO",
        "INVITE",
        "MESSAGE",
        "NOTIFY",
        "OPTIONS",
        "PRACK",
        "PUBLISH",
        "REFER",
        "REGISTER",
    ),
    *("SUBSCRIBE", "UPDATE"),
)


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
        (bytes.fromhex("1503030002022816030300020228"), "TLS"),
        (b"AMQP\x00\x00\x09\x01AMQP\x00\x00", "AMQP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"SIP/2.0 400 Bad Request\r\n", "SIP"),
        *((method.encode() + b" sip:a@example.org SIP/2.0\r\n", "SIP") for method in SIP_METHODS),
        (b"NOTIFY tel:+32470000000 SIP/2.0\r\n", "SIP"),
        (b"NOTIFY * HTTP/1.1\r\n", "HTTP"),
        (b"SUBSCRIBE /events HTTP/1.1\r\n", "HTTP"),
        (b"<HTML><BODY>no</BODY></HTML>", "HTML"),
        (bytes.fromhex("802e0103010015000000100000040000ff"), "TLS"),
        (bytes.fromhex("80310100020018000000100700c00500"), "TLS"),
        (bytes.fromhex("0d0a0d0a000d0a515549540a2111000c7f000001"), "PROXY"),
    ],
)
def test_another_protocol_behind_the_port_is_named(octets: bytes, name: str) -> None:
    with pytest.raises(sk.FramingError) as caught:
        sk.decode(octets)
    assert f"these octets are {name}" in one_sentence(caught.value).replace("the PROXY", "PROXY").replace(
        "a web page (HTML)", "HTML"
    )
    [problem] = sk.frame(octets, ["problem"])["problem"]
    assert problem == one_sentence(caught.value)


@pytest.mark.parametrize(
    "octets",
    [
        b"\r\n\r\n",  # what keeps a connection of SIP alive: it begins like the PROXY protocol
        b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n",
        b"\r\n\r\n\0\r\nQUIX\n!!!!",
        b"UPDATE messages SET x",
        b"MESSAGE of the day",
        b"INFO {server_id: 1}",
        bytes.fromhex("802e0203010015000000100000040000"),
        bytes.fromhex("80010101040015000000100000040000"),
    ],
)
def test_what_only_begins_like_another_protocol_is_told_by_its_length(octets: bytes) -> None:
    with pytest.raises(sk.FramingError) as caught:
        sk.decode(octets)
    assert f"{int.from_bytes(octets[:4], 'big'):,} octets" in one_sentence(caught.value)


def test_no_length_that_a_pdu_can_have_looks_like_another_protocol() -> None:
    rest = bytes.fromhex("80000004 00000000 00000001")
    for length in range(70_001):
        assert protocol(length.to_bytes(4, "big") + rest) == ""


@pytest.mark.parametrize(
    "arguments",
    [["read"], ["plan", "x", "--reference-bits", "9"], ["read", "x", "--port", "0"], ["read", "x", "--rows", "-1"], []],
)
def test_usage_errors_exit_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: smppkit" in capsys.readouterr().err
