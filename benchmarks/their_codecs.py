"""How each library decodes, reads, builds and encodes the PDUs of the benchmarks: its own way, as expressions."""

from collections.abc import Callable, Mapping
from io import BytesIO
from types import ModuleType
from typing import Any

import smppkit as sk

from . import plain_python as python
from .rivals import Rival

TEXT = b"Your parcel 1234567 arrives today between 14:00 and 16:00. Please have your identity card ready. Thanks!"
NOTICE = (
    b"id:0A1B2C3D4E sub:001 dlvrd:000 submit date:2611221015 done date:2611221016 stat:UNDELIV err:027 text:Your parcel"
)
ID = "0A1B2C3D4E"
ERROR = b"\3\0\x1b"

SUBMIT = sk.SubmitSm(
    sequence_number=7,
    service_type="CMT",
    source_addr_ton=5,
    source_addr="INFO",
    dest_addr_ton=1,
    dest_addr_npi=1,
    destination_addr="32471123456",
    registered_delivery=1,
    short_message=TEXT,
).encode()
RECEIPT = sk.DeliverSm(
    sequence_number=7,
    source_addr_ton=1,
    source_addr_npi=1,
    source_addr="32471123456",
    dest_addr_ton=5,
    destination_addr="INFO",
    esm_class=4,
    short_message=NOTICE,
    tlvs={"receipted_message_id": ID, "message_state": 5, "network_error_code": ERROR},
).encode()
ANSWER = sk.SubmitSmResp(sequence_number=7, message_id=ID).encode()
ENQUIRY = sk.EnquireLink(sequence_number=7).encode()

DECODE, READ, READ_RECEIPT = "decode", "decode and read 4 fields", "decode a receipt, read it with 3 TLVs"
BUILD, BUILD_RECEIPT = "build and encode submit_sm by keywords", "build and encode a receipt by keywords"
DECODE_ANSWER, BUILD_ANSWER = "decode submit_sm_resp, read message_id", "build and encode submit_sm_resp"
DECODE_ENQUIRY, BUILD_ENQUIRY = "decode enquire_link, read its number", "build and encode enquire_link"

Codec = tuple[Mapping[str, object], Mapping[str, str]]  # names, and an expression for each row it can do

BUILT_BY_KEYWORDS = """SubmitSm(sequence_number=7, service_type="CMT", source_addr_ton=5, source_addr="INFO",
    dest_addr_ton=1, dest_addr_npi=1, destination_addr="32471123456", registered_delivery=1,
    short_message=TEXT).encode()"""
RECEIPT_BY_KEYWORDS = """DeliverSm(sequence_number=7, source_addr_ton=1, source_addr_npi=1, source_addr="32471123456",
    dest_addr_ton=5, destination_addr="INFO", esm_class=4, short_message=NOTICE, tlvs={tlvs}).encode()"""
FIELDS = "(pdu := decode(SUBMIT)).source_addr, pdu.destination_addr, pdu.short_message, pdu.data_coding"


def smppkit() -> Codec:
    names = {name: getattr(sk, name) for name in ("decode", "SubmitSm", "DeliverSm", "SubmitSmResp", "EnquireLink")}
    tlvs = '{"receipted_message_id": ID, "message_state": 5, "network_error_code": ERROR}'
    return names, {
        DECODE: "decode(SUBMIT)",
        READ: FIELDS,
        READ_RECEIPT: """(pdu := decode(RECEIPT)).source_addr, pdu.short_message,
            (tlvs := pdu.tlvs)["receipted_message_id"],
            tlvs["message_state"], tlvs["network_error_code"]""",
        BUILD: BUILT_BY_KEYWORDS,
        BUILD_RECEIPT: RECEIPT_BY_KEYWORDS.format(tlvs=tlvs),
        DECODE_ANSWER: "(pdu := decode(ANSWER)).command_status, pdu.sequence_number, pdu.message_id",
        BUILD_ANSWER: "SubmitSmResp(sequence_number=7, message_id=ID).encode()",
        DECODE_ENQUIRY: "decode(ENQUIRY).sequence_number",
        BUILD_ENQUIRY: "EnquireLink(sequence_number=7).encode()",
    }


