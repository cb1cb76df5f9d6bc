"""What looks at sixteen octets at a time, as it is with SSE2 and as it is where that is not there: the same answers."""

import ctypes
import random
import re
import shlex
import subprocess
import sysconfig
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "smppkit" / "_core" / "sixteen.pxd"
COMPILER = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
EXPORTS = """
int copied_ascii(const uint8_t *at, uint8_t *out) { return copy_ascii_16(at, out); }
int copied_plain(const uint8_t *at, uint8_t *out) { return copy_plain_16(at, out); }
unsigned white(const uint8_t *at) { return white_16(at); }
unsigned headers(const uint8_t *at) { return headers_16(at); }
unsigned looked(const uint16_t *at, uint16_t number) { return look_at_8(at, number); }
#if defined(__SSE2__) || defined(_M_X64)
int together = 1;
#else
int together = 0;
#endif
"""
# What each of them tells apart: ends of ranges, what stands beside them, and what has the top bit.
PLAIN = bytes([0, 31, 32, 35, 36, 37, 63, 64, 65, 90, 91, 92, 95, 96, 97, 122, 123, 126, 127, 128, 196, 255])
OF_HEADERS = bytes([0, 0, 0, 0, 0, 1, 4, 15, 16, 21, 0x80, 0x81, 0xF0, 0xFF])


def built(where: Path, name: str, *flags: str) -> ctypes.CDLL:
    code = re.search(r'cdef extern from \*:\n    """(.*?)"""', SOURCE.read_text("utf-8"), re.DOTALL)
    assert code is not None
    (where / f"{name}.c").write_text(code.group(1) + EXPORTS, "utf-8")
    library = where / f"{name}.so"
    subprocess.run([COMPILER, "-O2", "-shared", "-fPIC", *flags, "-o", library, where / f"{name}.c"], check=True)
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> tuple[ctypes.CDLL, ctypes.CDLL]:
    where = tmp_path_factory.mktemp("sixteen")
    return built(where, "usual"), built(where, "portable", "-U__SSE2__", "-U_M_X64")


def test_the_portable_one_has_no_sse2(both):
    assert ctypes.c_int.in_dll(both[1], "together").value == 0


@pytest.mark.parametrize("name", ["copied_ascii", "copied_plain"])
@pytest.mark.parametrize("octets", [PLAIN, bytes(range(0x80)), b"abc XYZ", bytes(range(0x100))])
def test_copies(both, name, octets):
    chance = random.Random(1)
    for _ in range(5_000):
        text = bytes(chance.choices(octets, k=16))
        outs = ctypes.create_string_buffer(16), ctypes.create_string_buffer(16)
        usual, portable = (getattr(one, name)(text, out) for one, out in zip(both, outs, strict=True))
        assert outs[0].raw == outs[1].raw == text
        odd = b"$@`[\\]^_{|}~\x7f" if name == "copied_plain" else b""
        low = 0x20 if name == "copied_plain" else 0
        assert usual == portable == all(low <= octet < 0x80 and octet not in odd for octet in text)


def test_white(both):
    chance = random.Random(2)
    for _ in range(5_000):
        text = bytes(chance.choices(b"\0\t\n\x1f !a\x7f\x80\xff", k=16))
        wanted = sum((octet <= 0x20) << place for place, octet in enumerate(text))
        assert both[0].white(text) == both[1].white(text) == wanted


def may_begin(at: bytes) -> bool:
    """Tell whether a header may stand here: as the comment beside ``headers_16`` has it."""
    length, command_id, status = (int.from_bytes(at[place : place + 4], "big") for place in (0, 4, 8))
    if not 16 <= length < 1 << 24 or command_id & 0x7FFFFE00 or status > 0xFFFF:
        return False
    return bool(command_id >> 31) or status == 0


def test_headers(both):
    chance, found = random.Random(3), 0
    for _ in range(20_000):
        octets = bytes(chance.choices(OF_HEADERS, k=32))
        wanted = sum(may_begin(octets[place:]) << place for place in range(16))
        assert both[0].headers(octets) == both[1].headers(octets) == wanted
        found += wanted > 0
    assert found > 100


def test_looking_at_eight_numbers(both):
    chance = random.Random(4)
    for _ in range(5_000):
        numbers = chance.choices((0, 1, 2, 0x7FFF, 0x8000, 0x8001, 0xFFFF), k=8)
        number = chance.choice((1, 2, 0x7FFF, 0x8000, 0xFFFF))
        eight = (ctypes.c_uint16 * 8)(*numbers)
        wanted = sum((each == number) << place | (each == 0) << (8 + place) for place, each in enumerate(numbers))
        assert both[0].looked(eight, number) == both[1].looked(eight, number) == wanted
