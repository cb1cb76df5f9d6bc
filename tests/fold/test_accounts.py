"""Binds: which system_id a link has at each record, and binds that are refused without end."""

import random
import time

import pytest

from smppkit.fold.accounts import Accounts
from smppkit.journal.log import Link
from tests.core.unbreakable import growth
from tests.fold.fold_traffic import BIND, BIND_RESP, Traffic, cstring, pdu

TOO_SMALL = 0.02
"""Seconds that are no growth: looking through all binds of a link for each of 6,000 takes more."""


@pytest.mark.parametrize("seed", range(20))
def test_a_link_has_the_name_of_the_last_bind_before_a_record(seed):
    source = random.Random(seed)
    accounts, binds = Accounts(), []
    accounts.links = [Link(f"link {link}", f"10.0.0.1:{link}", "10.0.0.2:2775") for link in range(2)]
    for record in sorted(source.sample(range(100), 12)):
        binds.append((source.randrange(2), record, f"name {record}", source.random() < 0.5))
        accounts.bind(*binds[-1][:3])
    for link, record, _, refused in source.sample(binds, len(binds)):
        if refused:
            accounts.refuse(link, record)
    for link in (0, 1):
        accounts.refuse(link, 100)  # of no bind: nothing changes
        for record in range(101):
            before = ["", *(name for bound, at, name, _ in binds if bound == link and at < record)]
            assert accounts.system_id(link, record) == before[-1]
    ours = [[bind for bind in binds if bind[0] == link] for link in (0, 1)]
    bound = [next((bind[2] for bind in reversed(some) if not bind[3]), some[-1][2]) for some in ours if some]
    assert sorted(name.rpartition("@")[0] for name in accounts.of_links()[1] if "@" in name) == sorted(bound)


def refused_binds(count):
    """The seconds of a log in which a message centre refuses so many binds of one link."""
    traffic = Traffic(bound="")
    for number in range(1, count + 1):
        traffic.out(pdu(BIND, number, cstring("demo") + b"\0\0\x34\0\0\0"))
        traffic.back(pdu(BIND_RESP, number, status=14))
    begin = time.process_time()
    traffic.fold()
    return time.process_time() - begin


def test_a_link_is_refused_many_times():
    assert growth(lambda: refused_binds(1_500), lambda: refused_binds(6_000), TOO_SMALL) < 8
