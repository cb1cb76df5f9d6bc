"""Random PDUs for the tests: valid ones of every command, made from the rows, and broken ones made from valid ones."""

import random
from typing import Any, NamedTuple

from smppkit.spec.commands import ROWS
from smppkit.spec.kinds import CSTRING, DESTINATIONS, OCTETS, RESPONSE, TIME, U8, Field
from smppkit.spec.tlvs import ROWS as TLVS
from smppkit.spec.tlvs import Tlv

TIMES = ("", "", "000001000000000R", "261231235959908+", "270115103000014-", "070605040302100r")
UNKNOWN_TAGS = (0x0000, 0x1400, 0x1401, 0x1501, 0x3FFF, 0x8081, 0xFFFF, 0x0500)
MOST_TLV_OCTETS = 60_000  # together with the fields they fit into one PDU
LENGTHS = (*range(16), 254, 255, 256, 2**31, 2**32 - 1)


class Made(NamedTuple):
    """What a PDU is built from."""

    command: str
    fields: dict[str, Any]
    tlvs: list[tuple[Any, Any]]
    status: int
    number: int


class Generator:
    """Random PDUs from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        characters = [chr(code) for code in range(1, 256)]
        plain = "abcdefghijklmnopqrstuvwxyz 0123456789+"
        self.letters = "".join(self.random.choices([*characters, *plain * 20], k=4096))
        self.octets = self.random.randbytes(70_000)

    def text(self, most: int) -> str:
        size = self.random.choice((0, most, self.random.randint(0, most)))
        at = self.random.randrange(4096 - 1100)
        return self.letters[at : at + size]

    def data(self, size: int) -> bytes:
        at = self.random.randrange(70_000 - size)
        return self.octets[at : at + size]

    def value(self, field: Field) -> Any:
        pick = self.random
        if field.kind == U8:
            return pick.choice((0, 1, 255, pick.randrange(256)))
        if field.kind == CSTRING:
            return self.text(field.limit - 1)
        if field.kind == TIME:
            return pick.choice(TIMES)
        if field.kind == OCTETS:
            return self.data(pick.choice((0, 1, field.limit, pick.randint(0, field.limit))))
        count = pick.choice((1, 2, 3, pick.randint(1, 9), 254 if pick.random() < 0.05 else 1))
        if field.kind == DESTINATIONS:
            return [self.destination() for _ in range(count)]
        return [self.address() | {"error_status_code": pick.getrandbits(32)} for _ in range(count - 1)]

    def address(self) -> dict[str, Any]:
        octet = self.random.randrange
        return {"dest_addr_ton": octet(256), "dest_addr_npi": octet(256), "destination_addr": self.text(20)}

    def destination(self) -> dict[str, Any]:
        return {"dl_name": self.text(20)} if self.random.random() < 0.3 else self.address()

    def tlv(self) -> tuple[Any, Any]:
        pick = self.random
        if pick.random() < 0.15:
            return pick.choice(UNKNOWN_TAGS), self.data(pick.randint(0, 40))
        row = pick.choice(TLVS)
        return pick.choice((row.name, row.tag)), self.tlv_value(row)

    def tlv_value(self, row: Tlv) -> Any:
        pick = self.random
        if row.kind == "int":
            if row.least == 0 and pick.random() < 0.5:
                return None
            return pick.choice((0, 1, 256**row.most - 1, pick.randrange(256**row.most)))
        most = min(row.most, 60_000 if pick.random() < 0.01 else 300)
        if row.kind == "cstring":
            return self.letters[: max(row.least, pick.randint(1, most)) - 1]
        return self.data(pick.randint(row.least, max(row.least, most)))

    def made(self) -> Made:
        """Return what a valid PDU is built from."""
        pick = self.random
        row = pick.choice(ROWS)
        fields = {field.name: self.value(field) for field in row.fields if not field.counts}
        status = pick.choice((0, 0x58, pick.getrandbits(32))) if row.kind == RESPONSE else 0
        if row.kind == RESPONSE and pick.random() < 0.2:
            fields = dict.fromkeys(fields) if pick.random() < 0.5 else {}
        elif pick.random() < 0.2:
            kept = {name for name in fields if name == "dest_address" or pick.random() < 0.5}
            fields = {name: value for name, value in fields.items() if name in kept}
        tlvs = [self.tlv() for _ in range(pick.choice((0, 0, 0, 1, 2, 3, 6)))]
        if tlvs and pick.random() < 0.2:
            tlvs.append(tlvs[0])
        if sum(len(value) for _, value in tlvs if isinstance(value, bytes)) > MOST_TLV_OCTETS:
            tlvs = tlvs[:1]
        return Made(row.name, fields, tlvs, status, pick.getrandbits(31))

    def broken(self, octets: bytes, other: bytes) -> bytes:
        """Return octets of a PDU with something done to them; ``other`` is another PDU."""
        pick = self.random
        way = pick.choice((self.cut, self.flip, self.measure, self.splice, self.stretch, self.unterminate, self.flood))
        done = way(octets, other)
        if pick.random() < 0.8:
            done = len(done).to_bytes(4, "big") + done[4:]
        return done if pick.random() < 0.8 else self.flip(done, other)

    def cut(self, octets: bytes, other: bytes) -> bytes:
        return octets[: self.random.randint(0, len(octets))]

    def flip(self, octets: bytes, other: bytes) -> bytes:
        done = bytearray(octets)
        for _ in range(self.random.choice((1, 1, 2, 5))):
            if done:
                done[self.random.randrange(len(done))] ^= 1 << self.random.randrange(8)
        return bytes(done)

    def measure(self, octets: bytes, other: bytes) -> bytes:
        """Put a number where a length may stand: over the octet, the two or the four at some place."""
        width = self.random.choice((1, 2, 4))
        at = self.random.choice((0, self.random.randint(0, len(octets))))
        number = self.random.choice(LENGTHS) % 256**width
        return octets[:at] + number.to_bytes(width, "big") + octets[at + width :]

    def splice(self, octets: bytes, other: bytes) -> bytes:
        return octets[: self.random.randint(0, len(octets))] + other[self.random.randint(0, len(other)) :]

    def stretch(self, octets: bytes, other: bytes) -> bytes:
        at, size = self.random.randint(0, len(octets)), self.random.choice((1, 2, 3, 4, 30))
        return (
            octets[:at] + self.data(size) + octets[at:]
            if self.random.random() < 0.5
            else octets[:at] + octets[at + size :]
        )

    def unterminate(self, octets: bytes, other: bytes) -> bytes:
        """Take NULs away, so that strings run on."""
        done = bytearray(octets)
        nuls = [at for at in range(16, min(len(done), 400)) if not done[at]]
        for at in self.random.sample(nuls, min(len(nuls), self.random.choice((1, 2, 20)))):
            done[at] = 0x41
        return bytes(done)

    def flood(self, octets: bytes, other: bytes) -> bytes:
        """Append something small many times: TLVs without end, or octets that belong to nothing."""
        return octets + self.random.choice((b"\0", b"\x14\x00\x00\x00")) * self.random.choice((1, 2, 3, 5, 1024, 1025))