def smpp34(package: ModuleType) -> Codec:
    """It knows two commands; other PDUs are a header and a body, and it cannot build them."""
    names = {name: getattr(package, name) for name in ("decode", "SubmitSm", "DeliverSm", "Tlv")}
    return names, {
        DECODE: "decode(SUBMIT)",
        READ: FIELDS,
        READ_RECEIPT: "(pdu := decode(RECEIPT)).source_addr, pdu.short_message, *[tlv.value for tlv in pdu.tlvs]",
        BUILD: BUILT_BY_KEYWORDS,
        BUILD_RECEIPT: RECEIPT_BY_KEYWORDS.format(
            tlvs='[Tlv(0x1E, ID.encode() + b"\\0"), Tlv(0x427, b"\\5"), Tlv(0x423, ERROR)]'
        ),
        DECODE_ANSWER: '(pdu := decode(ANSWER)).command_status, pdu.sequence_number, pdu.body[:-1].decode("ascii")',
        DECODE_ENQUIRY: "decode(ENQUIRY).sequence_number",
    }


def smpplib(package: ModuleType) -> Codec:
    class Numbers:
        """What it takes sequence numbers from."""

        sequence = 7

        def next_sequence(self) -> int:
            return 7

    names = {"parse": package.parse_pdu, "make": package.make_pdu, "client": Numbers()}
    return names, {
        DECODE: "parse(SUBMIT, client=client)",
        READ: FIELDS.replace("decode(SUBMIT)", "parse(SUBMIT, client=client)"),
        READ_RECEIPT: """(pdu := parse(RECEIPT, client=client)).source_addr, pdu.short_message,
            pdu.receipted_message_id,
            pdu.message_state, pdu.network_error_code""",
        BUILD: """make("submit_sm", client=client, service_type="CMT", source_addr_ton=5, source_addr="INFO",
            dest_addr_ton=1,
            dest_addr_npi=1, destination_addr="32471123456", registered_delivery=1, short_message=TEXT).generate()""",
        BUILD_RECEIPT: """make("deliver_sm", client=client, source_addr_ton=1, source_addr_npi=1,
            source_addr="32471123456",
            dest_addr_ton=5, destination_addr="INFO", esm_class=4, short_message=NOTICE, receipted_message_id=ID,
            message_state=5, network_error_code=ERROR).generate()""",
        DECODE_ANSWER: "(pdu := parse(ANSWER, client=client)).status, pdu.sequence, pdu.message_id",
        BUILD_ANSWER: 'make("submit_sm_resp", client=client, message_id=ID).generate()',
        DECODE_ENQUIRY: "parse(ENQUIRY, client=client).sequence",
        BUILD_ENQUIRY: 'make("enquire_link", client=client).generate()',
    }


