"""Spoiled input of every kind through everything that reads octets of strangers, each against what it must hold to.

The corpus of a target in ``tests/core/corpus`` is replayed first; then come as many cases as its share of
SMPPKIT_FUZZ_CASES (2,000 unless told), from the seed of the run, which a failure names. ``make fuzz`` looks for more.
"""

import os
import subprocess
import sys
import traceback

import pytest

from tests.core.targets import TARGETS
from tests.core.unbreakable import CASES, CORPUS, Spoiler, corpus

LEAST_KEPT = 8
"""Inputs that even the smallest corpus has."""


@pytest.mark.parametrize("name", TARGETS)
def test_corpus(name):
    for octets in corpus(name):
        TARGETS[name].run(octets)


@pytest.mark.parametrize("name", [name for name in TARGETS if TARGETS[name].lean])
def test_corpus_as_it_is_fuzzed(name):
    for octets in [b"", *corpus(name)]:
        TARGETS[name].lean(octets)


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
    """And every target has one: a lost file, or an empty one, would leave a target to chance."""
    assert {path.name for path in CORPUS.iterdir()} == {f"{name}.txt" for name in TARGETS}
    assert all(len(corpus(name)) >= LEAST_KEPT for name in TARGETS)


def test_the_corpus_is_small_and_says_nothing_twice():
    assert sum(path.stat().st_size for path in CORPUS.iterdir()) < 1_500_000
    for name in TARGETS:
        inputs = corpus(name)
        assert len(set(inputs)) == len(inputs), name


@pytest.mark.skipif(sys.platform != "linux", reason="the sanitized build is for Linux")
def test_without_clang_the_fuzzer_says_what_to_install(root):
    command = [sys.executable, str(root / "tools" / "fuzz.py")]
    done = subprocess.run(command, env={**os.environ, "PATH": ""}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "clang or its runtime is missing" in done.stderr
