"""Messages: submitting, asking, cancelling, replacing; schedule, validity, modes; limits."""

from datetime import UTC, datetime, timedelta

import pytest

import smppkit as sk
from smppkit.smsc.server import Account
from smppkit.spec.statuses import name_of
from smppkit.text.times import format_time, parse_time
from tests.link.helpers import until
from tests.smsc.client import Client, bound, receipt_of, submit

NUMBER = "32471123456"


def status(pdu: sk.Pdu) -> str:
    return name_of(pdu.command_status)


def query(client, message_id, source="INFO"):
    return client.ask(sk.QuerySm(message_id=message_id, source_addr=source))


def test_a_message_is_accepted_and_known():
    with bound() as (smsc, client):
        answer = client.ask(submit(registered_delivery=1, short_message="Grüße".encode("latin-1"), data_coding=3))
        assert status(answer) == "ESME_ROK"
        row = smsc.messages.iloc[0]
        assert len(smsc.messages) == 1
        assert row["message_id"] == answer.message_id
        assert (row["source"], row["destination"], row["text"]) == ("INFO", NUMBER, "Grüße")
        assert (row["command"], row["encoding"], row["registered_delivery"]) == ("submit_sm", "latin1", 1)
        assert (row["state"], row["final"]) == ("ENROUTE", False)
        assert row[["time_final", "err"]].isna().all()
        assert abs(row["time"].timestamp() - datetime.now(UTC).timestamp()) < 60
        assert smsc.counters["accepted"] == 1


@pytest.mark.parametrize("address", ["Bob", "", "32471-123456", "1" * 19 + "x", "３２４７１", "+", "32471 123456"])
def test_a_destination_that_is_no_number_is_refused(address):
    octets = submit(destination_addr="").encode()
    raw = address.encode("utf-8")[:20]
    at = octets.index(b"INFO\0") + 7
    changed = octets[:at] + raw + octets[at:]
    with bound() as (smsc, client):
        pdu = sk.decode(len(changed).to_bytes(4, "big") + changed[4:])
        assert status(client.ask(pdu)) == "ESME_RINVDSTADR"
        assert smsc.counters["refused"] == 1
        assert len(smsc.messages) == 0


def test_a_plus_before_the_number_is_taken():
    with bound() as (smsc, client):
        assert status(client.ask(submit(destination_addr="+" + NUMBER))) == "ESME_ROK"
        assert smsc.messages["destination"].tolist() == ["+" + NUMBER]


@pytest.mark.parametrize("window", [1, 2, 5, 300])
def test_many_in_one_piece_are_answered_in_order(window):
    with bound() as (smsc, client):
        for n in range(window):
            client.send(submit(destination_addr=str(1000 + n)))
        ids = [client.wait("submit_sm_resp").message_id for _ in range(window)]
        assert len(set(ids)) == window
        assert smsc.messages["message_id"].tolist() == ids


def test_good_and_bad_in_one_piece_each_get_their_own_answer():
    with bound() as (_smsc, client):
        octets = b"".join(
            submit(destination_addr=NUMBER if n % 3 else "Bob", sequence_number=100 + n).encode() for n in range(30)
        )
        client.write(octets)
        answers = [client.wait("submit_sm_resp") for _ in range(30)]
        assert [answer.sequence_number for answer in answers] == list(range(100, 130))
        assert [status(answer) for answer in answers] == ["ESME_RINVDSTADR", "ESME_ROK", "ESME_ROK"] * 10


def test_data_sm_carries_its_text_in_the_payload():
    with bound() as (smsc, client):
        request = sk.DataSm(source_addr="INFO", destination_addr=NUMBER, tlvs={"message_payload": b"Hello data"})
        answer = client.ask(request)
        assert (answer.command, status(answer)) == ("data_sm_resp", "ESME_ROK")
        assert query(client, answer.message_id).message_state == 1
        assert smsc.messages[["command", "text"]].to_numpy().tolist() == [["data_sm", "Hello data"]]
        long = sk.DataSm(source_addr="x" * 40, destination_addr=NUMBER)
        assert status(client.ask(long)) == "ESME_RINVSRCADR"


