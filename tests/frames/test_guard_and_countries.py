"""The quote before formulas, over every short text; and countries, told by prefixes."""

import itertools
import sys

import pyarrow as pa

from smppkit.frames import countries
from smppkit.frames.guard import guard_name, guarded, unguard_name, unguarded

LETTERS = ["'", "=", "+", "-", "@", "\t", "\r", "\n", "\0", "1", "a", "＝", " "]


def large(texts):
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def test_every_short_text_comes_back_and_none_is_a_formula():
    texts = ["".join(letters) for size in range(5) for letters in itertools.product(LETTERS, repeat=size)]
    texts += ["+123", "123", "+12", "123\n", "+" + "1" * 21, "'+123", "''+123", "+123a"]
    safe = guarded(large(texts)).to_pylist()
    assert unguarded(large(safe)).to_pylist() == texts
    assert [guard_name(text) for text in texts] == safe
    assert [unguard_name(text) for text in safe] == texts
    risky = [text for text in safe if text[:1] in "=+-@\t\r\n\0＝" and text]
    assert set(risky) == {"+111", "+123"}  # numbers in international form


def test_countries_by_prefix():
    numbers = [
        "32471123456",
        "+447700900123",
        "+447624000000",
        "14165551234",
        "+12125551234",
        "77011234567",
        "79161234567",
    ]
    found = countries.countries(
        pa.array([*numbers, "INFO", "", None, "0471123456", "12345", "+999123456789", "8835100000000"])
    )
    assert found.tolist()[:7] == ["BE", "GB", "IM", "CA", "US", "KZ", "RU"]
    assert found.isna().tolist() == [False] * 7 + [True] * 7
    assert found.dtype == "str"
    assert len(countries.countries(pa.array([], pa.string()))) == 0


def test_one_look_up_for_numbers_that_begin_alike(monkeypatch):
    asked = []
    monkeypatch.setattr(countries, "_country", lambda digits: asked.append(digits) or "BE")
    found = countries.countries(pa.array([f"3247112{number:04d}" for number in range(5000)]))
    assert len(found) == 5000
    assert set(found) == {"BE"}
    assert len(asked) <= 5


def test_without_the_package_countries_are_absent(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    countries._country.cache_clear()
    assert countries.countries(pa.array(["32471123456"])).isna().all()
    countries._country.cache_clear()