def aiosmpplib(package: ModuleType, state: ModuleType) -> Codec:
    """Its texts are str: it decodes and encodes them on the way."""
    kinds = {
        state.SmppCommand.SUBMIT_SM: package.SubmitSm,
        state.SmppCommand.DELIVER_SM: package.DeliverSm,
        state.SmppCommand.SUBMIT_SM_RESP: package.SubmitSmResp,
        state.SmppCommand.ENQUIRE_LINK: package.EnquireLink,
    }
    header = package.SubmitSm.parse_header

    def decode(octets: bytes) -> Any:
        head = header(octets)
        return kinds[head.smpp_command].from_pdu(octets, head, "gsm0338")

    names = {
        name: getattr(package, name, None) or getattr(state, name)
        for name in (
            "SubmitSm",
            "DeliverSm",
            "SubmitSmResp",
            "EnquireLink",
            "PhoneNumber",
            "OptionalParam",
            "TON",
            "NPI",
        )
    }
    texts = {"text": TEXT.decode(), "notice": NOTICE.decode(), "error": ERROR.decode()}
    return {**names, **texts, "decode": decode}, {
        DECODE: "decode(SUBMIT)",
        READ: "(pdu := decode(SUBMIT)).source.number, pdu.destination.number, pdu.short_message, pdu.encoding",
        READ_RECEIPT: """(pdu := decode(RECEIPT)).source.number, pdu.short_message,
            *[tlv.value for tlv in pdu.optional_params]""",
        BUILD: """SubmitSm(sequence_num=7, service_type="CMT", source=PhoneNumber("INFO", TON.ALPHANUMERIC,
            NPI.UNKNOWN),
            destination=PhoneNumber("32471123456", TON.INTERNATIONAL, NPI.ISDN), registered_delivery=1,
            short_message=text,
            encoding="gsm0338").pdu()""",
        BUILD_RECEIPT: """DeliverSm(sequence_num=7, source=PhoneNumber("32471123456", TON.INTERNATIONAL, NPI.ISDN),
            destination=PhoneNumber("INFO", TON.ALPHANUMERIC, NPI.UNKNOWN), esm_class=4, registered_delivery=0,
            short_message=notice, encoding="gsm0338", optional_params=[OptionalParam(0x1E, ID), OptionalParam(0x427, 5),
            OptionalParam(0x423, error)]).pdu()""",
        DECODE_ANSWER: "(pdu := decode(ANSWER)).command_status, pdu.sequence_num, pdu.message_id",
        BUILD_ANSWER: "SubmitSmResp(sequence_num=7, message_id=ID).pdu()",
        DECODE_ENQUIRY: "decode(ENQUIRY).sequence_num",
        BUILD_ENQUIRY: "EnquireLink(sequence_num=7).pdu()",
    }


def smpp_pdu3(encoding: ModuleType, operations: ModuleType, types: ModuleType) -> Codec:
    """It wants every mandatory field of a request, and values of its own types."""
    encoder = encoding.PDUEncoder()
    names = {
        "encode": encoder.encode,
        "decode": lambda octets: encoder.decode(BytesIO(octets)),
        **{name: getattr(operations, name) for name in ("SubmitSM", "DeliverSM", "SubmitSMResp", "EnquireLink")},
        **{name: getattr(types, name) for name in ("AddrTon", "AddrNpi", "MessageState", "DataCoding", "PriorityFlag")},
        **{name: getattr(types, name) for name in ("ReplaceIfPresentFlag", "EsmClass", "EsmClassMode", "EsmClassType")},
        **{name: getattr(types, name) for name in ("RegisteredDelivery", "RegisteredDeliveryReceipt")},
    }
    rest = """protocol_id=0, priority_flag=PriorityFlag.LEVEL_0, schedule_delivery_time=None, validity_period=None,
        replace_if_present_flag=ReplaceIfPresentFlag.DO_NOT_REPLACE, data_coding=DataCoding(), sm_default_msg_id=0"""
    return names, {
        DECODE: "decode(SUBMIT)",
        READ: """(pdu := decode(SUBMIT).params)["source_addr"], pdu["destination_addr"], pdu["short_message"],
            pdu["data_coding"]""",
        READ_RECEIPT: """(pdu := decode(RECEIPT).params)["source_addr"], pdu["short_message"],
            pdu["receipted_message_id"],
            pdu["message_state"], pdu["network_error_code"]""",
        BUILD: f"""encode(SubmitSM(7, service_type=b"CMT", source_addr_ton=AddrTon.ALPHANUMERIC,
            source_addr_npi=AddrNpi.UNKNOWN, source_addr=b"INFO", dest_addr_ton=AddrTon.INTERNATIONAL,
            dest_addr_npi=AddrNpi.ISDN, destination_addr=b"32471123456",
            esm_class=EsmClass(EsmClassMode.DEFAULT, EsmClassType.DEFAULT),
            registered_delivery=RegisteredDelivery(RegisteredDeliveryReceipt.SMSC_DELIVERY_RECEIPT_REQUESTED), {rest},
            short_message=TEXT))""",
        BUILD_RECEIPT: f"""encode(DeliverSM(7, service_type=b"", source_addr_ton=AddrTon.INTERNATIONAL,
            source_addr_npi=AddrNpi.ISDN, source_addr=b"32471123456", dest_addr_ton=AddrTon.ALPHANUMERIC,
            dest_addr_npi=AddrNpi.UNKNOWN, destination_addr=b"INFO",
            esm_class=EsmClass(EsmClassMode.DEFAULT, EsmClassType.SMSC_DELIVERY_RECEIPT),
            registered_delivery=RegisteredDelivery(RegisteredDeliveryReceipt.NO_SMSC_DELIVERY_RECEIPT_REQUESTED),
            {rest},
            short_message=NOTICE, receipted_message_id=ID, message_state=MessageState.UNDELIVERABLE,
            network_error_code=ERROR))""",
        DECODE_ANSWER: '(pdu := decode(ANSWER)).status, pdu.seqNum, pdu.params["message_id"]',
        BUILD_ANSWER: "encode(SubmitSMResp(7, message_id=ID))",
        DECODE_ENQUIRY: "decode(ENQUIRY).seqNum",
        BUILD_ENQUIRY: "encode(EnquireLink(7))",
    }


