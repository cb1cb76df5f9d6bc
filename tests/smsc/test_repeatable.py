"""The same seed and the same requests give the same ids, states and delays."""

from math import inf

import pytest

from smppkit.smsc.chances import Chances, Identities
from smppkit.smsc.settings import Settings
from smppkit.spec.receipts import STATES
from tests.smsc.client import Client, centre, submit


def conversation(**behaviour):
    """Return ids and fates of what two sessions submitted, one after the other and mixed."""
    with centre(delay=3600.0, **behaviour) as smsc:
        first, second = Client(smsc.port), Client(smsc.port)
        first.bind()
        second.bind("TX")
        ids = [first.ask(submit()).message_id for _ in range(20)]
        for _ in range(20):
            first.send(submit())
            second.send(submit())
        ids += [first.wait("submit_sm_resp").message_id for _ in range(20)]
        ids += [second.wait("submit_sm_resp").message_id for _ in range(20)]
        server = smsc._running._server
        kept = server.store.among(1, 1_000_000, 1_000_000)
        fates = {message.id: (message.fate, round(message.ends - message.due + 1, 6)) for message in kept}
        first.socket.close()
        second.socket.close()
        return ids, [fates[message_id] for message_id in ids]


def test_ids_and_fates_repeat_with_the_seed_however_sessions_race():
    assert conversation(seed=5) == conversation(seed=5)
    assert conversation(seed=5)[0] != conversation(seed=6)[0]


@pytest.mark.parametrize("dialect", ["hex", "decimal", "uuid"])
def test_ids_differ_between_all_messages_of_all_sessions(dialect):
    identities = Identities(Settings(message_ids=dialect, seed=3))
    series = [identities.series() for _ in range(50)]
    ids = {each.next() for each in series for _ in range(2000)}
    assert len(ids) == 50 * 2000
    length = 36 if dialect == "uuid" else 10
    assert {len(each) for each in ids} == {length}
    digits = {"hex": "0123456789abcdef", "decimal": "0123456789", "uuid": "0123456789abcdef-"}[dialect]
    assert set("".join(ids)) <= set(digits)


def test_a_session_that_uses_up_its_range_goes_on_in_another():
    identities = Identities(Settings(message_ids="decimal"))
    one, other = identities.series(), identities.series()
    one._left = 2
    ids = [one.next() for _ in range(4)] + [other.next() for _ in range(3)] + [identities.series().next()]
    assert len(set(ids)) == 8
    assert identities.number() == 4


def test_delays_are_exponential_beyond_the_least():
    chances = Chances(Settings(seed=1, delay=0.3, least_delay=0.05), 0)
    delays = [chances.fate()[1] for _ in range(20_000)]
    assert min(delays) >= 0.05
    assert 0.29 < sum(delays) / len(delays) < 0.31
    above = sum(delay > 0.05 + 0.25 for delay in delays) / len(delays)
    assert 0.35 < above < 0.39  # e to the -1


@pytest.mark.parametrize(
    ("given", "delay"), [({"delay": None}, None), ({"delay": 0.0}, 0.0), ({"delay": 2, "least_delay": 9}, 2.0)]
)
def test_delays_that_are_no_draw(given, delay):
    assert {Chances(Settings(**given), 0).fate()[1] for _ in range(10)} == {delay}


def test_states_come_in_their_shares_and_those_of_none_never():
    chances = Chances(Settings(states={"DELIVERED": 98, "REJECTED": 0, "EXPIRED": 2}), 0)
    states = [STATES[chances.fate()[0]] for _ in range(10_000)]
    assert "REJECTED" not in states
    assert 9700 < states.count("DELIVERED") < 9900


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"states": {"DELIVERED": -1}}, "a share is a number from 0 on"),
        ({"states": {"DELIVERED": 0}}, "every share is 0"),
        ({"states": {}}, "every share is 0"),
        ({"states": {"ENROUTE": 1}}, "'ENROUTE' is no final state"),
        ({"states": {"DELIVERED": inf}}, "a share is a number"),
        ({"delay": -1}, "delay: -1; give a number of seconds from 0 on, or None for never"),
        ({"delay": float("nan")}, "delay: nan"),
        ({"least_delay": None}, "least_delay: None; give a number of seconds from 0 on"),
        ({"message_ids": "roman"}, "message_ids: 'roman'; there are hex, decimal, uuid"),
        ({"version": "6.0"}, "version: '6.0'"),
        ({"window": 0}, "window: 0; give a whole number from 1"),
        ({"rows": 1.5}, "rows: 1.5"),
        ({"port": 70_000}, "port: 70000"),
        ({"seed": "7"}, "seed: '7'; give a whole number"),
        ({"enquire_link": -1}, "enquire_link: -1"),
        ({"system_id": "x" * 16}, "system_id: give at most 15 ASCII characters"),
        ({"password": "pässword"}, "password: give at most 64 ASCII characters"),
    ],
)
def test_settings_that_make_no_sense(given, sentence):
    with pytest.raises(ValueError) as raised:
        Settings(**given)
    assert sentence in str(raised.value)
    assert "pässword" not in str(raised.value)
