"""Every example in every docstring runs, those of the Cython core included."""

import doctest
import importlib
import pkgutil
import warnings
from pathlib import Path

import pytest

import smppkit

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NAMES = ["smppkit", *(found.name for found in pkgutil.walk_packages(smppkit.__path__, "smppkit."))]
NO_EXAMPLES = {"__main__"}


@pytest.mark.parametrize("name", [name for name in NAMES if name.rpartition(".")[2] not in NO_EXAMPLES])
def test_examples(name, workplace):
    module = importlib.import_module(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = doctest.testmod(module, optionflags=FLAGS, report=True)
    assert not result.failed, f"{result.failed} of {result.attempted} examples of {name} fail: see the output above"


def test_examples_of_the_core_are_found():
    core = Path(smppkit.__file__).parent / "_core"
    built = {name.rpartition(".")[2] for name in NAMES if name.startswith("smppkit._core.")}
    assert {source.stem for source in core.glob("*.pyx")} <= built
    finder = doctest.DocTestFinder(exclude_empty=True)
    tests = finder.find(importlib.import_module("smppkit._core.pdu"))
    assert any(test.examples for test in tests)
