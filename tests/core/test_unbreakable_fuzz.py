"""Spoiled input of every kind through everything that reads octets of strangers, each against what it must hold to.

The corpus of a target in ``tests/core/corpus`` is replayed first; then come as many cases as its share of
SMPPKIT_FUZZ_CASES (2,000 unless told), from the seed of the run, which a failure names. ``make fuzz`` looks for more.
"""

import traceback
from pathlib import Path

import pytest

from tests.core.targets import TARGETS
from tests.core.unbreakable import CASES, Spoiler, corpus


@pytest.mark.parametrize("name", TARGETS)
def test_corpus(name):
    for octets in corpus(name):
        TARGETS[name].run(octets)


@pytest.mark.parametrize("name", TARGETS)
def test_spoiled_input(name, seed):
    target = TARGETS[name]
    spoiler = Spoiler(seed, [*target.pool(seed), *corpus(name)])
    for case in range(max(1, int(CASES * target.share))):
        octets = spoiler.next()
        try:
            target.run(octets)
        except BaseException:
            pytest.fail(f"seed {seed}, case {case}, {name}.txt: {octets.hex()}\n{traceback.format_exc(limit=-4)}")


def test_the_corpus_belongs_to_targets():
    assert {path.stem for path in Path(__file__).with_name("corpus").iterdir()} <= set(TARGETS)
    assert len(TARGETS) >= 12
