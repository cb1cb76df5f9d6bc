"""The word and the sentence for whatever may happen to a bind or a session."""

import pytest

import smppkit as sk
from smppkit.esme import outcome
from smppkit.esme.outcome import WORDS
from smppkit.esme.settings import Options
from smppkit.link import Unreached
from smppkit.spec.statuses import ROWS

OPTIONS = Options(host="smsc.example.org", system_id="demo", password="Pf3canar")
STATUSES = [*(row.code for row in ROWS), 0x0401, 0x040B, 0x0009, 0x4FF, 0xFFFFFFFF]


def good(found):
    """Check what every outcome must be."""
    assert found.word in WORDS
    assert "smsc.example.org:2775" in found.sentence
    assert "Pf3canar" not in found.sentence
    assert "\n" not in found.sentence
    assert "{" not in found.sentence
    assert not found.sentence.endswith((".", ";", " "))
    return found


def test_the_seven_words():
    assert (
        *("OK", "Disconnected", "invalid bind response", "generic_nack received", "response timeout"),
        *("invalid password", "invalid username"),
    ) == WORDS


def test_bound():
    found = good(outcome.answered(sk.BindReceiverResp(), OPTIONS.replace(bind="receiver"), "3.4"))
    assert found == ("OK", "bound as receiver at smsc.example.org:2775, SMPP 3.4")


@pytest.mark.parametrize("status", STATUSES[1:])
def test_every_refusal_has_word_name_meaning_and_advice(status):
    found = good(outcome.answered(sk.BindTransceiverResp(command_status=status), OPTIONS))
    assert found.word == {0x0E: "invalid password", 0x0F: "invalid username"}.get(status, "invalid bind response")
    assert f"0x{status:08X}" in found.sentence
    assert "refused the bind of 'demo'" in found.sentence
    for row in ROWS:
        if row.code == status:
            assert f"{row.name} (0x{status:08X}), {row.meaning}; " in found.sentence
    nacked = good(outcome.answered(sk.GenericNack(command_status=status), OPTIONS))
    assert nacked.word == "generic_nack received"
    assert f"0x{status:08X}" in nacked.sentence


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0x0E, ["check the password", "not tried again"]),
        (0x0F, ["check system_id", "not tried again"]),
        (0x53, ["system_type="]),
        (0x05, ["earlier session", "wait"]),
        (0x0D, ["IP address", "credentials"]),
        (0x03, ["has no transceiver", "bind="]),
        (0x0401, ["vendor status 0x00000401", "out of credit at Hollatags", "data sheet"]),
        (0x0009, ["reserved status 0x00000009", "number of no standard"]),
    ],
)
def test_refusals_say_what_to_do(status, words):
    sentence = outcome.answered(sk.BindTransceiverResp(command_status=status), OPTIONS).sentence
    assert all(word in sentence for word in words), sentence


def test_a_generic_nack_of_status_0_is_no_success():
    found = good(outcome.answered(sk.GenericNack(), OPTIONS))
    assert found.word == "generic_nack received"
    assert "ESME_ROK" in found.sentence


def test_a_centre_without_system_id():
    assert "the bind: " in outcome.answered(sk.BindTransceiverResp(command_status=8), Options(host="h")).sentence


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("name", ["spelled"]),
        ("refused", ["port", "running"]),
        ("timeout", ["firewall"]),
        ("unreachable", ["network"]),
        ("failed", ["network"]),
        ("cancelled", ["bind()"]),
    ],
)
def test_no_connection(reason, words):
    found = good(outcome.unreached(Unreached(reason, "[2001:db8::1]:2775: some detail"), OPTIONS))
    assert found.word == "Disconnected"
    assert "[2001:db8::1]:2775: some detail" in found.sentence
    assert all(word in found.sentence for word in words)


@pytest.mark.parametrize(
    ("reason", "detail", "word", "words"),
    [
        ("response_timeout", "bind_transceiver was not answered", "response timeout", ["within 30 s", "port"]),
        ("timeout", "", "response timeout", ["in time", "port"]),
        ("slow_pdu", "18 octets", "response timeout", ["in time"]),
        ("framing", "these octets are HTTP, not SMPP", "invalid bind response", ["HTTP", "host and port"]),
        ("framing", "these octets are TLS, not SMPP", "invalid bind response", ["TLS", "tunnel"]),
        ("wrong_response", "submit_sm_resp 1 cannot answer", "invalid bind response", ["submit_sm_resp"]),
        ("peer_closed", "", "Disconnected", ["was closed before the bind was answered", "TLS", "address"]),
        ("reset", "", "Disconnected", ["was reset"]),
        ("unbind", "", "Disconnected", ["was ended"]),
        ("stalled", "the peer read nothing for 30 s", "Disconnected", ["read nothing"]),
        ("failed", "", "Disconnected", ["was lost"]),
    ],
)
def test_no_answer_to_the_bind(reason, detail, word, words):
    found = good(outcome.unanswered(reason, detail, OPTIONS))
    assert found.word == word
    assert all(each in found.sentence for each in words), found.sentence


@pytest.mark.parametrize(
    ("reason", "word", "words"),
    [
        ("unbind", "Disconnected", ["ended the session with unbind"]),
        ("peer_closed", "Disconnected", ["closed the connection"]),
        ("reset", "Disconnected", ["reset"]),
        ("response_timeout", "response timeout", ["given up"]),
        ("stalled", "Disconnected", ["stopped reading"]),
        ("framing", "Disconnected", ["no SMPP"]),
        ("slow_pdu", "Disconnected", ["slow pdu"]),
    ],
)
@pytest.mark.parametrize("rebind", [True, False])
def test_a_lost_session(reason, word, words, rebind):
    found = good(outcome.lost(reason, "", OPTIONS.replace(rebind=rebind)))
    assert found.word == word
    assert all(each in found.sentence for each in words), found.sentence
    assert ("by itself" in found.sentence) == rebind


def test_our_own_end_and_no_beginning():
    assert good(outcome.ended(OPTIONS)).word == "Disconnected"
    assert outcome.NOTHING_YET.word == "Disconnected"


@pytest.mark.parametrize("status", STATUSES)
def test_when_to_try_again(status):
    never, soon = {0x03, 0x0E, 0x0F, 0x53, 0x101}, {0, 0x08, 0x14, 0x58, 0x64, 0xFF, 0x102, 0x10D}
    assert outcome.retry(status) == ("never" if status in never else "soon" if status in soon else "slowly")


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("command", ["submit_sm", "query_sm", "data_sm"])
def test_every_status_is_a_sentence(status, command):
    sentence = outcome.status_sentence(status, command)
    assert sentence.startswith("query_sm " if command == "query_sm" else ("refused" if status else "accepted"))
    assert f"0x{status:08X}" in sentence
    assert status == 0 or len(sentence.split("; ")[-1]) > 8


def test_a_message_in_a_line():
    assert outcome.message_sentence("refused", 0x0B) == outcome.status_sentence(0x0B)
    assert outcome.message_sentence("refused", None).startswith("refused: the answer was a generic_nack")
    words = {word: outcome.message_sentence(word) for word in ("accepted", "unanswered", "not_sent", "queued", "sent")}
    assert words["accepted"].startswith("accepted: ESME_ROK")
    assert words["unanswered"].startswith("unknown: ")
    assert words["not_sent"].startswith("not sent: ")
    assert all(words[word].startswith("waiting: ") for word in ("queued", "sent"))
