"""The targets of the fuzzers: each takes octets of strangers and fails by raising anything.

``run`` holds a target against its slow oracle in plain Python, ``lean`` against what costs little; both must hold for
every input there is. The suite runs the former on the corpus and on spoiled input; ``make fuzz`` the latter on every
input, and the former on a share of them and on all that it keeps. What is slow to import is imported where it is used:
libFuzzer starts many processes.
"""

from collections.abc import Callable
from typing import NamedTuple

from tests.core import capture_targets as captures
from tests.core import join_targets as joins
from tests.core import pdu_targets as pdus
from tests.core import profile_targets as profiles
from tests.core import seeds
from tests.core import sending_targets as sending
from tests.core import text_targets as texts


class Target(NamedTuple):
    """One target: what it is held against, what share of the cases it runs, where these come from.

    ``python`` says that what it tries is written in Python, whose lines then count as coverage beside the core's.
    """

    run: Callable[[bytes], None]
    share: float
    pool: Callable[[int], list[bytes]]
    lean: Callable[[bytes], None] | None = None
    words: Callable[[], list[bytes]] = seeds.binary_words
    python: bool = False


TARGETS = {
    "decode": Target(pdus.decode, 1, seeds.pdus, pdus.decode_lean),
    "bodies": Target(pdus.decode_whole, 2, seeds.pdus, pdus.decode_whole_lean),
    "values": Target(pdus.values, 0.5, seeds.headers, pdus.values_lean),
    "encode_many": Target(pdus.encode_many, 0.2, seeds.cells, python=True),
    "tables": Target(profiles.tables, 0.3, seeds.tables, python=True),
    "profiles": Target(profiles.profiles, 0.1, seeds.vendor_buffers, profiles.profiles_lean),
    "scan": Target(pdus.scan, 1, seeds.buffers, pdus.scan_lean),
    "splitter": Target(pdus.splitter, 0.5, seeds.pieces),
    "columns": Target(pdus.columns, 0.1, seeds.buffers, pdus.columns_lean),
    "log": Target(pdus.log, 0.05, seeds.buffers, pdus.log_lean, python=True),
    "tlvs": Target(pdus.tlvs, 1, seeds.tlv_streams, pdus.tlvs_lean),
    "udh": Target(texts.udh, 1, seeds.headers),
    "packing": Target(texts.packing, 0.5, seeds.packed_texts, texts.packing_lean),
    "charsets": Target(texts.charsets, 0.5, seeds.coded_texts, texts.charsets_lean),
    "alphabet": Target(texts.alphabet, 1, seeds.septet_texts),
    "septets": Target(sending.septets, 0.2, seeds.septet_columns),
    "plan": Target(sending.plan, 0.1, seeds.planned_texts, python=True),
    "ids": Target(joins.ids, 0.2, seeds.joins),
    "receipt": Target(texts.receipt, 1, seeds.receipt_texts, texts.receipt_lean, seeds.receipt_words),
    "receipts": Target(texts.receipts, 0.2, seeds.receipt_columns, texts.receipts_lean, seeds.receipt_words),
    "times": Target(texts.times, 1, seeds.time_texts, words=seeds.receipt_words, python=True),
    "hex_dump": Target(texts.hex_dump, 0.5, seeds.dumps, words=seeds.dump_words, python=True),
    "pcap": Target(captures.capture, 0.1, seeds.pcap_files, captures.capture_lean, seeds.capture_words, python=True),
    "pcapng": Target(
        captures.capture, 0.1, seeds.pcapng_files, captures.capture_lean, seeds.capture_words, python=True
    ),
    "gzip": Target(captures.capture, 0.1, seeds.gzip_files, captures.capture_lean, seeds.capture_words, python=True),
    "packets": Target(captures.packets, 0.5, seeds.packets, captures.packets_lean, seeds.capture_words),
    "stream": Target(captures.stream, 0.1, seeds.orders),
}
