"""Centres of other authors, and one written by hand with every odd habit that is still SMPP."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pandas as pd
import pytest

import smppkit as sk
from tests.esme.peer import LIMIT, NUMBER, Line, Peer, account, answer, free_port, line_of, receipt, today
from tests.link.helpers import until

COUNT = 300


class Foreign:
    """smpp34's server on a thread: accepts messages, refuses those to numbers that end in 9, sends receipts."""

    def __init__(self, library: Any) -> None:
        self.port = free_port()
        self.taken: list[Any] = []
        self.binds: list[Any] = []
        self.answers: list[Any] = []
        self._library = library
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="foreign", daemon=True)
        self._thread.start()
        assert self._ready.wait(LIMIT)

    def deliver(self, text: bytes, **fields: Any) -> None:
        """Send a message to the account that bound last."""
        given = {"source_addr": NUMBER, "source_addr_ton": 1, "source_addr_npi": 1} | fields

        async def send() -> Any:
            return await self.binds[-1].deliver_sm("1234", text, **given)

        self.answers.append(asyncio.run_coroutine_threadsafe(send(), self._loop).result(LIMIT))

    def close(self) -> None:
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(LIMIT)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._serve())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = self._library.Server("127.0.0.1", self.port, system_id="foreign")
        await server.start()
        self._ready.set()
        sessions: dict[str, Any] = {}
        try:
            while True:
                event = await server.next()
                if isinstance(event, self._library.Esme):
                    sessions[event.session_id] = event
                    self.binds.append(event)
                elif isinstance(event, self._library.SubmitSmEvent):
                    await self._take(event, sessions)
        finally:
            await server.stop()

    async def _take(self, event: Any, sessions: dict[str, Any]) -> None:
        if event.destination_addr.endswith("9"):
            event.reject(self._library.ESME_RINVDSTADR)
            return
        self.taken.append(event)
        message_id = f"{len(self.taken):x}"
        event.accept(message_id)
        if event.registered_delivery:
            dates = f"submit date:{today()} done date:{today()}"
            text = f"id:{message_id} sub:001 dlvrd:001 {dates} stat:DELIVRD err:000"
            await sessions[event.session_id].deliver_sm(
                event.source_addr, text.encode(), source_addr=event.destination_addr, esm_class=4
            )


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    made = Foreign(pytest.importorskip("smpp34"))
    yield made
    made.close()


def test_smpp34_as_the_centre(foreign):
    with account(f"smpp://demo:secret@127.0.0.1:{foreign.port}", window=10) as esme:
        assert (esme.state, esme.version) == ("Logged in", "3.4")
        message = esme.send(NUMBER, "Grüße, € 5", sender="INFO")
        assert message.wait(timeout=LIMIT)
        assert (message.outcome, message.state, message.message_ids) == ("accepted", "DELIVERED", ["1"])
        assert bytes(foreign.taken[0].short_message) == sk.gsm7.encode("Grüße, € 5")
        assert (foreign.taken[0].source_addr, foreign.taken[0].source_addr_ton) == ("INFO", 5)
        assert esme.send("32471123459", "hello").outcome == "refused"
        table = pd.DataFrame({"destination": [f"3247112{number:03d}5" for number in range(COUNT)]})
        run = esme.send_many(table, text="hello")
        run.wait(timeout=LIMIT, final=True)
        assert run.messages["outcome"].tolist() == ["accepted"] * COUNT
        assert run.messages["state"].tolist() == ["DELIVERED"] * COUNT
        foreign.deliver(b"and back")
        assert esme.wait_for(source=NUMBER, timeout=LIMIT).text == "and back"
        assert foreign.answers[0].is_success
        esme.unbind()
        assert esme.state == "Idle"
        esme.bind()
        assert esme.send(NUMBER, "once more").wait(timeout=LIMIT).state == "DELIVERED"


# --- by hand -----------------------------------------------------------------------------------------------------


@contextmanager
def odd(react: Any, version: int | None = 0x34, **keywords: Any) -> Iterator[tuple[Peer, Any]]:
    """A centre that binds and then does what ``react`` does, and an account of it."""

    def script(line: Line) -> None:
        line.bind(version=version)
        line.serve(react)

    with Peer(script) as peer, account(peer, **keywords) as esme:
        yield peer, esme


def sending(esme, count=40, **keywords):
    table = pd.DataFrame({"destination": [f"3247112{number:04d}" for number in range(count)]})
    run = esme.send_many(table, text="hello", **keywords)
    run.wait(timeout=LIMIT)
    return run.messages