def test_submit_multi_accepts_what_it_can():
    rows = [
        {"dest_flag": 1, "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": NUMBER},
        {"dest_flag": 1, "dest_addr_ton": 5, "dest_addr_npi": 0, "destination_addr": "Bob"},
        {"dest_flag": 2, "dl_name": "friends"},
        {"dest_flag": 1, "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": "4917012345"},
    ]
    with bound() as (smsc, client):
        request = sk.SubmitMulti(source_addr="INFO", dest_address=rows, registered_delivery=1, short_message=b"Hi")
        answer = client.ask(request)
        assert status(answer) == "ESME_ROK"
        failed = [(each.destination_addr, name_of(each.error_status_code)) for each in answer.unsuccess_sme]
        assert failed == [("Bob", "ESME_RINVDSTADR"), ("friends", "ESME_RINVDLNAME")]
        table = smsc.messages
        assert table["message_id"].tolist() == [answer.message_id] * 2
        assert table["destination"].tolist() == [NUMBER, "4917012345"]
        smsc.finish(answer.message_id, "DELIVERED")
        sources = {client.wait("deliver_sm").source_addr for _ in range(2)}
        assert sources == {NUMBER, "4917012345"}
        assert smsc.messages["final"].tolist() == [True, True]


def test_submit_multi_without_anybody_to_send_to():
    with bound() as (smsc, client):
        bob = [{"dest_flag": 1, "destination_addr": "Bob"}]
        answer = client.ask(sk.SubmitMulti(source_addr="INFO", dest_address=bob))
        assert status(answer) == "ESME_RSUBMITFAIL"
        octets = sk.SubmitMulti(source_addr="INFO", dest_address=bob, sequence_number=9).encode()
        nobody = octets.replace(b"INFO\0\x01\x01\0\0Bob\0", b"INFO\0\0")
        client.write(len(nobody).to_bytes(4, "big") + nobody[4:])
        assert status(client.wait("submit_multi_resp")) == "ESME_RINVNUMDESTS"
        assert len(smsc.messages) == 0


# --- asking, cancelling, replacing ---------------------------------------------------------------------------------


def test_query_tells_state_and_final_date():
    with bound() as (smsc, client):
        message_id = client.ask(submit()).message_id
        answer = query(client, message_id)
        assert (answer.message_id, answer.message_state, answer.final_date, answer.error_code) == (message_id, 1, "", 0)
        smsc.finish(message_id, "UNDELIVERABLE")
        answer = query(client, message_id)
        assert (answer.message_state, answer.error_code) == (5, 1)
        assert abs((parse_time(answer.final_date) - datetime.now(UTC)).total_seconds()) < 60


def test_query_of_what_is_not_there_or_not_the_senders():
    with bound() as (_smsc, client):
        message_id = client.ask(submit()).message_id
        assert status(query(client, "0000000000")) == "ESME_RINVMSGID"
        assert status(query(client, message_id, source="OTHER")) == "ESME_RQUERYFAIL"


def test_cancel_ends_a_pending_message_with_a_receipt():
    with bound() as (smsc, client):
        message_id = client.ask(submit(registered_delivery=1)).message_id
        cancel = sk.CancelSm(message_id=message_id, source_addr="INFO", destination_addr=NUMBER)
        assert status(client.ask(cancel)) == "ESME_ROK"
        assert receipt_of(client.wait("deliver_sm")).stat == "DELETED"
        assert smsc.messages["state"].tolist() == ["DELETED"]
        assert status(client.ask(cancel)) == "ESME_RCANCELFAIL"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"message_id": "0000000000"}, "ESME_RINVMSGID"),
        ({"source_addr": "OTHER"}, "ESME_RCANCELFAIL"),
        ({"destination_addr": "4917012345"}, "ESME_RCANCELFAIL"),
    ],
)
def test_cancel_of_something_else(changes, refusal):
    with bound() as (smsc, client):
        fields = {"message_id": client.ask(submit()).message_id, "source_addr": "INFO", "destination_addr": NUMBER}
        assert status(client.ask(sk.CancelSm(**(fields | changes)))) == refusal
        assert smsc.messages["state"].tolist() == ["ENROUTE"]


def test_cancel_without_an_id_takes_all_between_two_addresses():
    with bound() as (smsc, client):
        for service_type in ("", "", "WAP"):
            client.ask(submit(service_type=service_type))
        client.ask(submit(destination_addr="4917012345"))
        cancel = sk.CancelSm(source_addr="INFO", destination_addr=NUMBER)
        assert status(client.ask(cancel.replace(service_type="WAP"))) == "ESME_ROK"
        assert smsc.messages["state"].tolist() == ["ENROUTE", "ENROUTE", "DELETED", "ENROUTE"]
        assert status(client.ask(cancel)) == "ESME_ROK"
        assert smsc.messages["state"].tolist() == ["DELETED", "DELETED", "DELETED", "ENROUTE"]
        assert status(client.ask(cancel)) == "ESME_RCANCELFAIL"


