"""The operation matrix as a function of the rows."""

import itertools

import pytest

from smppkit.spec import commands, kinds
from smppkit.spec.states import BOUND_BY, STATES_V34, STATES_V50, allowed

ROLES = ("ESME", "MC")


def sendable(role: str, state: str, version: str = "3.4") -> set[str]:
    """Return every request and one-way command that ``role`` may send in ``state``."""
    return {row.name for row in commands.ROWS if row.kind != kinds.RESPONSE and allowed(row.name, role, state, version)}


def test_matrix_of_the_esme_in_3_4():
    submissions = {"submit_sm", "submit_multi", "data_sm", "query_sm", "cancel_sm", "replace_sm"}
    always = {"unbind", "enquire_link"}
    assert sendable("ESME", "OPEN") == {"bind_transmitter", "bind_receiver", "bind_transceiver"}
    assert sendable("ESME", "BOUND_TX") == submissions | always
    assert sendable("ESME", "BOUND_RX") == always
    assert sendable("ESME", "BOUND_TRX") == submissions | always
    assert sendable("ESME", "CLOSED") == set()


def test_matrix_of_the_mc_in_3_4():
    always = {"unbind", "enquire_link"}
    deliveries = {"deliver_sm", "data_sm", "alert_notification"}
    assert sendable("MC", "OPEN") == {"outbind"}
    assert sendable("MC", "BOUND_TX") == always
    assert sendable("MC", "BOUND_RX") == deliveries | always
    assert sendable("MC", "BOUND_TRX") == deliveries | always


def test_broadcast_belongs_to_5_0():
    broadcast = {"broadcast_sm", "query_broadcast_sm", "cancel_broadcast_sm"}
    assert sendable("ESME", "BOUND_TX", "5.0") - sendable("ESME", "BOUND_TX") == broadcast
    assert not broadcast & sendable("ESME", "BOUND_RX", "5.0")


def test_5_0_binds_after_outbind_and_asks_for_life_before_the_bind():
    assert allowed("bind_receiver", "ESME", "OUTBOUND", "5.0")
    assert allowed("enquire_link", "ESME", "OPEN", "5.0")
    assert not allowed("enquire_link", "ESME", "OPEN")
    assert not allowed("submit_sm", "ESME", "UNBOUND", "5.0")


def test_3_3_knows_neither_data_sm_nor_transceivers():
    assert allowed("submit_sm", "ESME", "BOUND_TX", "3.3")
    assert not allowed("data_sm", "ESME", "BOUND_TX", "3.3")
    assert not allowed("bind_transceiver", "ESME", "OPEN", "3.3")


@pytest.mark.parametrize("version", ["3.4", "5.0"])
@pytest.mark.parametrize("row", [row for row in commands.ROWS if row.kind == kinds.REQUEST], ids=lambda row: row.name)
def test_who_receives_a_request_may_answer_it_in_the_same_state(row, version):
    for role, state in itertools.product(ROLES, STATES_V50):
        if allowed(row.name, role, state, version):
            other = "MC" if role == "ESME" else "ESME"
            assert allowed(row.partner, other, state, version)


def test_states_of_the_rows_are_states_there_are():
    for row in commands.ROWS:
        assert set(row.states) <= set(STATES_V34)
        assert set(row.states_v50) <= set(STATES_V50)
    assert set(BOUND_BY.values()) <= set(STATES_V34)
    assert all(commands.BY_NAME[name].fields[0].name == "system_id" for name in BOUND_BY)


def test_unknown_command_is_an_error():
    with pytest.raises(KeyError):
        allowed("submit", "ESME", "BOUND_TX")