def test_responses_out_of_order():
    held: list[sk.Pdu] = []

    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command != "submit_sm":
            return False
        held.append(pdu)
        if len(held) % 10 == 0:  # the latest first, all in one segment
            line.send(*(answer(each, message_id=each.destination_addr) for each in reversed(held[-10:])))
        return True

    with odd(react, window=10) as (_, esme):
        messages = sending(esme)
        assert messages["outcome"].tolist() == ["accepted"] * 40
        assert messages["message_id"].tolist() == messages["destination"].tolist()


@pytest.mark.parametrize("pieces", [1, 7, 16, 1000])
def test_octets_in_any_pieces(pieces):
    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command != "submit_sm":
            return False
        message_id = pdu.destination_addr
        line.send(answer(pdu, message_id=message_id), receipt(message_id, source_addr=message_id), pieces=pieces)
        return True

    with odd(react, window=5) as (_, esme):
        messages = sending(esme, 10)
        assert messages["outcome"].tolist() == ["accepted"] * 10
        until(lambda: esme.messages["state"].tolist() == ["DELIVERED"] * 10)


def test_a_receipt_before_its_response_even_in_another_segment():
    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command != "submit_sm":
            return False
        line.send(receipt("early", source_addr=pdu.destination_addr))
        line.read("deliver_sm_resp")
        line.send(answer(pdu, message_id="early"))
        return True

    with odd(react) as (_, esme):
        message = esme.send(NUMBER, "hello")
        assert message.wait(timeout=LIMIT)
        assert (message.outcome, message.state) == ("accepted", "DELIVERED")


def test_unknown_tlvs_odd_statuses_and_bodies_on_errors():
    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command != "submit_sm":
            return False
        which = pdu.destination_addr[-1]
        known = answer(pdu, message_id="7").encode()
        if which == "0":  # a TLV nobody knows
            octets = known + bytes.fromhex("1abc 0003 010203")
            line.send(len(octets).to_bytes(4, "big") + octets[4:])
        elif which == "1":  # a status nobody knows, with a body that should not be there
            octets = known[:8] + (0x0417).to_bytes(4, "big") + known[12:]
            line.send(octets)
        elif which == "2":  # no body at all
            line.send((16).to_bytes(4, "big") + known[4:16])
        else:  # garbage behind the message_id
            octets = known + b"\x01\x02"
            line.send(len(octets).to_bytes(4, "big") + octets[4:])
        return True

    with odd(react) as (peer, esme):
        sent = [esme.send(f"3247112345{which}", "hello") for which in range(4)]
        assert [each.outcome for each in sent] == ["accepted", "refused", "accepted", "accepted"]
        assert sent[0].message_ids == ["7"]
        assert "0x00000417" in line_of(sent[1])
        assert len(peer.lines) == 1
        assert esme.state == "Logged in"


def test_a_generic_nack_refuses():
    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command != "submit_sm":
            return False
        line.send(sk.GenericNack(sequence_number=pdu.sequence_number, command_status=0x58))
        return True

    with odd(react) as (_, esme):
        message = esme.send(NUMBER, "hello")
        assert message.outcome == "refused"
        assert esme.messages["command_status"].tolist() == [0x58]
        assert sending(esme, 10)["outcome"].tolist() == ["refused"] * 10
        response = esme.submit(sk.SubmitSm(destination_addr=NUMBER))
        assert (response.command, response.command_status) == ("generic_nack", 0x58)


def test_a_stray_generic_nack_harms_nobody():
    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command == "submit_sm":
            line.send(sk.GenericNack(command_status=3), sk.SubmitSmResp(sequence_number=9999, message_id="x"))
        return False

    with odd(react) as (_, esme):
        assert sending(esme)["outcome"].tolist() == ["accepted"] * 40
        assert esme.state == "Logged in"


@pytest.mark.parametrize("data_coding", [*range(16), 0x18, 0x40, 0xC8, 0xF1, 0xF6, 0xFF])
def test_messages_in_any_data_coding(data_coding):
    octets = bytes(range(256))[data_coding : data_coding + 140]

    def react(line: Line, pdu: sk.Pdu) -> bool:
        return pdu.command == "deliver_sm_resp"

    with odd(react) as (peer, esme):
        number = data_coding + 1
        deliver = sk.DeliverSm(
            **{"source_addr": NUMBER, "destination_addr": "1234", "data_coding": data_coding},
            **{"short_message": octets, "sequence_number": number, "esm_class": 0},
        )
        until(lambda: peer.lines)
        peer.lines[0].send(deliver)
        until(lambda: len(esme.inbox) == 1)
        assert sk.decode(esme.inbox["raw"].iloc[0]).short_message == octets
        until(lambda: [pdu for pdu in peer.lines[0].got if pdu.command == "deliver_sm_resp"])
        response = next(pdu for pdu in peer.lines[0].got if pdu.command == "deliver_sm_resp")
        assert (response.sequence_number, response.command_status, response.message_id) == (number, 0, "")


