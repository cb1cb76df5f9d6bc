"""Columns of every kind that NumPy, pandas and Arrow have: encoded, or refused by the row and column to blame."""

from array import array
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import smppkit as sk
from smppkit.codec.types import UnsuccessSme
from smppkit.spec.kinds import Tlv

BIG = sk.Profile("x", tlvs=[Tlv(0x1400, "big", "int", 8, 8), Tlv(0x1401, "wide", "int", 2, 8)])
SMALL = sk.Profile("x", tlvs=[Tlv(0x1400, "small", "int", 1, 7)])
LARGE = 1 << 63
NUMBERS = [LARGE, 1, None, 0x1234567, LARGE * 2 - 1]


def pdus(command, columns, **keywords):
    octets, offsets = sk.encode_many(command, columns, **keywords)
    return [sk.decode(octets[begin:end], keywords.get("profile")) for begin, end in pairwise(offsets)]


def refused(command, columns, **keywords):
    with pytest.raises((sk.EncodeError, sk.TableError)) as caught:
        sk.encode_many(command, columns, **keywords)
    return str(caught.value)


def test_frame_of_responses_without_body():
    failed = UnsuccessSme(1, 1, "3247", 11)
    given = [sk.SubmitMultiResp(message_id="7", unsuccess_sme=[failed]), sk.SubmitMultiResp(message_id=None)]
    given.append(sk.SubmitMultiResp(message_id="8"))
    df = sk.frame(given, ["message_id", "unsuccess_sme", "command_status", "sequence_number"])
    assert pdus("submit_multi_resp", df) == given


@pytest.mark.parametrize("missing", [pa.array([[], None]), [[], None], [(), pd.NA], pd.Series([[], float("nan")])])
def test_missing_values_of_list_fields(missing):
    made = pdus("submit_multi_resp", {"message_id": ["7", None], "unsuccess_sme": missing})
    assert made == [sk.SubmitMultiResp(message_id="7"), sk.SubmitMultiResp(message_id=None)]


@pytest.mark.parametrize("tons", [np.array([5.0, 1.0]), [5.0, 1.0], pd.Categorical([5.0, 1.0])])
def test_the_column_to_blame_beside_whole_floats(tons):
    wrong = refused("submit_sm", {"source_addr_ton": tons, "destination_addr": ["1", "x" * 30]})
    assert wrong == "row 1, column destination_addr: 30 octets, at most 20 fit beside the NUL"


def test_whole_floats_of_tlvs_and_headers():
    columns = {"sequence_number": [1.0, 2.0], "source_port": [80.0, 1e6], "source_addr": ["1", "2"]}
    assert "row 1, column source_port: 1000000 is outside 0 to 65535" in refused("submit_sm", columns)
    assert "row 1, column esm_class" in refused("submit_sm", {"esm_class": [5.0, "x"]})


@pytest.mark.parametrize("kind", [">u4", ">i8", ">f8", "<u4"])
def test_order_of_octets_in_arrays(kind):
    numbers = np.array([7, 70000, 255], kind)
    for given in (numbers, numbers[::-1][::-1], pd.Series(numbers)):
        assert [pdu.sequence_number for pdu in pdus("submit_sm", {"sequence_number": given})] == [7, 70000, 255]


def test_sparse_arrays():
    sparse = pd.arrays.SparseArray([0, 0, 4])
    for given in (sparse, pd.Series(sparse)):
        assert [pdu.esm_class for pdu in pdus("submit_sm", {"esm_class": given})] == [0, 0, 4]
    missing = pd.arrays.SparseArray([80.0, np.nan])
    assert [pdu.tlvs.get("source_port") for pdu in pdus("submit_sm", {"source_port": missing})] == [80, None]


def test_two_columns_of_one_name():
    table = pa.table([pa.array(["1"]), pa.array(["2"])], names=["source_addr", "source_addr"])
    assert refused("submit_sm", table) == "two columns are called 'source_addr'"


def test_text_that_is_no_utf8():
    text = pa.array([b"INFO", b"IN\xffFO"]).view(pa.string())
    wrong = refused("submit_sm", {"source_addr": text})
    assert wrong == "row 1, column source_addr: the text is no UTF-8"
    assert refused("submit_sm", {"receipted_message_id": text}).startswith("row 1, column receipted_message_id: ")


@pytest.mark.parametrize("given", [NUMBERS, pa.array(NUMBERS, pa.uint64()), pd.Series(NUMBERS, dtype="UInt64")])
@pytest.mark.parametrize("key", ["big", "wide", 0x1400, 0x1401])
def test_numbers_of_eight_octets(given, key):
    tlvs = [{} if number is None else {key: number} for number in NUMBERS]
    assert pdus("submit_sm", {key: given}, profile=BIG) == [sk.SubmitSm(tlvs=tlv, profile=BIG) for tlv in tlvs]
    every = np.array([LARGE, 3], np.uint64)
    assert [pdu.tlvs[key] for pdu in pdus("submit_sm", {key: every}, profile=BIG)] == [LARGE, 3]


def test_numbers_that_do_not_fit():
    numbers = np.array([1, LARGE], np.uint64)
    fields = {"esm_class": 255, "sequence_number": 0xFFFFFFFF, "source_port": 65535}
    for name, most in fields.items():
        assert f"row 1, column {name}: {LARGE} is outside 0 to {most}" in refused("submit_sm", {name: numbers})
    assert "row 1, column small: 9223372036854775808" in refused("submit_sm", {"small": numbers}, profile=SMALL)
    assert "row 1, column big: -1" in refused("submit_sm", {"big": [LARGE, -1]}, profile=BIG)


@pytest.mark.parametrize("column", [{"big": [1, LARGE * 2]}, {"small": [1, LARGE]}, {"sequence_number": [1, None]}])
def test_the_first_bad_row_is_to_blame_whichever_column_is_looked_at_first(column):
    profile = sk.Profile("x", tlvs=[*BIG.tlvs, SMALL.tlvs[0]._replace(tag=0x1402)])
    wrong = refused("submit_sm", {"source_addr": ["x" * 30, "1"], **column}, profile=profile)
    assert wrong == "row 0, column source_addr: 30 octets, at most 20 fit beside the NUL"
    assert refused("submit_sm", {"source_addr": ["x", "1"], **column}, profile=profile).startswith("row 1, column ")


def test_the_first_bad_row_is_to_blame_beside_lists():
    lists = [[{"destination_addr": "1"}], [{"destination_addr": "x" * 30}]]
    wrong = refused("submit_multi", {"dest_address": lists, "source_addr": ["x" * 30, "1"]})
    assert wrong == "row 0, column source_addr: 30 octets, at most 20 fit beside the NUL"
    assert refused("submit_multi", {"dest_address": lists}).startswith(
        "row 1, column dest_address[0].destination_addr: "
    )


def test_octets_of_wider_items():
    wide = memoryview(array("H", [1]))
    assert refused("submit_sm", {"short_message": [wide]}) == (
        "row 0, column short_message: octets (bytes) wanted, not memoryview"
    )
    thin = memoryview(b"abcd")[::2]
    assert pdus("submit_sm", {"short_message": [thin]})[0].short_message == b"ac"


def test_an_error_of_a_row_has_the_offset_within_its_pdu():
    with pytest.raises(sk.EncodeError, match="row 1, column esm_class: 300 is outside") as caught:
        pdus("submit_sm", {"source_addr": ["INFO", "32471"], "esm_class": [0, 300]})
    assert (caught.value.field, caught.value.offset, caught.value.command_status) == ("esm_class", 23 + 5, 0x43)
