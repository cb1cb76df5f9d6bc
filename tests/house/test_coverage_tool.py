"""The tool that measures branch coverage of the core is measured itself: on a module of which the answer is known."""

import importlib.util
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

HEADER = """\
cdef inline int sign(int number) noexcept nogil:
    return 1 if number > 0 else -1
"""
SOURCE = """\
from libc.stdint cimport int64_t
from .small cimport sign

cdef int64_t clipped(int64_t a, int64_t b) noexcept nogil:
    return a if a < b else b

def decide(int a, int b):
    if (a > 0 and
            b > 0):
        return 1
    elif a == -5 or b == -5:
        return 2
    return clipped(a, b)

def loop(int n):
    cdef int total = 0, i = 0
    for i in range(n):
        total += i * sign(n)
    while total > 3:
        total -= 1
    return total

def objects(list many):
    for each in many:
        if not each:
            raise ValueError("none")
    return 0 <= len(many) <= 2

def chosen(int kind):
    if kind == 1:
        return "one"
    elif kind == 2:
        return "two"
    elif kind == 3:
        return "three"
    return "other"

def never(int kind, other):
    try:
        return other[kind] if not kind < 0 else 3
    except KeyError:
        return None if kind in (7, 8) else 9
    finally:
        if kind != 7:
            kind = 8
        if kind > 9:
            kind = 9
"""
CALLS = """\
from smppkit._core.tiny import *
decide(1, 1), decide(1, 0), decide(0, 2)
loop(0), loop(3)
objects([1]), objects([])
chosen(1), chosen(1), chosen(3)
never(7, {}), never(1, {})
"""
MISSING = [
    (11, 1, "never true"),
    (11, 2, "never true"),
    (19, 1, "never true"),
    (25, 1, "never true"),
    (27, 1, "never false"),
    (30, 1, "never arm 2, arm 4"),
    (40, 1, "never false"),
    (41, 1, "never false"),
    (46, 1, "never true"),
]


@pytest.fixture(scope="module")
def tool(tmp_path_factory):
    """The tool, its copy of the tree being one with a single small module."""
    if not (shutil.which("gcc") and shutil.which("gcov")):
        pytest.skip("the tool needs gcc and gcov")
    described = importlib.util.spec_from_file_location("coverage_tool", ROOT / "tools" / "coverage.py")
    tool = importlib.util.module_from_spec(described)
    sys.modules["coverage_tool"] = tool
    described.loader.exec_module(tool)
    tool.COPY = tmp_path_factory.mktemp("tree")
    package = tool.COPY / "smppkit" / "_core"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("")
    (package / "tiny.pyx").write_text(SOURCE)
    (package / "small.pxd").write_text(HEADER)
    shutil.copy(ROOT / "setup.py", tool.COPY)
    tool.build()
    subprocess.run([sys.executable, "-c", CALLS], cwd=tool.COPY, check=True)
    yield tool
    del sys.modules["coverage_tool"]


def test_each_side_that_was_never_taken_is_named_and_no_other(tool):
    assert tool.gaps(tool.measure(), "smppkit/_core/tiny.pyx") == MISSING
    assert tool.gaps(tool.measure(), "smppkit/_core/small.pxd") == [(2, 1, "never false")]
