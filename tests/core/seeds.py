"""What the fuzzers of a target start from: good input of its kind, and the words that mean something there."""

import gzip

import numpy as np

from smppkit.spec.alphabets import LANGUAGES
from smppkit.spec.commands import ROWS
from smppkit.spec.kinds import DESTINATIONS, FAILURES, OCTETS, TIME, U8
from smppkit.spec.tlvs import ROWS as TLVS
from tests import oracle
from tests.core.capture_targets import LINK_TYPES
from tests.core.unbreakable import MALFORMED, TESTS, VECTORS, lines_of, one_of_each
from tests.generator import Generator
from tests.journal.builder import LAYERS, Wire, conversation, fragments, framed, pcap, pcapng

VENDOR_TAGS = (0x1400, 0x1401, 0x1402, 0x1403, 0x1404, 0x8081, 0x1500, 0x020A)
"""What the profile of ``profile_targets`` names, one that nobody does, and one of the standard."""


def pdus(seed: int) -> list[bytes]:
    return [*VECTORS, *MALFORMED, *one_of_each(Generator(seed))]


def buffers(seed: int) -> list[bytes]:
    whole = pdus(seed)
    return [b"".join(whole[at : at + 6]) for at in range(0, len(whole), 6)] + whole[:20]


def vendor_buffers(seed: int) -> list[bytes]:
    """PDUs with TLVs of a provider, of lengths that fit and of others."""
    values = (b"\0\7", b"\0\0\0\x07", b"A7\0", b"A7", b"", b"abc", b"\x80" * 8, b"xyz" * 5, b"123456789\0", b"\x7f" * 7)
    commands = [row for row in ROWS if row.name in ("submit_sm", "deliver_sm", "data_sm", "submit_sm_resp", "unbind")]
    found = []
    for at, row in enumerate(commands * 4):
        fields = {field.name: b"Hi \x04" if field.kind == OCTETS else None for field in row.fields if not field.counts}
        fields |= {"data_coding": at} if "data_coding" in fields else {}
        tlvs = [(tag, values[(at + place) % len(values)]) for place, tag in enumerate(VENDOR_TAGS) if (at + place) % 3]
        found.append(oracle.encode(row.name, fields, [*tlvs, *tlvs[: at % 3]], 0, at))
    return [*found, *(b"".join(found[at : at + 5]) for at in range(0, len(found), 5)), *buffers(seed)[::3]]