def test_a_flood_of_enquire_link():
    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command == "submit_sm":
            line.send(*(sk.EnquireLink(sequence_number=0x70000000 + number) for number in range(500)))
        return False

    with odd(react, window=5) as (peer, esme):
        assert sending(esme, 20)["outcome"].tolist() == ["accepted"] * 20

        def answered():
            return [pdu.sequence_number for pdu in peer.lines[0].got if pdu.command == "enquire_link_resp"]

        until(lambda: len(answered()) == 10_000)
        assert answered()[:500] == [0x70000000 + number for number in range(500)]


def test_sequence_numbers_that_no_standard_has_are_echoed():
    with odd(lambda line, pdu: pdu.command == "deliver_sm_resp") as (peer, esme):
        for number in (0, 0x80000000, 0xFFFFFFFF):
            peer.lines[0].send(receipt("1").replace(sequence_number=number))
        until(lambda: len(peer.lines[0].got) == 4)
        assert [pdu.sequence_number for pdu in peer.lines[0].got[1:]] == [0, 0x80000000, 0xFFFFFFFF]
        assert len(esme.receipts) == 3


def test_requests_that_no_esme_takes_are_refused_and_the_session_goes_on():
    with odd(lambda line, pdu: pdu.command_id >= 0x80000000) as (peer, esme):
        line = peer.lines[0]
        unknown = bytes.fromhex("00000010 00000777 00000000 00000005")
        truncated = bytes.fromhex("00000012 00000005 00000000 00000006 4344")
        line.send(unknown, truncated, sk.QuerySm(sequence_number=7, message_id="1"))
        until(lambda: len(line.got) == 4)
        nack, deliver, query = line.got[1:]
        assert (nack.command, nack.command_status, nack.sequence_number) == ("generic_nack", 3, 5)
        assert (deliver.command, deliver.sequence_number, deliver.command_status != 0) == ("deliver_sm_resp", 6, True)
        assert (query.sequence_number, query.command_status != 0) == (7, True)
        assert esme.state == "Logged in"


@pytest.mark.parametrize("version", [None, 0x33, 0x00])
def test_a_centre_of_3_3(version):
    with odd(None, version=version, bind="transmitter") as (_, esme):
        assert esme.version == "3.3"
        assert esme.send(NUMBER, "hello").outcome == "accepted"
        with pytest.raises((sk.LocalProtocolError, ValueError), match=r"3\.3"):
            esme.send(NUMBER, "hello", tlvs={"user_message_reference": 1})


def test_unbind_from_the_centre_and_the_account_comes_back():
    def script(line: Line) -> None:
        line.bind()
        if line.number == 0:
            line.read("submit_sm")
            line.send(sk.Unbind(sequence_number=1))
            assert line.read("unbind_resp").command_status == 0
        else:
            line.serve()

    with Peer(script) as peer, account(peer) as esme:
        assert esme.send(NUMBER, "asked and never told").outcome == "unanswered"
        until(lambda: esme.state == "Logged in" and len(peer.lines) == 2)
        assert esme.send(NUMBER, "hello").outcome == "accepted"
        told = esme.events["reason"].astype("string").fillna("") + esme.events["detail"].astype("string").fillna("")
        assert told.str.contains("unbind").any()


def test_a_late_response_is_told_as_late():
    go_on = threading.Event()

    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command != "submit_sm":
            return False
        assert go_on.wait(LIMIT)
        line.send(answer(pdu, message_id="late"))
        return True

    with odd(react, response_timeout=0.3, enquire_link=0) as (_, esme):
        message = esme.send(NUMBER, "hello")
        assert message.outcome == "unanswered"
        go_on.set()
        until(lambda: message.outcome == "accepted")
        assert esme.parts["late"].tolist() == [True]
        assert esme.messages["message_id"].tolist() == ["late"]


def test_an_answer_of_another_kind_is_no_answer():
    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command != "submit_sm":
            return False
        line.send(sk.QuerySmResp(sequence_number=pdu.sequence_number))
        return True

    with odd(react) as (_, esme):
        assert esme.send(NUMBER, "hello").outcome == "unanswered"
        assert esme.state == "Logged in"


