"""A submit_sm in plain Python, with nothing but ``struct``: what a careful user writes who takes no library.

It refuses what is cut, too long or no submit_sm, and keeps TLVs as octets.
"""

import struct
from dataclasses import dataclass, field

NAME = "plain Python"
SUBMIT_SM = 4
HEADER = struct.Struct(">IIII")
TWO, THREE, FOUR = struct.Struct("BB"), struct.Struct("BBB"), struct.Struct("BBBB")
TLV = struct.Struct(">HH")


@dataclass(slots=True)
class SubmitSm:
    sequence_number: int = 1
    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    tlvs: dict[int, bytes] = field(default_factory=dict)

    def encode(self) -> bytes:
        if len(self.short_message) > 254:
            raise ValueError(f"short_message: {len(self.short_message)} octets, at most 254 fit")
        body = b"".join(
            (
                c_octets("service_type", self.service_type, 6),
                TWO.pack(self.source_addr_ton, self.source_addr_npi),
                c_octets("source_addr", self.source_addr, 21),
                TWO.pack(self.dest_addr_ton, self.dest_addr_npi),
                c_octets("destination_addr", self.destination_addr, 21),
                THREE.pack(self.esm_class, self.protocol_id, self.priority_flag),
                c_octets("schedule_delivery_time", self.schedule_delivery_time, 17),
                c_octets("validity_period", self.validity_period, 17),
                FOUR.pack(
                    self.registered_delivery, self.replace_if_present_flag, self.data_coding, self.sm_default_msg_id
                ),
                bytes((len(self.short_message),)),
                self.short_message,
                *(TLV.pack(tag, len(value)) + value for tag, value in self.tlvs.items()),
            )
        )
        return HEADER.pack(HEADER.size + len(body), SUBMIT_SM, 0, self.sequence_number) + body


def c_octets(name: str, text: str, limit: int) -> bytes:
    octets = text.encode("ascii")
    if len(octets) >= limit or b"\0" in octets:
        raise ValueError(f"{name}: {text!r} is no text of less than {limit} octets")
    return octets + b"\0"


def c_text(name: str, octets: bytes, at: int, limit: int) -> tuple[str, int]:
    """Return the text that begins there, and where the next field does."""
    if (end := octets.find(0, at, at + limit)) < 0:
        raise ValueError(f"{name}: no NUL within {limit} octets")
    return octets[at:end].decode("ascii"), end + 1


def decode(octets: bytes) -> SubmitSm:
    """Return the submit_sm; raise ValueError for what is none."""
    try:
        length, command_id, _, sequence_number = HEADER.unpack_from(octets)
        if length != len(octets) or command_id != SUBMIT_SM:
            raise ValueError(f"no submit_sm of {len(octets)} octets")
        service_type, at = c_text("service_type", octets, HEADER.size, 6)
        source_addr_ton, source_addr_npi = TWO.unpack_from(octets, at)
        source_addr, at = c_text("source_addr", octets, at + 2, 21)
        dest_addr_ton, dest_addr_npi = TWO.unpack_from(octets, at)
        destination_addr, at = c_text("destination_addr", octets, at + 2, 21)
        esm_class, protocol_id, priority_flag = THREE.unpack_from(octets, at)
        schedule_delivery_time, at = c_text("schedule_delivery_time", octets, at + 3, 17)
        validity_period, at = c_text("validity_period", octets, at, 17)
        registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id = FOUR.unpack_from(octets, at)
        at += 5
        end = at + octets[at - 1]
        tlvs, behind = {}, end
        while behind < length:
            tag, size = TLV.unpack_from(octets, behind)
            behind += TLV.size + size
            tlvs[tag] = octets[behind - size : behind]
    except (struct.error, IndexError) as error:
        raise ValueError("the PDU ends before its fields") from error
    if max(end, behind) > length:
        raise ValueError("the PDU ends within short_message or a TLV")
    return SubmitSm(
        sequence_number,
        service_type,
        source_addr_ton,
        source_addr_npi,
        source_addr,
        dest_addr_ton,
        dest_addr_npi,
        destination_addr,
        esm_class,
        protocol_id,
        priority_flag,
        schedule_delivery_time,
        validity_period,
        registered_delivery,
        replace_if_present_flag,
        data_coding,
        sm_default_msg_id,
        octets[at:end],
        tlvs,
    )
