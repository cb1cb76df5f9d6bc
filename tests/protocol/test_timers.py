"""The timers, with integers for time."""

import pytest

import smppkit as sk
from smppkit.protocol import events
from smppkit.protocol.settings import Settings
from tests.protocol.coupled import Pair, Side, answer_all

SETTINGS = Settings(enquire_link=30, response_timeout=20, session_init=10, inactivity=0)


@pytest.mark.parametrize("role", ["ESME", "MC"])
def test_a_connection_without_a_bind_is_given_up(role):
    side = Side(role, SETTINGS, now=100)
    assert side.machine.deadline() == 110
    assert side.tick(109) == []
    assert side.tick(110) == [("session_init", "no bind within 10 s")]
    assert side.closed()[-1] == ("OPEN", "CLOSED", "session_init", "")


def test_session_init_does_not_run_while_a_bind_waits_and_begins_again_after_a_refusal():
    pair = Pair(SETTINGS)
    pair.esme.request(sk.BindReceiver(), 9)
    pair.to_centre(9)
    assert pair.centre.machine.deadline() is None
    pair.centre.respond(sk.BindReceiverResp(sequence_number=1, command_status=0x0D), 15)
    pair.to_esme(15)
    assert (pair.centre.machine.deadline(), pair.esme.machine.deadline()) == (25, 25)


def test_session_init_begins_again_with_outbind():
    pair = Pair(SETTINGS)
    pair.centre.request(sk.Outbind(), 8)
    pair.to_esme(9)
    assert (pair.centre.machine.deadline(), pair.esme.machine.deadline()) == (18, 19)


def test_a_bind_without_an_answer_ends_the_connection():
    esme = Side("ESME", SETTINGS)
    esme.request(sk.BindReceiver(), 1, handle="bind")
    assert esme.machine.deadline() == 21
    assert esme.tick(21) == [
        events.Unanswered("bind", "bind_receiver", "response_timeout"),
        events.MustClose("response_timeout", "bind_receiver was not answered"),
    ]


def test_an_idle_link_is_tested_and_found_alive():
    pair = Pair(SETTINGS).bind(now=100)
    assert (pair.esme.machine.deadline(), pair.esme.tick(129)) == (130, [])
    pair.esme.tick(130)
    pair.to_centre(131)
    pair.to_esme(132)
    assert pair.esme.told[-1] == events.EnquireAnswered(2)
    assert pair.esme.machine.deadline() == 162
    assert pair.centre.machine.deadline() == 161  # it heard us at 131


def test_octets_of_any_kind_prove_life():
    esme = Pair(SETTINGS).bind(now=100).esme
    esme.receive(b"\0", 120)
    assert esme.machine.deadline() == 140  # 20 s for the rest of that PDU
    esme.receive(sk.EnquireLink(sequence_number=1).encode()[1:], 125)
    assert esme.machine.deadline() == 155


@pytest.mark.parametrize(("enquire", "response"), [(30, 20), (1, 60), (60, 1), (5, 0)])
def test_a_dead_link_is_noticed_in_time(enquire, response):
    esme = Pair(Settings(enquire_link=enquire, response_timeout=response)).bind(now=100).esme
    now = 100
    while not esme.only(events.MustClose):
        now = esme.machine.deadline()
        esme.tick(now)
    assert now == 100 + enquire + (response or enquire)
    assert esme.told[-1].reason == "response_timeout"
    assert "nothing was heard for" in esme.told[-1].detail


def test_a_dead_link_ends_what_is_pending():
    esme = Pair(Settings(enquire_link=30, response_timeout=20)).bind(now=100).esme
    esme.request(sk.SubmitSm(), 140, handle="late submit")
    esme.tick(130)
    esme.tick(150)
    esme.output()
    assert esme.closed("reset")[0] == events.Unanswered("late submit", "submit_sm", "response_timeout")


def test_a_peer_that_sends_but_ignores_enquire_link_is_kept():
    esme = Pair(SETTINGS).bind(now=100).esme
    esme.tick(130)
    esme.receive(sk.EnquireLink(sequence_number=5).encode(), 140)
    esme.tick(150)
    assert esme.only(events.MustClose) == []
    assert esme.only(events.Fault)[-1].kind == "enquire_link_ignored"
    assert esme.machine.outstanding == 0
    assert esme.machine.deadline() == 180


def test_ignored_enquire_links_do_not_pile_up_without_response_timeout():
    esme = Pair(Settings(enquire_link=10, response_timeout=0)).bind(now=100).esme
    now = 100
    for _ in range(100):
        now = esme.machine.deadline()
        esme.tick(now)
        esme.receive(sk.EnquireLink(sequence_number=5).encode(), now + 1)
    assert esme.machine.outstanding <= 1
    assert esme.only(events.MustClose) == []


def test_zero_seconds_are_off():
    off = Settings(enquire_link=0, response_timeout=0, session_init=0, inactivity=0)
    pair = Pair(off)
    assert pair.esme.machine.deadline() is None
    pair.bind()
    pair.esme.request(sk.SubmitSm())
    for side in (pair.esme, pair.centre):
        assert side.machine.deadline() is None
        assert side.tick(10**9) == []
    assert pair.esme.machine.outstanding == 1


