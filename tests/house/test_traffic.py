"""The traffic of the benchmarks is the mix that they say it is."""

import pytest

import smppkit as sk
from benchmarks import traffic

COUNT = 200_000
PDUS = sk.frame(traffic.mixed(COUNT), ["command", "command_status", "esm_class", "data_coding", "command_length"])
OF = {
    "submit_sm": 0.40,
    "submit_sm_resp": 0.25,
    "deliver_sm": 0.30,
    "deliver_sm_resp": 0.03,
    "enquire_link": 0.01,
    "enquire_link_resp": 0.01,
}


def test_it_has_122_octets_a_pdu():
    assert PDUS["command_length"].mean() == pytest.approx(122, abs=1)


@pytest.mark.parametrize("command", OF)
def test_it_has_each_command_as_often_as_it_says(command):
    assert (PDUS["command"] == command).mean() == pytest.approx(OF[command], abs=0.01)
    assert set(PDUS["command"].unique()) == set(OF)


def test_its_answers_texts_and_receipts_are_what_it_says():
    answers = PDUS[PDUS["command"] == "submit_sm_resp"]
    delivered = PDUS[PDUS["command"] == "deliver_sm"]
    submitted = PDUS[PDUS["command"] == "submit_sm"]
    assert (answers["command_status"] == 0x58).mean() == pytest.approx(0.03, abs=0.01)
    assert (delivered["esm_class"] == 4).mean() == pytest.approx(25 / 30, abs=0.02)
    assert (submitted["data_coding"] == 8).mean() == pytest.approx(0.2, abs=0.02)
