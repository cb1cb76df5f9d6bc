"""What a user can reach from ``import smppkit as sk``: all of it named, nothing else, each explained by an example."""

import inspect
import re
from collections.abc import Iterator

import pytest

import smppkit as sk
from smppkit.spec import commands

# Names of the public face that are built; a name of this list that vanishes breaks somebody's notebook.
CONTRACT = {
    "__version__",
    *("decode", "scan", "frame", "encode_many", "Pdu"),
    *(commands.class_name(row.name) for row in commands.ROWS),
    *("gsm7", "plan", "parse_receipt", "parse_receipts"),
    *("read", "match", "save", "Log"),
    *("Smsc", "connect", "demo", "panel", "Esme", "Message", "Run"),
    *("BindRejected", "ConnectFailed", "ConnectionLost", "ResponseTimeout", "SessionClosed", "SessionError"),
    *("SmppError", "PduError", "EncodeError", "DecodeError", "FramingError", "TextError", "CaptureError", "TableError"),
}
ON_A_PDU = {"command_id", "command_status", "sequence_number", "tlvs", "raw_tlvs", "problems", "field_names"}
ON_A_PDU |= {"encode", "replace", "explain", "diff"}
ON_A_LOG = {"messages", "parts", "receipts", "inbox", "events", "pdus", "frames", "to_parquet", "to_pcapng"}
PLAIN = (int, float, str, bytes, tuple, frozenset, dict, type(None))


def public() -> dict[str, object]:
    """Return every public name and its object."""
    return {name: getattr(sk, name) for name in sk.__all__ if not name.startswith("__")}


def members() -> Iterator[tuple[str, object]]:
    """Yield every public method and property of our own that hangs on a public name."""
    for name, thing in public().items():
        kind = thing if inspect.isclass(thing) else type(thing)
        if not kind.__module__.startswith("smppkit"):
            continue
        for owner in kind.__mro__:
            if owner.__module__.startswith("smppkit"):
                for attribute, member in vars(owner).items():
                    if not attribute.startswith("_") and not isinstance(member, PLAIN):
                        yield f"{name}.{attribute}", member


def bare(member: object) -> object:
    """Return the function inside a static or class method."""
    return getattr(member, "__func__", member)


def test_all_equals_what_is_visible():
    assert sorted(sk.__all__) == sk.__all__
    assert len(set(sk.__all__)) == len(sk.__all__)
    assert dir(sk) == sk.__all__


def test_star_import_brings_exactly_all():
    namespace: dict[str, object] = {}
    exec("from smppkit import *", namespace)
    assert set(namespace) - {"__builtins__"} == set(sk.__all__)


def test_the_contract_is_kept():
    assert not CONTRACT - set(sk.__all__)


def test_unknown_name_is_one_clear_sentence():
    with pytest.raises(AttributeError, match="smppkit has no 'decoed'"):
        _ = sk.decoed


def test_pdu_has_what_the_contract_says():
    assert not ON_A_PDU - set(dir(sk.SubmitSm))
    assert sk.SubmitSm.field_names == tuple(field.name for field in commands.BY_NAME["submit_sm"].fields)


def test_log_has_what_the_contract_says():
    assert not ON_A_LOG - set(dir(sk.Log))


@pytest.mark.parametrize("name", sorted(set(sk.__all__) - {"__version__"}))
def test_every_public_name_has_a_docstring_with_an_example(name):
    text = inspect.getdoc(getattr(sk, name)) or ""
    assert text, f"{name} has no docstring"
    assert ">>>" in text, f"{name} shows no example"


def test_every_public_method_has_a_docstring_with_an_example():
    lacking = set()
    for name, member in members():
        if inspect.ismemberdescriptor(member):  # a plain field of a record: its class explains it
            owner, _, field = name.partition(".")
            if not re.search(rf"\b{field}\b", inspect.getdoc(public()[owner]) or ""):
                lacking.add(name)
            continue
        text = inspect.getdoc(bare(member)) or ""
        example = ">>>" in text or not (inspect.isroutine(bare(member)) or inspect.isclass(member))
        if not text or not example:
            lacking.add(name)
    assert not lacking, f"no docstring, or none with an example: {sorted(lacking)}"


def test_the_walk_over_members_sees_them():
    names = {name for name, _ in members()}
    assert {"SubmitSm.encode", "SubmitSm.tlvs", "Log.messages", "gsm7.encode"} <= names
