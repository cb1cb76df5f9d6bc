"""The alphabets against the spec tables, cell by cell."""

from smppkit.spec.alphabets import DISPUTED, ESCAPE, LANGUAGES
from tests.spec.tables import rows


def cells(name):
    """Return {(language, table): {septet: code point}} of one spec table."""
    found = {}
    for row in rows(name):
        if row["codepoint"]:
            kind = {"default": "locking", "extension": "single"}.get(row["table"], row["table"])
            table = found.setdefault((row.get("language", "default"), kind), {})
            table[int(row["septet"], 16)] = int(row["codepoint"].removeprefix("U+"), 16)
    return found


def test_every_cell():
    expected = cells("gsm0338.csv") | cells("national_shift.csv")
    ours = {
        (row.name, kind): {septet: code for septet, code in enumerate(table) if code}
        for row in LANGUAGES
        for kind, table in (("locking", row.locking), ("single", row.single))
        if table
    }
    assert ours == expected


def test_languages_are_those_of_the_table():
    names = {int(row["language_id"]): row["language"] for row in rows("national_shift.csv")}
    assert {row.identifier: row.name for row in LANGUAGES} == {0: "default"} | names
    assert [row.identifier for row in LANGUAGES] == list(range(14))


def test_tables_are_whole_and_the_escape_is_no_character():
    for row in LANGUAGES:
        for table in filter(None, (row.locking, row.single)):
            assert len(table) == 128
            assert table[ESCAPE] == 0
            assert all(0 <= code < 0x10000 and not 0xD800 <= code < 0xE000 for code in table)


def test_disputed_cells_are_in_the_tables():
    noted = {
        (row["language"], int(row["septet"], 16)) for row in rows("national_shift.csv") if "do not rely" in row["note"]
    }
    assert noted == {(name, septet) for name, septets in DISPUTED.items() for septet in septets}