def tables(seed: int) -> list[bytes]:
    """Tables for ``encode_many``, of each command: its place, the kind of table, how many rows, columns and cells."""
    drawn = Generator(seed).data(2000)
    found = [bytes([place, place, 2]) + drawn[place * 20 :][:300] for place in range(len(ROWS))]
    cells = (b"\0\x08" + b"\x80" * 8, b"\0\3A7x", b"\1", b"\0\2\0\7", b"\0\0", b"\0\x08\0\0\0\0\0\0\0\7")
    bare = next(place for place, row in enumerate(ROWS) if not row.fields)
    for at in range(3 * len(cells)):
        keys = bytes([2, at, at // 9, at + 6, 0])
        found.append(bytes([bare, at, 2]) + keys + b"\0\0\0" + b"".join(cells[(at + cell) % 6] for cell in range(6)))
    entries = b"\0\3" + b"\0\x0532471\1\1" + b"\2\4list" + b"\5\4abcd"
    values = {U8: b"\0\7", TIME: b"\0\0", DESTINATIONS: entries, FAILURES: b"\0\1\0\x0532471\1\4\0\0\0\x45"}
    for place, row in enumerate(ROWS):
        given = [field for field in row.fields if not field.counts]
        asked = b"".join(b"\1" for field in given if field.kind != DESTINATIONS) + b"\0\0" + bytes(len(given))
        many = 5 * any(field.kind in (DESTINATIONS, FAILURES) for field in given)
        for kind in range(1 + many):
            rows = b"".join(values.get(field.kind, b"\0\2ab") * (1 + kind) for field in given)
            found.append(bytes([place, kind, kind]) + asked + rows)
    return found


def joins(seed: int) -> list[bytes]:
    """Ids and receipts: how many at once, then of each its side and how often it comes, its address, and its id."""
    names = ("77", "4d", "0000000077", "0x4D", "4-d", "4D", "7", "119", "ab-12", "AB12", "", "{1e240}", "123456")
    found = []
    for size in (0, 5, 15):
        for often in (0, 0xC0, 0xE0):
            items = [bytes([at & 1 | often * (at % 5 == 0), at % 5, len(name)]) for at, name in enumerate(names)]
            found.append(bytes([size]) + b"".join(map(bytes.__add__, items, (name.encode() for name in names))))
    long = (b"%d" % 10**63, b"%x" % 10**63, b"0" * 128, b"a" * 129, b"9" * 65)
    own = b"".join(bytes([at & 1, 7, len(name)]) + name + b"\x0b32471123456" for at, name in enumerate(long))
    return [*found, b"\3" + own * 2]


def tlv_streams(seed: int) -> list[bytes]:
    generator = Generator(seed)
    return [b"".join(oracle.write_tlv(*generator.tlv())[:400] for _ in range(count % 7)) for count in range(60)]


def headers(seed: int) -> list[bytes]:
    known = (
        "050003cc0201",
        "06080412340302",
        "0b05040b8423f00003000101",
        "06240101250101",
        "03240103",
        "0400020a02",
        "00",
    )
    return [bytes.fromhex(header) + b"text \x1b\x65\x05\x01" for header in known]


def septet_texts(seed: int) -> list[bytes]:
    numbers = {row.name: row.identifier for row in LANGUAGES}
    found = []
    for row in lines_of("gsm7_vectors.jsonl"):
        tables = bytes(numbers.get(row[name], row[name]) for name in ("locking", "single"))
        found += [tables + row["text"].encode(), tables + bytes.fromhex(row["septets"])]
    return found


def packed_texts(seed: int) -> list[bytes]:
    rows = lines_of("gsm7_vectors.jsonl")
    return [bytes([row["fill_bits"]]) + bytes.fromhex(row[way]) for row in rows for way in ("septets", "packed")]


def septet_columns(seed: int) -> list[bytes]:
    """Rows of septets, packed ones and texts: how, two languages, the fill bits, and rows behind their lengths."""
    vectors = lines_of("gsm7_vectors.jsonl")
    numbers = {row.name: row.identifier for row in LANGUAGES}
    found = []
    for at in range(0, len(vectors), 3):
        tables = [numbers.get(vectors[at][name], vectors[at][name]) for name in ("locking", "single")]
        start = bytes([at // 3 % 32, *tables, vectors[at]["fill_bits"] | at % 2 << 7])
        kinds = [[bytes.fromhex(row[way]) for row in vectors[at : at + 3]] for way in ("septets", "packed")]
        for rows in (*kinds, [row["text"].encode() for row in vectors[at : at + 3]]):
            found.append(start + b"\xf8".join(bytes([len(row)]) + row for row in rows if len(row) < 0xF0))
    lengths = b"".join(bytes([size]) + b"\x7f" * size for size in range(18))
    return found + [bytes([fill, 0, 0, fill | filler]) + lengths for fill in range(7) for filler in (0, 0x80)]


def planned_texts(seed: int) -> list[bytes]:
    """Texts to plan: how long ones travel and the width of the reference, the alphabets, how often, and the text."""
    texts = [row["text"].encode() for row in lines_of("segmentation.jsonl")]
    more = ("Grüße €{ @\r", "Ж" * 9, "ığş", "👩\u200d👧🇧🇪e\u0301", "“a”", "हिन्दी", "\ufeffx", "a" * 152 + "@")
    texts += [text.encode() for text in more]
    plain = [bytes([0, 0, times]) + text[:600] for text in texts for times in (1, 2, 40)]
    return plain + [bytes([at % 5 | at % 2 << 7, at, 9]) + text[:600] for at, text in enumerate(texts)]


def coded_texts(seed: int) -> list[bytes]:
    texts = [row[2:] for row in septet_texts(seed)]
    udh = bytes.fromhex("050003cc0201")
    starts = [bytes([coding, 0]) for coding in (0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 13, 14, 0xF1)]
    return [start + text for start in [*starts, b"\x08\x40" + udh, b"\x00\x40" + udh] for text in texts[::5]]


def receipt_texts(seed: int) -> list[bytes]:
    return [row["text"].encode() for row in lines_of("receipts_samples.jsonl")]


def receipt_columns(seed: int) -> list[bytes]:
    texts = receipt_texts(seed)
    return [b"|".join(texts[at : at + 5]) for at in range(len(texts))]


def time_texts(seed: int) -> list[bytes]:
    return [
        b"261231235959908+",
        b"000001000000000R",
        b"270115103000014-",
        b"070605040302100r",
        b"000229000000048+",
        b"",
    ]


def dumps(seed: int) -> list[bytes]:
    octets = VECTORS[0], VECTORS[1], bytes.fromhex("00000010000000150000000000000001")
    made = [
        text
        for one in octets
        for text in (
            one.hex(" "),
            repr(one),
            "{ " + ", ".join(f"0x{octet:02x}" for octet in one) + " };",
            "\n".join(f"{at:04x}  {one[at : at + 16].hex(' ')}  ........" for at in range(0, len(one), 16)),
            f"2026-11-22 10:15:00 DEBUG sent <{one.hex()}",
            f"/* a PDU */ char x[] = {{ 0x{one.hex(',').replace(',', ', 0x')} }};",
        )
    ]
    return [text.encode() for text in made]


def pcap_files(seed: int) -> list[bytes]:
    names = ("errors_from_node", "outbind", "jsmpp_to_node")
    files = [(TESTS / "captures" / f"{name}.pcap").read_bytes()[:3000] for name in names]
    return [*files, *map(whole_records, files), files[0][:400]]


def whole_records(octets: bytes) -> bytes:
    """Return a little-endian pcap file without the record at its end that is cut short."""
    frames = frames_of(octets)
    size = 24 + sum(16 + len(frame) for _, frame in frames)
    return octets[:size] if size <= len(octets) else octets[: size - 16 - len(frames[-1][1])]


def pcapng_files(seed: int) -> list[bytes]:
    return [pcapng(frames_of(octets), resolution=resolution) for octets in pcap_files(seed) for resolution in (6, 9)]


def frames_of(octets: bytes) -> list[tuple[int, bytes]]:
    """Return (time, frame) of the packets of a little-endian pcap file."""
    found, at = [], 24
    while at + 16 <= len(octets):
        seconds, fraction, kept, _ = np.frombuffer(octets, "<u4", 4, at).tolist()
        found.append((seconds * 10**9 + fraction * 1000, octets[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return found


def gzip_files(seed: int) -> list[bytes]:
    return [gzip.compress(octets, mtime=0) for octets in pcap_files(seed)]


def cells(seed: int) -> list[bytes]:
    """Rows for ``encode_many``: the place of the command, then rows between 0xFF."""
    row = b"\x07abc\xff\x00\xff0123456789012345678901\xff0000010000000000\x00"
    return [bytes([place]) + row for place in range(len(ROWS))]


def packets(seed: int) -> list[bytes]:
    """A short conversation in every link layer, over IPv4 and IPv6, in pieces and with what may stand before TCP."""
    found = []
    for esme, mc in (("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8::2")):
        wire = Wire(esme, mc)
        segments = [*wire.handshake(), *wire.say(conversation(1)[:3]), *wire.goodbye()]
        found += [kind_of(layer) + pcap(framed(segments, layer))[24:] for layer in LAYERS]
    pieces = [part for segment in segments[:4] for part in fragments("10.0.0.1", "10.0.0.2", segment.tcp(), 24)]
    optional = [segment.ip(extensions=[(0, bytes(7)), (60, bytes(7))]) for segment in segments]
    cut = (
        pcap([(place, LAYERS["raw"][1](octets)) for place, octets in enumerate(some)]) for some in (pieces, optional)
    )
    return found + [kind_of("raw") + octets[24:] for octets in cut]


def kind_of(layer: str) -> bytes:
    """Return the first octet of what ``capture_targets.packets`` takes: twice the place of the link type."""
    return bytes([2 * LINK_TYPES.index(LAYERS[layer][0])])


def orders(seed: int) -> list[bytes]:
    """Ways to send the segments of a conversation: four octets for each, as ``targets.stream`` takes them."""
    straight = b"".join(bytes([number, 0, 255, 0]) for number in range(40))
    shuffled = b"".join(bytes([number ^ 1, 0, 255, 0]) for number in range(40))
    overlapping = b"".join(bytes([number // 2, number % 2 * 3, 9 + 200 * (number % 2), 0]) for number in range(80))
    return [straight, shuffled, overlapping, straight[8:], straight[:60] + bytes([3, 0, 255, 4]) + straight[60:]]


def pieces(seed: int) -> list[bytes]:
    return [bytes([size]) + octets for size, octets in zip((1, 3, 7, 16, 40, 255), buffers(seed), strict=False)]


# ---- words, for libFuzzer's dictionaries ----


def binary_words() -> list[bytes]:
    """Lengths, command_ids and tags."""
    lengths = [
        number.to_bytes(width, "big")
        for number in (0, 16, 255, 256, 0x7FFF, 0xFFFF)
        for width in (1, 2, 4)
        if number < 256**width
    ]
    commands = [row.command_id.to_bytes(4, "big") for row in ROWS]
    return [*lengths, b"\xff\xff\xff\xff", *commands, *(row.tag.to_bytes(2, "big") for row in TLVS)]


def receipt_words() -> list[bytes]:
    words = "id: sub: dlvrd: submit date: done date: stat: err: text: DELIVRD EXPIRED UNDELIV 001 2601021530 +0100 |"
    return [*(word.encode() for word in words.split()), b" ", b"submit date:"]


def dump_words() -> list[bytes]:
    return [b"0x", b"\\x", b"b'", b"0000  ", b"00000010", b"00000015", b"  ........", b": ", b", ", b"};", b"\n"]


def capture_words() -> list[bytes]:
    magics = ("d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "34cdb2a1", "0a0d0d0a", "4d3c2b1a", "1a2b3c4d", "1f8b08")
    headers = ("0800", "86dd", "8100", "88a8", "8864", "4500", "0ad7")
    blocks = [number.to_bytes(4, "little") for number in (1, 2, 3, 5, 6, 101, 113, 276)]
    return [*(bytes.fromhex(word) for word in magics + headers), *blocks]
