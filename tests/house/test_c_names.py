"""The C that stands in the core shares a file with headers of CPython, the internal ones among them: no name is theirs.

Which of them Cython includes changes from one Python to the next, so a name that is taken anywhere is not to be used.
"""

import re
import sysconfig
from pathlib import Path

import pytest

SOURCES = sorted(Path(__file__).parents[2].glob("smppkit/_core/*.p[xy][xd]"))
HEADERS = sorted(Path(sysconfig.get_path("include")).rglob("*.h"))
OF_THE_COMPILER = {"__SANITIZE_ADDRESS__"}
COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def names_in(source: Path) -> set[str]:
    """Return the functions and macros that the C in a source of the core defines."""
    found: set[str] = set()
    for c in re.findall(r'cdef extern from \*:\n    """(.*?)"""', source.read_text("utf-8"), re.DOTALL):
        found.update(re.findall(r"static (?:inline )?(?:const )?\w+ \*?(\w+)\(", c))
        found.update(re.findall(r"#define (\w+)", c))
    return found - OF_THE_COMPILER


def test_the_c_of_the_core_is_found():
    names = set().union(*map(names_in, SOURCES))
    assert {"smppkit_read_u32", "find_nul", "soon", "map_region", "copy_ascii_16", "NO_STRING"} <= names


@pytest.mark.skipif(not HEADERS, reason="the headers of this Python are not there")
def test_no_name_of_the_core_is_one_of_cpython():
    taken = {word for header in HEADERS for word in re.findall(r"\w+", COMMENTS.sub("", header.read_text("latin-1")))}
    assert {source.name: names_in(source) & taken for source in SOURCES if names_in(source) & taken} == {}
