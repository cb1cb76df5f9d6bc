"""Entries of list fields: as tuples, as mappings, as the cells of our own tables, and wrong ones by what is wrong."""

import pytest

import smppkit as sk
from smppkit.codec.types import DistributionList, SmeAddress

SENT = sk.SubmitMulti(dest_address=[SmeAddress(1, 1, "3247"), DistributionList("friends"), SmeAddress()])
NAMES = ["sequence_number", "source_addr", "dest_address"]


def test_cells_of_our_own_frame():
    df = sk.frame([SENT, SENT.replace(dest_address=SENT.dest_address[:1])], NAMES)
    octets, offsets = sk.encode_many("submit_multi", df)
    assert sk.decode(octets[: offsets[1]]) == SENT
    for cell in (df["dest_address"][0], list(df["dest_address"][0])):
        assert sk.SubmitMulti(dest_address=cell) == SENT


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ({"destination_adr": "1"}, "no field 'destination_adr'; did you mean destination_addr?"),
        ({"x": "1"}, "no field 'x'; there are dest_addr_ton, dest_addr_npi, destination_addr, dest_flag, dl_name"),
        (
            {"dl_name": "a", "destination_addr": "1"},
            "dl_name and destination_addr: an entry is a distribution list or a number, not both",
        ),
        (
            {"dest_flag": 2, "destination_addr": "1"},
            "dest_flag is 2, but a number has 1 and a distribution list 2",
        ),
        (SmeAddress(dest_flag=7), "dest_flag is 7, but a number has 1 and a distribution list 2"),
        (7, "SmeAddress, DistributionList or a mapping of their fields wanted, not int"),
    ],
)
def test_wrong_destinations(entry, wrong):
    with pytest.raises(sk.EncodeError) as caught:
        sk.SubmitMulti(dest_address=[SmeAddress(), entry])
    assert str(caught.value) == f"dest_address[1]: {wrong}"


@pytest.mark.parametrize("entry", [{"destination_addr": None}, {"dl_name": None}, {"dl_name": None, "dest_flag": 2}])
def test_a_missing_address_is_no_empty_one(entry):
    with pytest.raises(sk.EncodeError, match="a str wanted, not NoneType"):
        sk.SubmitMulti(dest_address=[entry])


def test_wrong_failures():
    with pytest.raises(sk.EncodeError) as caught:
        sk.SubmitMultiResp(message_id="1", unsuccess_sme=[{"error_status": 1}])
    assert str(caught.value) == "unsuccess_sme[0]: no field 'error_status'; did you mean error_status_code?"
    with pytest.raises(sk.EncodeError, match=r"\[0\]: UnsuccessSme or a mapping of its fields wanted, not int"):
        sk.SubmitMultiResp(message_id="1", unsuccess_sme=[1])
