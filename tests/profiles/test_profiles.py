"""Profiles: frozen values, read from TOML with errors that name file and key."""

import copy
import pickle
from pathlib import Path

import pytest

import smppkit as sk
from smppkit._core.decoding import DERIVED_NAMES, EXTRA_NAMES, FIELD_NAMES, HEADER_NAMES
from smppkit.codec.problems import in_cell
from smppkit.frames.columns import DEFAULT, RECORD_NAMES
from smppkit.profiles import find, load
from smppkit.profiles.loader import shipped
from smppkit.profiles.profile import COLUMNS, FIELDS
from smppkit.spec.kinds import Tlv

BILLING = Tlv(0x1400, "billing", "cstring", 1, 10)

WHOLE = """
name = "operator"
description = "an example"
[codings]
0 = "latin1"
0xF5 = "octets"
[[tlvs]]
tag = 0x1400
name = "billing"
kind = "cstring"
least = 1
most = 10
meaning = "a reference"
[[tlvs]]
tag = 0x8081
name = "msc"
repeats = true
[[tlvs]]
tag = 0x1401
name = "stamp"
kind = "int"
"""


def write(tmp_path, text):
    path = tmp_path / "operator.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_file(tmp_path):
    path = write(tmp_path, WHOLE)
    profile = sk.Profile.load(path)
    assert profile == load(str(path)) == find(path) == find(profile)
    assert (profile.name, profile.description) == ("operator", "an example")
    assert dict(profile.codings) == {0: "latin1", 0xF5: "octets"}
    assert [row[:5] for row in profile.tlvs] == [
        (0x1400, "billing", "cstring", 1, 10),
        (0x8081, "msc", "octets", 0, 65535),
        (0x1401, "stamp", "int", 1, 8),
    ]
    assert profile.by_name["msc"].repeats
    assert profile.by_tag[0x1400].meaning == "a reference"