def plain_c(extension: ModuleType) -> Codec:
    """An eager tuple of all fields and a dict of the TLVs: the least that decoding everything can cost."""
    names = {name: getattr(extension, name) for name in ("decode", "submit_sm_resp", "enquire_link")}
    return names, {
        DECODE: "decode(SUBMIT)",
        READ: "(pdu := decode(SUBMIT))[6], pdu[9], pdu[19], pdu[17]",
        READ_RECEIPT: "(pdu := decode(RECEIPT))[6], pdu[19], (tlvs := pdu[20])[0x1E], tlvs[0x427], tlvs[0x423]",
        DECODE_ANSWER: "(pdu := decode(ANSWER))[1], pdu[2], pdu[3]",
        BUILD_ANSWER: "submit_sm_resp(7, ID)",
        DECODE_ENQUIRY: "decode(ENQUIRY)[2]",
        BUILD_ENQUIRY: "enquire_link(7)",
    }


def plain_objects(extension: ModuleType) -> Codec:
    """The same for who builds an object by keywords and asks it for its octets: the least that our interface costs."""
    names = {name: getattr(extension, name) for name in ("SubmitSmResp", "EnquireLink")}
    return names, {
        BUILD_ANSWER: "SubmitSmResp(sequence_number=7, message_id=ID).encode()",
        BUILD_ENQUIRY: "EnquireLink(sequence_number=7).encode()",
    }


def plain_python() -> Codec:
    return {"decode": python.decode, "SubmitSm": python.SubmitSm}, {
        DECODE: "decode(SUBMIT)",
        READ: FIELDS,
        BUILD: BUILT_BY_KEYWORDS,
    }


def nothing() -> Codec:
    """A call that finds an object whose values are there already: the least that an interface of attributes costs."""
    pdu = python.decode(SUBMIT)
    return {"decode": {SUBMIT: pdu}.get}, {READ: FIELDS}


RIVALS: Mapping[Rival, Callable[..., Codec]] = {
    Rival("smpp34", ("smpp34",)): smpp34,
    Rival("smpplib", ("smpplib.smpp",)): smpplib,
    Rival("aiosmpplib", ("aiosmpplib.protocol", "aiosmpplib.state")): aiosmpplib,
    Rival("smpp.pdu3", ("smpp.pdu.pdu_encoding", "smpp.pdu.operations", "smpp.pdu.pdu_types")): smpp_pdu3,
}