def test_a_long_message_with_one_part_refused():
    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command != "submit_sm":
            return False
        part = pdu.short_message[5]
        line.send(answer(pdu, 0x14) if part == 2 else answer(pdu, message_id=f"p{part}"))
        return True

    with odd(react) as (_, esme):
        message = esme.send(NUMBER, "x" * 400)
        assert message.outcome == "refused"
        assert esme.parts["outcome"].tolist() == ["accepted", "refused", "accepted"]
        assert esme.parts["message_id"].fillna("").tolist() == ["p1", "", "p3"]


@pytest.mark.parametrize(
    ("octets", "bound"),
    [
        ("00000010 80000009 00000000 00000001", True),  # no body at all, as some gateways answer
        ("00000013 80000009 00000000 00000001 736d73", True),  # a system_id without its end
        ("00000011 80000009 00000000 00000001 00", True),
        ("00000010 80000009 0000000e 00000001", False),
        ("00000013 80000009 0000000e 00000001 736d73", False),  # a body where none belongs, and broken
        ("00000011 80000001 00000000 00000001 00", False),  # the answer to another kind of bind
        ("00000011 80000009 00000000 00000002 00", False),  # the answer to nothing
    ],
)
def test_answers_to_a_bind_that_are_not_quite_right(octets, bound):
    def script(line: Line) -> None:
        line.read("bind_transceiver")
        line.send(bytes.fromhex(octets))
        line.serve()

    with Peer(script) as peer:
        if bound:
            with account(peer) as esme:
                assert esme.send(NUMBER, "hello").outcome == "accepted"
        else:
            with pytest.raises(sk.SmppError) as caught:
                sk.connect(peer.url, response_timeout=0.5)
            assert caught.value.esme.last_outcome.word in (
                "invalid password",
                "invalid bind response",
                "response timeout",
            )


def mutated(pdu: sk.Pdu, random: Random) -> bytes:
    """Return a PDU with some octets of its body changed, cut or doubled; its length is right."""
    octets = bytearray(pdu.encode())
    for _ in range(random.randrange(4)):
        place = random.randrange(8, len(octets) + 1)
        kind = random.randrange(4)
        if kind == 0 and place < len(octets):
            octets[place] = random.randrange(256)
        elif kind == 1:
            del octets[max(place, 16) :]
        elif kind == 2:
            octets[place:place] = random.randbytes(random.randrange(1, 20)) if place >= 16 else b""
        elif place >= 16:
            octets += octets[place:]
    octets[:4] = len(octets).to_bytes(4, "big")
    return bytes(octets)


def test_a_centre_out_of_its_mind(seed, caplog):
    """Whatever comes, the session stays, every message has its end, and every table can be read."""
    random = Random(seed)

    def noise() -> sk.Pdu:
        number = random.choice([1, 2, 3, random.randrange(1 << 32)])
        body = random.choice([b"id:", b"", b"\x05\x00\x03\x01\x02", random.randbytes(40), b"stat:DELIVRD id:77"])
        return random.choice(
            [
                receipt(random.choice(["77", "", "x" * 60]), sequence_number=number),
                sk.DeliverSm(source_addr=NUMBER, short_message=body, esm_class=random.randrange(256)).replace(
                    sequence_number=number, data_coding=random.randrange(256)
                ),
                sk.DataSm(source_addr=NUMBER, tlvs={"message_payload": body}, sequence_number=number),
                sk.SubmitSmResp(sequence_number=number, message_id="77", command_status=random.choice([0, 8, 0x58])),
                sk.GenericNack(sequence_number=number, command_status=3),
                sk.AlertNotification(source_addr=NUMBER, esme_addr="1", sequence_number=number),
                sk.EnquireLink(sequence_number=number),
                sk.QuerySmResp(sequence_number=number, message_id="77"),
            ]
        )

    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command == "submit_sm":
            line.send(*(mutated(noise(), random) for _ in range(random.randrange(8))))
        return pdu.command_id >= 0x80000000

    with odd(react, window=5, response_timeout=1) as (peer, esme):
        messages = sending(esme, 300)
        assert set(messages["outcome"]) <= {"accepted", "refused", "unanswered"}
        assert len(messages) == 300
        assert esme.state == "Logged in"
        assert len(peer.lines) == 1
        for name in ("messages", "parts", "receipts", "inbox", "events", "pdus"):
            assert isinstance(getattr(esme, name), pd.DataFrame)
        sent, got = esme.counters["requests"], esme.counters["received"]
        assert sent >= 300
        assert got > 100
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
