"""Clients of other authors, each doing its work against our centre, unharmed."""

import asyncio
import logging

import pytest

from tests.link.helpers import until
from tests.smsc.client import centre

NUMBER = "32471123456"
SURE = {"delay": 0.05, "states": {"DELIVERED": 1}}


@pytest.fixture
def smsc():
    with centre(**SURE) as made:
        yield made


def test_smpplib(smsc):
    client_module = pytest.importorskip("smpplib.client")
    from smpplib import consts, gsm

    sent, received = [], []
    client = client_module.Client(smsc.host, smsc.port, timeout=10, allow_unknown_opt_params=True)
    client.set_message_sent_handler(lambda pdu, **_: sent.append(pdu))
    client.set_message_received_handler(lambda pdu, **_: received.append(pdu) or 0)
    client.connect()
    client.bind_transceiver(system_id="demo", password="secret")
    text = "Hello from another library, " * 8
    parts, data_coding, esm_class = gsm.make_parts(text)
    for part in parts:
        client.send_message(
            source_addr_ton=consts.SMPP_TON_ALNUM,
            source_addr="INFO",
            dest_addr_ton=consts.SMPP_TON_INTL,
            dest_addr_npi=consts.SMPP_NPI_ISDN,
            destination_addr=NUMBER,
            short_message=part,
            data_coding=data_coding,
            esm_class=esm_class,
            registered_delivery=True,
        )
    while len(sent) < len(parts) or len(received) < len(parts):
        client.read_once()
    assert len(parts) == 2
    ids = {pdu.message_id.decode() for pdu in sent}
    assert {pdu.receipted_message_id.decode().rstrip("\0") for pdu in received} == ids
    assert {pdu.message_state for pdu in received} == {2}
    smsc.deliver(NUMBER, "1234", "and back")
    while len(received) < 3:
        client.read_once()
    assert received[2].short_message == b"and back"
    client.query_message(message_id=next(iter(ids)), source_addr_ton=5, source_addr="INFO")
    client.unbind()
    client.disconnect()
    assert smsc.messages["message_id"].tolist() == [pdu.message_id.decode() for pdu in sent]
    until(lambda: smsc.counters["delivered"] == 3)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # its transports outlive their loop
def test_aiosmpplib(smsc):
    library = pytest.importorskip("aiosmpplib")
    accepted, receipts, inbound, errors = [], [], [], []

    class Hook(library.AbstractHook):
        async def sending(self, smpp_message, pdu, client_id):
            pass

        async def received(self, smpp_message, pdu, client_id):
            if isinstance(smpp_message, library.SubmitSmResp):
                accepted.append(smpp_message)
            elif isinstance(smpp_message, library.DeliverSm):
                (receipts if smpp_message.is_receipt() else inbound).append(smpp_message)

        async def send_error(self, smpp_message, error, client_id):
            errors.append(error)

    async def talk():
        esme = library.ESME(
            smsc_host=smsc.host,
            smsc_port=smsc.port,
            system_id="demo",
            password="secret",
            hook=Hook(),
            log_level=logging.CRITICAL,
        )
        for number in range(5):
            message = library.SubmitSm(
                short_message=f"Grüße {number} €",
                source=library.PhoneNumber("INFO", library.TON.ALPHANUMERIC, library.NPI.UNKNOWN),
                destination=library.PhoneNumber(NUMBER),
                log_id=f"id-{number}",
                registered_delivery=0b1,
            )
            await esme.broker.enqueue(message)
        task = asyncio.create_task(esme.start())
        async with asyncio.timeout(20):
            while len(receipts) < 5:
                await asyncio.sleep(0.01)
            smsc.deliver(NUMBER, "1234", "and back")
            while not inbound:
                await asyncio.sleep(0.01)
        await esme.stop()
        task.cancel()

    asyncio.run(talk())
    assert not errors
    table = smsc.messages
    assert table["text"].tolist() == [f"Grüße {number} €" for number in range(5)]
    assert {receipt.parse_receipt()["id"] for receipt in receipts} == set(table["message_id"])
    assert inbound[0].short_message == "and back"


def test_smpp34(smsc):
    library = pytest.importorskip("smpp34")

    async def talk():
        client = library.Client(smsc.host, smsc.port, "demo", "secret", bind_type="TRX")
        session = await client.connect()
        answers = await asyncio.gather(
            *(
                session.submit_sm(NUMBER, b"Hello", source_addr="INFO", source_addr_ton=5, registered_delivery=1)
                for _ in range(200)
            )
        )
        events = [await asyncio.wait_for(session.next(), 10) for _ in range(200)]
        smsc.deliver(NUMBER, "1234", "and back")
        inbound = await asyncio.wait_for(session.next(), 10)
        await session.unbind()
        await client.stop()
        return answers, events, inbound

    answers, events, inbound = asyncio.run(talk())
    ids = {answer.message_id for answer in answers}
    assert len(ids) == 200
    assert {bytes(event.short_message).split()[0].decode() for event in events} == {f"id:{each}" for each in ids}
    assert bytes(inbound.short_message) == b"and back"
    assert smsc.counters["states"] == {"DELIVERED": 200}


def test_wrong_passwords_reach_them_as_their_own_errors(smsc):
    client_module = pytest.importorskip("smpplib.client")
    from smpplib.exceptions import PDUError

    client = client_module.Client(smsc.host, smsc.port, timeout=10, allow_unknown_opt_params=True)
    client.connect()
    with pytest.raises(PDUError, match="14"):
        client.bind_transceiver(system_id="demo", password="wrong")
    client.disconnect()
