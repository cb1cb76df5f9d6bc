"""An independent second implementation for the tests: bits as lists, cuts by brute force. Slow and plain on purpose."""

import json
from functools import cache
from pathlib import Path

VECTORS = Path(__file__).parents[1] / "vectors"


def load(name):
    """Return the rows of a file of vectors."""
    with (VECTORS / name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def pack(septets, fill_bits=0):
    """Septet i occupies bits 7i to 7i+6 of a string of bits, low bit first, after the fill bits."""
    bits = [0] * fill_bits + [septet >> bit & 1 for septet in septets for bit in range(7)]
    bits += [0] * (-len(bits) % 8)
    return bytes(sum(bit << place for place, bit in enumerate(bits[at : at + 8])) for at in range(0, len(bits), 8))


def unpack(octets, count, fill_bits=0):
    """Return ``count`` septets."""
    bits = [octet >> bit & 1 for octet in octets for bit in range(8)][fill_bits:]
    return bytes(sum(bit << place for place, bit in enumerate(bits[7 * at : 7 * at + 7])) for at in range(count))


def fewest_parts(costs, room):
    """Return the least number of runs of ``costs`` of at most ``room`` each, trying every cut."""

    @cache
    def least(start):
        if start == len(costs):
            return 0
        best, taken = len(costs) + 1, 0
        for end in range(start, len(costs)):
            taken += costs[end]
            if taken > room:
                break
            best = min(best, 1 + least(end + 1))
        return best

    return max(1, least(0))


def elements(header):
    """Return [(identifier, data)] of a whole header, ``None`` when it does not add up."""
    if not header or header[0] + 1 != len(header):
        return None
    found, rest = [], header[1:]
    while rest:
        if len(rest) < 2 or len(rest) < 2 + rest[1]:
            return None
        found.append((rest[0], rest[2 : 2 + rest[1]]))
        rest = rest[2 + rest[1] :]
    return found
