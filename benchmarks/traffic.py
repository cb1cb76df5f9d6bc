"""The traffic that the benchmarks decode: a mix as an account sees it, built by smppkit, the same for every contender.

40 % submit_sm, 25 % submit_sm_resp (3 % of them throttled), 25 % receipts with receipted_message_id, message_state and
network_error_code, 5 % inbound messages, 3 % deliver_sm_resp, 2 % enquire_link and its response; a fifth of the texts
in UCS-2; 122 octets a PDU in the mean.
"""

import random

import smppkit as sk

WORDS = (
    "your",
    "parcel",
    "arrives",
    "between",
    "and",
    "today",
    "please",
    "call",
    "us",
    "when",
    "you",
    "are",
    "at",
    "home",
)
CYRILLIC = ("ваш", "заказ", "прибудет", "сегодня", "между", "и", "спасибо")


def text(source: random.Random, words: tuple[str, ...], least: int) -> str:
    chosen: list[str] = []
    while sum(map(len, chosen)) + len(chosen) < least:
        chosen.append(source.choice(words))
    return " ".join(chosen)


def submit(source: random.Random, number: int) -> bytes:
    if source.random() < 0.2:
        message, coding = text(source, CYRILLIC, source.randint(25, 70))[:70].encode("utf-16-be"), 8
    else:
        message, coding = text(source, WORDS, source.randint(50, 160))[:160].encode("ascii"), 0
    pdu = sk.SubmitSm(
        sequence_number=number,
        source_addr_ton=5,
        source_addr="INFO",
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr=f"32471{source.randrange(10**6):06d}",
        registered_delivery=1,
        data_coding=coding,
        short_message=message,
    )
    return pdu.encode()


def answer(source: random.Random, number: int) -> bytes:
    if source.random() < 0.03:
        return sk.SubmitSmResp(sequence_number=number, command_status=0x58).encode()
    return sk.SubmitSmResp(sequence_number=number, message_id=f"{source.randrange(16**10):010X}").encode()


def receipt(source: random.Random, number: int) -> bytes:
    message_id = f"{source.randrange(16**10):010X}"
    stat, state, error = source.choice([("DELIVRD", 2, 0)] * 9 + [("UNDELIV", 5, 27)])
    body = (
        f"id:{message_id} sub:001 dlvrd:{int(state == 2):03d} submit date:2611221015 done date:2611221016 "
        f"stat:{stat} err:{error:03d} text:{text(source, WORDS, 12)[:20]}"
    )
    pdu = sk.DeliverSm(
        sequence_number=number,
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=f"32471{source.randrange(10**6):06d}",
        dest_addr_ton=5,
        destination_addr="INFO",
        esm_class=4,
        short_message=body.encode("ascii"),
        tlvs={
            "receipted_message_id": message_id,
            "message_state": state,
            "network_error_code": bytes([3, error >> 8, error & 255]),
        },
    )
    return pdu.encode()


def inbound(source: random.Random, number: int) -> bytes:
    pdu = sk.DeliverSm(
        sequence_number=number,
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=f"32471{source.randrange(10**6):06d}",
        destination_addr="8811",
        short_message=text(source, WORDS, source.randint(20, 80)).encode("ascii"),
    )
    return pdu.encode()


def mixed(count: int, seed: int = 1, distinct: int = 20_000) -> bytes:
    """Return ``count`` PDUs in one buffer: ``distinct`` made by chance, repeated in a shuffled order."""
    source = random.Random(seed)
    makers = [submit] * 40 + [answer] * 25 + [receipt] * 25 + [inbound] * 5
    made = []
    for number in range(1, distinct + 1):
        draw = source.randrange(100)
        if draw < 95:
            made.append(makers[draw](source, number))
        elif draw < 98:
            made.append(sk.DeliverSmResp(sequence_number=number).encode())
        else:
            made.append((sk.EnquireLink if draw == 98 else sk.EnquireLinkResp)(sequence_number=number).encode())
    return b"".join(source.choices(made, k=count))
