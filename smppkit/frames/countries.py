"""Countries of phone numbers, by prefix: one look-up for the numbers that begin alike, never one for each row."""

from functools import lru_cache
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from . import arrays

_PREFIX = 8  # digits: enough to tell apart the countries that share a calling code
_NUMBER = "^\\+?[1-9][0-9]{6,14}$"  # ITU-T E.164, with or without the plus
_NOT_GEOGRAPHIC = "001"


def countries(numbers: "arrays.Array | pd.Series[Any]") -> arrays.Array:
    """Return the ISO 3166 code of the country of each international number, absent where there is none to be told.

    Needs the package phonenumbers; without it every country is absent.

    >>> countries(arrays.text([pa.array(["32471123456", "+447700900123", "INFO", None], pa.large_string())])).tolist()
    ['BE', 'GB', nan, nan]
    """
    data = pa.chunked_array([pa.array(numbers, pa.large_string(), from_pandas=True)]).combine_chunks()
    digits = pc.replace_substring(data, "+", "", max_replacements=1)
    prefixes = pc.if_else(pc.match_substring_regex(data, _NUMBER), pc.utf8_slice_codeunits(digits, 0, _PREFIX), None)
    coded = prefixes.dictionary_encode()
    samples = _first(coded.indices, digits, len(coded.dictionary))
    known = pa.array([_country(sample) for sample in samples] + [None], pa.large_string())
    return arrays.text([known.take(pc.fill_null(coded.indices, len(samples)))])


def _first(places: pa.Array, numbers: pa.Array, count: int) -> list[str]:
    """One number of every prefix."""
    table = pa.table({"place": places, "number": numbers}).filter(pc.is_valid(places))
    found = table.group_by("place", use_threads=False).aggregate([("number", "first")]).sort_by("place")
    return list(found["number_first"].to_pylist()) if count else []


@lru_cache(1 << 16)
def _country(digits: str) -> str | None:
    """The country of a number; of one in no known range, the first country with its calling code."""
    try:
        import phonenumbers
    except ImportError:
        return None
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(number)
    if region is None and number.country_code is not None:
        region = phonenumbers.region_code_for_country_code(number.country_code)
    return str(region) if region not in (None, _NOT_GEOGRAPHIC, phonenumbers.UNKNOWN_REGION) else None
