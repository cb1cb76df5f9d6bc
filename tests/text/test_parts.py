"""Splitting and joining: every part fits, reads alone, and the parts give the text again, in as few as can be."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit._core import measure as core
from smppkit.errors import TextError
from smppkit.text.clusters import joins
from smppkit.text.coding import decode_text
from smppkit.text.headers import Element, ports, read_header
from smppkit.text.parts import Part, join, split, split_octets
from smppkit.text.ways import capacity, header_octets, ways
from tests.text import reference

SEGMENTATION = reference.load("segmentation.jsonl")
valid_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
mixed_text = st.text(st.sampled_from("aé€{@\r\n ÄΩşığ’ЖजЙ😀\u0301\u200d👩🔬🇧🇪ि्न\ufe0f🏽한"), max_size=500)


@pytest.mark.parametrize("row", SEGMENTATION, ids=lambda row: row["id"])
def test_segmentation_vectors(row):
    parts = split(row["text"], reference_bits=row["reference_bits"])
    assert [part.units for part in parts] == row["units_per_part"]
    assert [len(part.text) for part in parts] == row["chars_per_part"]
    assert {part.data_coding for part in parts} == {0 if row["encoding"] == "gsm7" else 8}


def check(text, parts):
    """Every part fits 140 octets on the air and reads alone, and together they are the text."""
    for part in parts:
        header = read_header(part.short_message) if part.esm_class & 0x40 else None
        length = header.length if header else 0
        if part.data_coding == 0:
            assert len(part.short_message) == length + part.units
            assert 8 * length + -8 * length % 7 + 7 * part.units <= 1120
        else:
            assert len(part.short_message) == length + 2 * part.units <= 140
        assert decode_text(part.short_message, part.data_coding, part.esm_class).text == part.text
    joined = join(reversed(parts))
    assert joined.complete
    assert joined.content == text


@given(valid_text | mixed_text, st.sampled_from(["udh8", "udh16", "sar"]), st.sampled_from(["default", "all", "ucs2"]))
def test_any_text(text, long, alphabets):
    parts = split(text, reference=77, long=long, alphabets=alphabets)
    if any(part.text.startswith(("\ufeff", "\ufffe")) for part in parts):
        return  # read as a byte order mark, which is no text
    check(text, parts)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    for part in parts:
        header = read_header(part.short_message) if part.esm_class else None
        if len(parts) == 1:
            assert not part.tlvs
            assert header is None or header.width == 0
        elif long == "sar":
            assert dict(part.tlvs) == {
                "sar_msg_ref_num": 77,
                "sar_total_segments": len(parts),
                "sar_segment_seqnum": part.number,
            }
        else:
            assert (header.width, header.reference) == (8 if long == "udh8" else 16, 77)
            assert (header.total, header.number) == (len(parts), part.number)


@given(st.text(st.sampled_from("abc@\r€{é"), max_size=500))
def test_packed(text):
    """Packed septets read back without a count, but for a last @ or CR that may be filler."""
    parts = split(text, codings={0: "gsm7-packed"}, reference=3)
    for part in parts:
        assert len(part.short_message) <= 140
        found = decode_text(part.short_message, 0, part.esm_class, {0: "gsm7-packed"}).text
        if part.number < part.total:
            assert found == part.text
        else:
            assert part.text in (found, found + "@", found + "\r")
    assert join(parts).content == text


def test_packed_part_never_ends_in_what_looks_like_filler():
    text = "a" * 152 + "@" + "b" * 20
    assert [part.text for part in split(text)] == ["a" * 152 + "@", "b" * 20]
    parts = split(text, codings={0: "gsm7-packed"})
    assert [part.text for part in parts] == ["a" * 152, "@" + "b" * 20]
    assert len(parts[0].short_message) == 140
    assert decode_text(parts[0].short_message, 0, 0x40, {0: "gsm7-packed"}).text == "a" * 152


def small_way(alphabet, whole, part):
    return (alphabet, 0, 0, True, whole, part, 0)


@pytest.mark.parametrize("room", [2, 3, 4, 5])
def test_as_few_parts_as_brute_force_finds(room):
    """Every text of up to 8 characters of one or two units, both alphabets: greedy is never beaten."""
    for alphabet, characters in ((1, "a€"), (5, "Ж😀")):
        way = small_way(alphabet, room, room)
        for length in range(9):
            for letters in itertools.product(characters, repeat=length):
                text = "".join(letters)
                costs = tuple(2 if letter in "€😀" else 1 for letter in letters)
                index, units, parts = core.choose(text, (way,))
                assert (index, units, parts) == (0, sum(costs), reference.fewest_parts(costs, room))


@settings(max_examples=60)
@given(st.text(st.sampled_from("aé€"), min_size=155, max_size=620), st.sampled_from([8, 16]))
def test_real_sizes_take_as_few_parts_as_can_be(text, bits):
    parts = split(text, reference_bits=bits)
    costs = [2 if letter == "€" else 1 for letter in text]
    assert len(parts) == (1 if sum(costs) <= 160 else len(greedy(costs, 153 if bits == 8 else 152)))


def greedy(costs, room):
    runs = [0]
    for cost in costs:
        if runs[-1] + cost > room:
            runs.append(0)
        runs[-1] += cost
    return runs


@settings(max_examples=60)
@given(mixed_text)
def test_clusters_stay_whole_where_that_costs_no_part(text):
    parts = split(text, encoding="ucs2")
    index, _, fewest = core.choose(text, ways(("ucs2",), 8))
    assert index == 0
    assert len(parts) == fewest


def test_clusters_stay_whole():
    family = "👩\u200d👩\u200d👧\u200d👦"
    for text, whole in (
        ("Ж" * 66 + "e\u0301" + "Ж" * 9, "Ж" * 66),
        ("Ж" * 60 + family + "Ж" * 9, "Ж" * 60),
        ("Ж" * 65 + "🇧🇪" + "Ж" * 9, "Ж" * 65),
        ("Ж" * 64 + "👍🏽" + "Ж" * 9, "Ж" * 64),
    ):
        parts = split(text)
        assert parts[0].text == whole
        assert join(parts).content == text


def test_clusters_are_cut_rather_than_cost_a_part():
    text = "Ж" * 66 + "e\u0301" + "Ж" * 66
    assert [part.units for part in split(text)] == [67, 67]
    assert [part.units for part in split("e" + "\u0301" * 200)] == [67, 67, 67]


def test_flags_pair_from_the_first():
    text = "🇧🇪🇳🇱"
    assert [joins(text, place) for place in range(5)] == [False, True, False, True, False]


def test_capacities_of_the_table():
    for header, septets, octets, units in (
        (0, 160, 140, 70),
        (6, 153, 134, 67),
        (7, 152, 133, 66),
        (12, 146, 128, 64),
        (4, 155, 136, 68),
    ):
        assert [capacity(name, header) for name in ("gsm7", "latin1", "ucs2")] == [septets, octets, units]
    assert [header_octets(*sizes) for sizes in ((8,), (16,), (0, 1), (0, 2), (8, 1), (8, 2), (8, 0, 6))] == [
        6, 7, 4, 7, 9, 12, 12,
    ]  # fmt: skip


def test_at_most_255_parts():
    assert len(split("a" * 39_015)) == 255
    assert len(split("a" * 38_760, reference_bits=16)) == 255
    for text, bits in (("a" * 39_016, 8), ("a" * 38_761, 16), ("Ж" * 17_086, 8)):
        with pytest.raises(TextError, match=r"takes 25\d parts, but at most 255"):
            split(text, reference_bits=bits)
    with pytest.raises(TextError, match="at most 255"):
        split("a" * 39_016, long="payload")


def test_packed_back_off_counts_its_parts():
    text = ("a" * 152 + "@") * 255
    with pytest.raises(TextError, match="takes 256 parts"):
        split(text, codings={0: "gsm7-packed"})


def test_hostile_texts_end_soon():
    with pytest.raises(TextError):
        split("\u0301" * 1_000_000)
    assert len(split("🏽" * 8000)) == len(split("🇧" * 8000)) == 243
    assert len(split("\u0301" * 17_000)) == 254


def test_payload():
    (part,) = split("Ж" * 500, long="payload")
    assert part.short_message == b""
    assert dict(part.tlvs) == {"message_payload": ("Ж" * 500).encode("utf-16-be")}
    assert (part.esm_class, part.data_coding, part.total) == (0, 8, 1)
    (short,) = split("Ж", long="payload")
    assert (short.short_message, short.tlvs) == (b"\x04\x16", ())
    (turkish,) = split("ş" * 200, long="payload", alphabets=("default", "turkish"))
    payload = dict(turkish.tlvs)["message_payload"]
    assert payload[:4].hex() == "03250101"
    assert turkish.esm_class == 0x40


def test_national_headers():
    parts = split("ş" * 160, alphabets=("default", "turkish"), reference=0xCC)
    assert [part.units for part in parts] == [149, 11]
    assert parts[0].short_message[:9].hex() == "080003cc0201250101"
    (spanish,) = split("Á", alphabets=("default", "spanish"))
    assert spanish.short_message.hex() == "032401021b41"


def test_forced_encodings():
    assert split("abc", encoding="ucs2")[0].short_message == b"\0a\0b\0c"
    latin = split("é" * 150, encoding="latin1")
    assert [(part.units, part.data_coding) for part in latin] == [(134, 3), (16, 3)]
    with pytest.raises(TextError, match=r"'☃' \(position 1\) is not in the GSM 7-bit alphabet"):
        split("a☃", encoding="gsm7")
    with pytest.raises(TextError, match="not in UCS-2"):
        split("a\udc00")


def test_account_codings():
    assert split("a", codings={0: "latin1", 0xF1: "gsm7"})[0].data_coding == 0xF1
    with pytest.raises(TextError, match="no data_coding of this account"):
        split("a", codings={0: "latin1"})


def test_elements_travel_in_every_part():
    for part in split("a" * 200, elements=[ports(2948, 9200)]):
        header = read_header(part.short_message)
        assert (header.destination_port, header.source_port, header.total) == (2948, 9200, 2)
        assert part.units <= 146
    with pytest.raises(ValueError, match="leave no room"):
        split("a", elements=[Element(1, bytes(137))])


@given(st.binary(max_size=600), st.sampled_from(["udh8", "udh16", "sar", "payload"]), st.booleans())
def test_binary(octets, long, addressed):
    elements = [ports(2948, 9200)] if addressed else []
    parts = split_octets(octets, long=long, elements=elements, reference=9)
    assert all(len(part.short_message) <= 140 for part in parts)
    assert all(part.data_coding == 4 and bool(part.esm_class) == bool(addressed or read_width(part)) for part in parts)
    if long == "payload" and len(parts[0].tlvs):
        payload = dict(parts[0].tlvs)["message_payload"]
        assert payload[read_header(payload).length if addressed else 0 :] == octets
    assert join(parts) == (octets, len(parts), ())


@pytest.mark.parametrize("elements", [[], [ports(1, 2)]], ids=["bare", "ports"])
@pytest.mark.parametrize("length", [0, 20, 200, 60_000])
def test_what_travels_as_message_payload_is_joined(length, elements):
    parts = split_octets(b"x" * length, long="payload", elements=elements)
    assert join(parts) == (b"x" * length, 1, ())
    for text in (letter * min(length, 5000) for letter in "xéЖ"):
        assert join(split(text, long="payload", elements=elements)) == (text, 1, ())


def test_a_part_without_the_header_that_it_announces():
    part = split_octets(b"x", elements=[ports(1, 2)])[0]._replace(short_message=b"")
    assert join([part]).content == b""


def read_width(part):
    return part.total > 1 and not part.tlvs


def test_binary_refusals():
    with pytest.raises(TextError, match="at most 255"):
        split_octets(bytes(134 * 255 + 1))
    with pytest.raises(TextError, match="70000 octets to send"):
        split_octets(bytes(70_000), long="payload")
    with pytest.raises(ValueError, match="leave no room"):
        split_octets(bytes(200), elements=[Element(1, bytes(132))])


@pytest.mark.parametrize(
    ("keywords", "match"),
    [
        ({"long": "pigeon"}, "long is 'pigeon'"),
        ({"reference_bits": 12}, "reference_bits is 12"),
        ({"alphabets": ("klingon",)}, "no alphabet 'klingon' to plan with: there are all, default, turkish"),
        ({"reference": 256}, "reference 256 of 8 bits"),
        ({"reference": 65_536, "long": "sar"}, "no sar_msg_ref_num: 65536"),
    ],
)
def test_bad_arguments_are_named(keywords, match):
    with pytest.raises(ValueError, match=match):
        split("a" * 200, **keywords)


def test_join_takes_any_order_and_the_first_copy():
    rows = [(5, 3, 2, "b"), (5, 3, 1, "a"), (5, 3, 2, "B"), (5, 3, 3, "c")]
    for order in itertools.permutations(rows):
        found = join(order)
        assert found.complete
        assert found.content.lower() == "abc"
        assert found.content[1] == next(row[3] for row in order if row[2] == 2)


def test_join_says_what_is_missing():
    found = join([(5, 4, 4, b"d"), (5, 4, 2, b"b")])
    assert (found.content, found.total, found.missing, found.complete) == (b"bd", 4, (1, 3), False)


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([], "0 parts of 0 messages"),
        ([(1, 2, 1, "a"), (2, 2, 2, "b")], "2 parts of 2 messages"),
        ([(1, 2, 3, "a")], "part 3 of 2"),
        ([(1, 2, 0, "a")], "part 0 of 2"),
        ([(1, 2, 1, "a"), (1, 2, 2, b"b")], "some parts are text and some octets"),
    ],
)
def test_join_refuses(rows, match):
    with pytest.raises(TextError, match=match):
        join(rows)


def test_cut_surrogates_of_other_senders_join_before_decoding():
    octets = "Ж😀".encode("utf-16-be")
    joined = join([(1, 2, 1, octets[:4]), (1, 2, 2, octets[4:])])
    assert decode_text(joined.content, 8).text == "Ж😀"


def test_a_part_is_a_row():
    part = split("Hi")[0]
    assert part == Part("Hi", 2, b"Hi", 0, 0, (), 0, 1, 1)
    assert hash(part)