def test_an_empty_file_has_the_name_of_the_file(tmp_path):
    profile = load(write(tmp_path, ""))
    assert profile == sk.Profile("operator")


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_profile(name):
    profile = sk.Profile.load(name)
    assert profile.name == name
    assert profile.description
    assert repr(profile) == f"<Profile {name!r}>"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = ", "no TOML: "),
        ("nme = 'x'", "nme: no such key; did you mean name?"),
        ("zzz = 1", "zzz: no such key; there are name, description, codings, tlvs"),
        ("name = 7", "name: text wanted, not 7"),
        ("codings = 7", "codings: a table wanted, not 7"),
        ("[codings]\nx = 'ucs2'", "codings: x: no data_coding: write a number such as 0 or 0xF5"),
        ("[codings]\nF5 = 'ucs2'", "codings: F5: no data_coding: write hexadecimal as 0xF5"),
        ("[codings]\n256 = 'ucs2'", "codings: data_coding 256 is outside 0 to 255"),
        ("[codings]\n0 = 'utf8'", "codings: data_coding 0: no alphabet 'utf8'; there are octets, gsm7"),
        ("[codings]\n0 = 7", "codings: 0: text wanted, not 7"),
        ("tlvs = 7", "tlvs: a list wanted, not 7"),
        ("tlvs = [7]", "tlvs[0]: a table wanted, not 7"),
        ("[[tlvs]]\nname = 'x'", "tlvs[0]: tag: missing"),
        ("[[tlvs]]\ntag = 0x1400", "tlvs[0]: name: missing"),
        ("[[tlvs]]\ntag = '0x1400'\nname = 'x'", "tlvs[0]: tag: a whole number wanted, not '0x1400'"),
        ("[[tlvs]]\ntag = true\nname = 'x'", "tlvs[0]: tag: a whole number wanted, not True"),
        ("[[tlvs]]\ntag = 0x1400\nname = 'x'\nkind = 'text'", "tlvs[0]: kind: 'text' is none of int, cstring, octets"),
        ("[[tlvs]]\ntag = 0x1400\nname = 'x'\nlength = 3", "tlvs[0]: length: no such key"),
        ("[[tlvs]]\ntag = 0x0424\nname = 'x'", "the tag 0x0424 is the standard's message_payload"),
        ("[[tlvs]]\ntag = 0x14000\nname = 'x'", "the tag 0x14000 is outside 0x0001 to 0xFFFF"),
        ("[[tlvs]]\ntag = 0x1400\nname = 'source_port'", "'source_port' is a name of the standard"),
        ("[[tlvs]]\ntag = 0x1400\nname = 'a b'", "'a b' is no name: letters, digits and _ are"),
        ("[[tlvs]]\ntag = 0x1400\nname = 'x'\nkind = 'int'\nmost = 9", "1 to 9 octets, but 0 to 8 can be held"),
        ("[[tlvs]]\ntag = 0x1400\nname = 'x'\nleast = 9\nmost = 8", "9 to 8 octets"),
        ("[[tlvs]]\ntag = 0x1400\nname = 'x'\n[[tlvs]]\ntag = 0x1400\nname = 'y'", "two TLVs have the same tag"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(tmp_path, text, sentence):
    path = write(tmp_path, text)
    with pytest.raises(sk.ProfileError) as raised:
        sk.Profile.load(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value).removesuffix("\n")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(sk.ProfileError, match="No such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(sk.ProfileError, match="Is a directory"):
        load(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\0")
    with pytest.raises(sk.ProfileError, match="no TOML"):
        load(tmp_path / "binary.toml")
    (tmp_path / "large.toml").write_text("#" * (1 << 21))
    with pytest.raises(sk.ProfileError, match="more than 1,048,576 octets are no profile"):
        load(tmp_path / "large.toml")
    with pytest.raises(sk.ProfileError, match="no profile 'genric': there is generic"):
        load("genric")
    for hostile in ("../generic", "/etc/passwd", "", "a/b", "generic\0"):
        with pytest.raises((sk.ProfileError, ValueError)):
            load(hostile)
    with pytest.raises(TypeError, match="profile= takes a Profile"):
        find(7)


def test_a_profile_is_a_value():
    profile = sk.Profile("p", [BILLING], {0: "latin1"})
    same = sk.Profile("p", (BILLING,), {0: "latin1"})
    assert profile == same
    assert hash(profile) == hash(same)
    assert profile != sk.Profile("p", [BILLING])
    assert profile != "p"
    for copied in (copy.copy(profile), copy.deepcopy(profile), pickle.loads(pickle.dumps(profile))):
        assert copied == profile


def test_a_profile_does_not_change():
    codings = {0: "latin1"}
    profile = sk.Profile("p", [BILLING], codings)
    codings[0] = "ucs2"
    assert profile.codings[0] == "latin1"
    with pytest.raises(AttributeError, match="a profile does not change"):
        profile.name = "q"
    with pytest.raises(AttributeError, match="a profile does not change"):
        del profile.name
    with pytest.raises(TypeError):
        profile.codings[0] = "ucs2"
    with pytest.raises(TypeError):
        profile.by_tag[1] = BILLING


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (BILLING._replace(tag=0), "outside"),
        (BILLING._replace(tag=0x0204), "the standard's user_message_reference"),
        (BILLING._replace(name="SC_interface_version"), "a name of the standard"),
        (BILLING._replace(kind="text"), "kind 'text' is none of"),
        (BILLING._replace(most=70_000), "but 0 to 65535 can be held"),
    ],
)
def test_rows_are_checked(row, words):
    with pytest.raises(sk.ProfileError, match=words):
        sk.Profile("p", [row])


def test_the_shipped_profile_is_shipped():
    assert (Path(sk.__file__).parent / "profiles" / "generic.toml").exists()


@pytest.mark.parametrize("name", ["message_id", "destination_addr", "service_type", "password", "sm_length"])
def test_a_tlv_has_no_name_of_a_field(name):
    with pytest.raises(sk.ProfileError, match=f"TLV 0x1400: '{name}' is a field of the standard: give the TLV a name"):
        sk.Profile("x", tlvs=[Tlv(0x1400, name, "cstring", 1, 20)])


@pytest.mark.parametrize("name", ["text", "problem", "raw", "time", "command", "offset", "receipt_id"])
def test_a_tlv_has_no_name_of_another_column(name):
    with pytest.raises(sk.ProfileError, match=f"TLV 0x1400: '{name}' is a column of frames: give the TLV a name"):
        sk.Profile("x", tlvs=[Tlv(0x1400, name, "cstring", 1, 20)])


def test_every_column_of_frames_is_known():
    known = {*DEFAULT, *RECORD_NAMES, *HEADER_NAMES, *DERIVED_NAMES, *EXTRA_NAMES, "offset"}
    assert known - FIELDS == COLUMNS
    assert set(FIELD_NAMES) == FIELDS


def test_codings_by_other_than_numbers():
    with pytest.raises(sk.ProfileError, match="codings: data_coding '0' is no whole number of 0 to 255, but str"):
        sk.Profile("x", codings={"0": "gsm7"})


def test_problems_of_the_last_of_many_tlvs():
    profile = sk.Profile("x", tlvs=[Tlv(0x1400 + i, f"v{i}", "octets", 1, 1) for i in range(1000)])
    given = [sk.SubmitSm(tlvs=[(0x1400 + i, b"ab")], profile=profile) for i in (0, 199, 255, 999)]
    told = sk.frame(given, ["problem"], profile=profile)["problem"]
    assert told.tolist() == [in_cell(pdu.problems) for pdu in given]
    assert told[3] == "v999: 2 octets, the standard has 1"