def test_replace_changes_the_text_of_a_pending_message():
    with bound() as (smsc, client):
        message_id = client.ask(submit(tlvs={"message_payload": b"old"}, short_message=b"")).message_id
        fields = {"message_id": message_id, "source_addr": "INFO", "short_message": b"new", "registered_delivery": 1}
        assert status(client.ask(sk.ReplaceSm(**fields))) == "ESME_ROK"
        row = smsc.messages.iloc[0]
        assert row["text"] == "new"
        smsc.finish(message_id, "DELIVERED")
        assert receipt_of(client.wait("deliver_sm")).text == "new"
        assert status(client.ask(sk.ReplaceSm(**fields))) == "ESME_RREPLACEFAIL"


def test_replace_of_something_else():
    with bound() as (_smsc, client):
        message_id = client.ask(submit()).message_id
        assert status(client.ask(sk.ReplaceSm(message_id="0", source_addr="INFO"))) == "ESME_RINVMSGID"
        assert status(client.ask(sk.ReplaceSm(message_id=message_id, source_addr="X"))) == "ESME_RREPLACEFAIL"


def test_replace_may_schedule_and_shorten():
    with bound(delay=0.0) as (smsc, client):
        answer = client.ask(submit(schedule_delivery_time="000000010000000R"))
        fields = {"message_id": answer.message_id, "source_addr": "INFO"}
        soon = format_time(datetime.now(UTC) + timedelta(seconds=-1))
        assert status(client.ask(sk.ReplaceSm(**fields, schedule_delivery_time=soon))) == "ESME_ROK"
        until(lambda: smsc.counters["pending"] == 0)


# --- schedule, validity, modes -------------------------------------------------------------------------------------


def test_a_scheduled_message_waits():
    with bound(delay=0.0, states={"DELIVERED": 1}) as (smsc, client):
        later = client.ask(submit(schedule_delivery_time="000000010000000R")).message_id
        client.ask(submit(schedule_delivery_time="000000000000100R", registered_delivery=1))
        assert smsc.messages["state"].tolist()[0] == "SCHEDULED"
        assert query(client, later).message_state == 1  # 3.4 has no word for it
        assert receipt_of(client.wait("deliver_sm")).stat == "DELIVRD"
        assert smsc.messages["state"].tolist() == ["SCHEDULED", "DELIVERED"]
        took = smsc.messages["time_final"] - smsc.messages["time"]
        assert took.dt.total_seconds()[1] >= 0.1


def test_a_scheduled_message_can_be_cancelled():
    with bound(delay=0.0) as (smsc, client):
        message_id = client.ask(submit(schedule_delivery_time="000000010000000R")).message_id
        assert status(client.ask(sk.CancelSm(message_id=message_id, source_addr="INFO"))) == "ESME_ROK"
        assert smsc.messages["state"].tolist() == ["DELETED"]


def test_peers_of_5_0_are_told_that_it_is_scheduled():
    with bound(version="5.0", fields={"interface_version": 0x50}) as (_smsc, client):
        message_id = client.ask(submit(schedule_delivery_time="000000010000000R")).message_id
        assert query(client, message_id).message_state == 0


@pytest.mark.parametrize("delay", [None, 3600.0])
def test_validity_ends_a_message_that_did_not_arrive(delay):
    with bound(delay=delay, least_delay=60.0) as (smsc, client):
        client.ask(submit(validity_period="000000000000100R", registered_delivery=1))
        assert receipt_of(client.wait("deliver_sm")).stat == "EXPIRED"
        request = sk.DataSm(source_addr="INFO", destination_addr=NUMBER, tlvs={"qos_time_to_live": 0})
        client.ask(request)
        until(lambda: smsc.counters["states"] == {"EXPIRED": 2})


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"validity_period": "000101000000000+"}, "ESME_RINVEXPIRY"),
        (
            {"validity_period": "000000000010000R", "schedule_delivery_time": "000000000020000R"},
            "ESME_RINVSCHED",
        ),
        ({"schedule_delivery_time": "261399000000000+"}, "ESME_RINVSCHED"),
        ({"validity_period": "garbage, sixteen"}, "ESME_RINVEXPIRY"),
    ],
)
def test_times_that_make_no_sense_are_refused(fields, refusal):
    octets = submit(**dict.fromkeys(fields, "0" * 15 + "R")).encode()
    for name in ("schedule_delivery_time", "validity_period"):  # in wire order; the codec would not write them
        if name in fields:
            octets = octets.replace(b"0" * 15 + b"R", fields[name].encode(), 1)
    with bound() as (_smsc, client):
        client.write(octets)
        assert status(client.wait("submit_sm_resp")) == refusal


def test_a_schedule_in_the_past_is_at_once():
    with bound(delay=0.0) as (smsc, client):
        assert status(client.ask(submit(schedule_delivery_time="000101000000000+"))) == "ESME_ROK"
        until(lambda: smsc.counters["pending"] == 0)


