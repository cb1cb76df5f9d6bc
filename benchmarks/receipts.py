"""Receipts matched and messages folded, per second of processor time.

    python -m benchmarks.receipts [messages] [messages of a dialect]

Every dialect of the tests with so many messages (matched, wrong), then a log of submit_sm, responses and receipts
through the whole fold. The log is made octet by octet beforehand and not timed.
"""

import resource
import sys
import time

import numpy as np

from smppkit.fold import Column, Fold, match_columns
from smppkit.journal.log import Link, Segment
from smppkit.journal.memory import MemoryLog
from tests.fold.fold_traffic import DELIVER, RECEIPT, START, SUBMIT, SUBMIT_RESP, cstring, message, pdu, receipt_text
from tests.fold.test_matching import DIALECTS, Campaign

SEGMENT = 8192


def dialects(count: int) -> None:
    print(f"{count:,} messages in each dialect, one receipt each, in random order")
    for name in DIALECTS:
        campaign = Campaign(name, count, 10 * count, seed=1)
        texts = (campaign.ids, campaign.to, campaign.receipt_ids, campaign.receipt_to)
        ids, to, receipt_ids, receipt_to = (Column.of_text(text) for text in texts)
        began = time.process_time()
        found = match_columns(ids, to, campaign.sent, receipt_ids, receipt_to, campaign.received)
        rate = count / (time.process_time() - began)
        matched = found.index >= 0
        wrong = int((found.index[matched] != campaign.truth[matched]).sum())
        print(f"  {name:45} {matched.mean():9.5%} matched, {wrong} wrong, {rate:11,.0f} receipts/s")


def log_of(count: int) -> MemoryLog:
    """``count`` messages: request, response with a hexadecimal id, receipt with the decimal one, a thousand apart."""
    log = MemoryLog(complete=True)
    log.add_link(Link("a", "10.0.0.1:40000", "10.0.0.2:2775"))
    records: list[tuple[bytes, int]] = []
    for number in range(count + 1000):
        if number < count:
            sequence, to = number + 1, f"3247{number:07}"
            records.append((message(SUBMIT, sequence, "INFO", to, b"Your code is 123456, valid for ten minutes"), 0))
            records.append((pdu(SUBMIT_RESP, sequence, cstring(f"{number + 4096:x}")), 1))
        if number >= 1000:
            text = receipt_text(f"{number + 3096:010}")
            records.append((message(DELIVER, number, f"3247{number - 1000:07}", "INFO", text, esm_class=RECEIPT), 1))
    for start in range(0, len(records), SEGMENT):
        some = records[start : start + SEGMENT]
        length = np.array([len(octets) for octets, _ in some], np.int64)
        at = START + np.arange(start, start + len(some)) * 1000
        direction = [side for _, side in some]
        buffer = b"".join(octets for octets, _ in some)
        log.extend(Segment.of(buffer, np.cumsum(length) - length, length, at, direction, np.zeros(len(some))))
    return log


def whole(count: int) -> None:
    log = log_of(count)
    print(f"a log of {count:,} messages, {len(log):,} records")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    fold = Fold(log)
    read = time.process_time()
    matched = fold.counts["receipts_matched"]
    resolved = time.process_time()
    for name in ("messages", "parts", "receipts"):
        fold.table(name)
    done = time.process_time()
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    print(f"  read {read - began:.2f} s, matched and folded {resolved - read:.2f} s, tables {done - resolved:.2f} s")
    rate = count / (done - began)
    print(f"  {rate:,.0f} messages/s in all, {matched:,} receipts matched, {memory / count:,.0f} octets each")


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]]
    dialects(sizes[1] if len(sizes) > 1 else 100_000)
    whole(sizes[0] if sizes else 200_000)