def test_requests_expire_each_in_its_time():
    esme = Pair(Settings(enquire_link=0, response_timeout=20)).bind(now=0).esme
    for sent in (1, 3, 3, 7):
        esme.request(sk.SubmitSm(), sent, handle=f"{sent}-{esme.machine.next_sequence}")
    assert [event.handle for event in esme.tick(20)] == []
    assert [event.handle for event in esme.tick(21)] == ["1-2"]
    assert [event.handle for event in esme.tick(25)] == ["3-3", "3-4"]
    assert esme.machine.deadline() == 27
    assert (esme.machine.outstanding, esme.machine.room(25)) == (1, 49)


def test_a_late_response_finds_its_request():
    pair = Pair(Settings(enquire_link=0, response_timeout=20)).bind(now=0)
    pair.esme.request(sk.SubmitSm(), 1, handle="slow")
    pair.to_centre(1)
    pair.esme.tick(21)
    for _ in range(500):  # as many as the ring has slots, and more
        pair.esme.request(sk.SubmitSm(), 22)
        pair.esme.receive(sk.SubmitSmResp(sequence_number=pair.esme.machine.next_sequence - 1).encode(), 22)
    answer_all(pair.centre, 40)
    pair.to_esme(40)
    assert pair.esme.told[-1] == events.ResponseReceived("slow", sk.SubmitSmResp(sequence_number=2), True, 39)
    assert (pair.esme.machine.counters.late, pair.esme.machine.counters.unanswered) == (1, 1)
    pair.esme.receive(sk.SubmitSmResp(sequence_number=2).encode(), 41)
    assert pair.esme.told[-1].kind == "stray_response"


def test_inactivity_unbinds_and_enquire_link_is_no_activity():
    pair = Pair(Settings(enquire_link=30, response_timeout=20, inactivity=100)).bind(now=0)
    now = 0
    while pair.esme.machine.state == "BOUND_TRX":
        now = min(pair.esme.machine.deadline(), pair.centre.machine.deadline())
        pair.esme.tick(now)
        pair.centre.tick(now)
        pair.flow(now)
    assert now == 100
    assert pair.esme.machine.state == pair.centre.machine.state == "UNBOUND"
    assert [event.reason for event in pair.esme.only(events.MustClose)] == ["unbind"]


def test_messages_either_way_are_activity():
    pair = Pair(Settings(enquire_link=0, response_timeout=0, inactivity=100)).bind(now=0)
    pair.esme.request(sk.SubmitSm(), 50)
    assert pair.esme.machine.deadline() == 150
    pair.to_centre(60)
    assert pair.centre.machine.deadline() == 160
    answer_all(pair.centre, 70)
    assert pair.centre.machine.deadline() == 170
    pair.to_esme(80)
    assert pair.esme.machine.deadline() == 180


@pytest.mark.parametrize(("response", "until"), [(20, 120), (0, 105)])
def test_an_unbind_without_an_answer_ends_the_connection(response, until):
    esme = Pair(Settings(enquire_link=0, response_timeout=response)).bind(now=0).esme
    esme.request(sk.Unbind(), 100, handle="bye")
    assert esme.machine.deadline() == until
    assert ("response_timeout", "unbind was not answered") in esme.tick(until)
    assert esme.closed()[-1].reason == "response_timeout"
    assert esme.asked["bye"] == 1


def test_a_pdu_that_never_becomes_whole_ends_the_connection():
    esme = Pair(SETTINGS).bind(now=0).esme
    octets = sk.EnquireLink(sequence_number=1).encode()
    for second in range(1, 16):
        esme.receive(octets[second - 1 : second], second)
    assert esme.machine.deadline() == 21
    esme.tick(21)
    assert esme.told[-1] == ("slow_pdu", "a PDU is not whole after 20 s: 15 octets of it are here")
    assert not esme.machine.readable
    assert esme.receive(octets[15:], 22) == []


def test_other_settings_count_at_once():
    esme = Pair(SETTINGS).bind(now=0).esme
    esme.request(sk.SubmitSm(), 0)
    esme.machine.configure(Settings(window=1, rate=10.0, enquire_link=5, response_timeout=100), 1)
    assert (esme.machine.deadline(), esme.machine.room(1)) == (5, 0)
    esme.machine.configure(Settings(window=1000, rate=10.0, enquire_link=5, response_timeout=100), 1)
    assert esme.machine.room(1) == 1
    esme.tick(5)
    assert esme.machine.outstanding == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"window": 0}, "window: 0 requests at once"),
        ({"window": 2_000_000}, "window: 2,000,000 requests at once; give 1 to 1,000,000"),
        ({"rate": 0}, "rate: 0 parts a second"),
        ({"rate": float("nan")}, "rate: nan parts"),
        ({"enquire_link": -1}, "enquire_link: -1 seconds"),
        ({"inactivity": float("inf")}, "inactivity: inf seconds"),
        ({"version": "3.5"}, "version: '3.5'; there are 3.3, 3.4 and 5.0"),
        ({"max_pdu": 15}, "max_pdu: 15 octets"),
    ],
)
def test_settings_that_could_never_work_are_refused(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        Settings(**wrong)