@pytest.mark.parametrize("mode", [1, 2])
def test_datagram_and_transaction_mode_give_no_receipt(mode):
    with bound(delay=0.0) as (smsc, client):
        client.ask(submit(esm_class=mode, registered_delivery=0x11))
        client.ask(submit(registered_delivery=1))
        assert client.wait("deliver_sm").source_addr == NUMBER
        until(lambda: smsc.counters["pending"] == 0)
        assert smsc.counters["delivered"] + smsc.counters["deliveries_waiting"] == 1


def test_transaction_mode_is_answered_with_the_outcome():
    with bound() as (smsc, client):
        numbers = [client.send(submit(esm_class=2)) for _ in range(2)]
        numbers += [client.send(sk.DataSm(esm_class=2, source_addr="INFO", destination_addr=NUMBER))]
        client.ask(sk.EnquireLink())
        assert not client.kept
        ids = smsc.messages["message_id"].tolist()
        smsc.finish(ids[1], "DELIVERED")
        smsc.finish(ids[0], "UNDELIVERABLE")
        smsc.finish(ids[2], "REJECTED")
        answers = [client.wait(lambda got: got.sequence_number in numbers) for _ in range(3)]
        assert [(answer.sequence_number, status(answer)) for answer in answers] == [
            (numbers[1], "ESME_ROK"),
            (numbers[0], "ESME_RDELIVERYFAILURE"),
            (numbers[2], "ESME_RDELIVERYFAILURE"),
        ]
        assert answers[2].tlvs["delivery_failure_reason"] == 0


def test_too_many_in_transaction_mode_are_throttled():
    with bound(window=2) as (smsc, client):
        for _ in range(3):
            client.send(submit(esm_class=2))
        assert status(client.wait("submit_sm_resp")) == "ESME_RTHROTTLED"
        smsc.finish(smsc.messages["message_id"][0], "DELIVERED")
        assert status(client.wait("submit_sm_resp")) == "ESME_ROK"
        client.send(submit(esm_class=2))
        assert status(client.ask(sk.EnquireLink())) == "ESME_ROK"
        assert smsc.counters["pending"] == 2


def test_the_outcome_of_a_session_that_went_goes_nowhere():
    with bound() as (smsc, client):
        client.send(submit(esm_class=2))
        client.ask(sk.EnquireLink())
        client.socket.close()
        until(lambda: smsc.counters["bound"] == 0)
        smsc.finish(smsc.messages["message_id"][0], "DELIVERED")
        assert smsc.messages["state"].tolist() == ["DELIVERED"]


# --- limits --------------------------------------------------------------------------------------------------------


def test_a_store_full_of_pending_messages_takes_no_more():
    with bound(rows=10) as (smsc, client):
        answers = [client.ask(submit()) for _ in range(12)]
        assert [status(answer) for answer in answers] == ["ESME_ROK"] * 10 + ["ESME_RMSGQFUL"] * 2
        multi = sk.SubmitMulti(source_addr="INFO", dest_address=[{"dest_flag": 1, "destination_addr": NUMBER}])
        assert status(client.ask(multi)) == "ESME_RMSGQFUL"
        smsc.finish(answers[3].message_id, "DELIVERED")
        assert status(client.ask(submit())) == "ESME_ROK"
        assert len(smsc.messages) == 10
        assert status(query(client, answers[3].message_id)) == "ESME_RINVMSGID"  # the final one gave way
        assert status(query(client, answers[0].message_id)) == "ESME_ROK"


def test_the_store_keeps_its_bound_under_a_flood():
    with bound(rows=100, delay=0.0) as (smsc, client):
        accepted = 0
        while accepted < 2000:
            for _ in range(50):
                client.send(submit())
            answers = [client.wait("submit_sm_resp") for _ in range(50)]
            accepted += sum(answer.command_status == 0 for answer in answers)
        assert len(smsc.messages) <= 100
        server = smsc._running._server
        assert len(server.store._index) <= 100
        until(lambda: smsc.counters["pending"] == 0)
        assert len(server.life._heap) == 0


def test_nobody_sees_the_messages_of_others():
    with bound() as (smsc, client):
        server = smsc._running._server
        other = Account("other", server.settings)
        server.accounts["other"] = other
        message_id = client.ask(submit()).message_id
        with Client(smsc.port) as stranger:
            stranger.bind(system_id="other")
            assert status(query(stranger, message_id)) == "ESME_RINVMSGID"
            cancel = sk.CancelSm(source_addr="INFO", destination_addr=NUMBER)
            assert status(stranger.ask(cancel)) == "ESME_RCANCELFAIL"
