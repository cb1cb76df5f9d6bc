"""What an account is told: every form it can be given in, every way it can be wrong, and no password in any of it."""

import dataclasses
import traceback

import numpy as np
import pytest

import smppkit as sk
from smppkit.errors import ConnectFailed, ProfileError
from smppkit.esme.settings import Options
from smppkit.esme.url import parts
from smppkit.protocol.discreet import discreet
from smppkit.smsc.url import Url

CANARY = "Pf3-canary"


def test_shortest_call_needs_nothing_more():
    options = Options.of(host="192.0.2.1", port=2776, system_id="demo", password="secret")
    assert (options.host, options.port, options.bind, options.version) == ("192.0.2.1", 2776, "transceiver", "3.4")
    assert Options.of("smpp://demo:secret@192.0.2.1:2776") == options


def test_url_with_everything():
    options = Options.of(
        "SMPP://de%2Fmo:a%40b%3A@smsc.example.org:2776/?bind=receiver&system_type=NSMS&address_range=%5E32&version=5.0"
        "&sender=+3247&window=7&rate=12.5&enquire_link=0&response_timeout=5&inactivity=60&rebind=no&timeout=3"
        "&addr_ton=1&addr_npi=1&profile=generic&long_password=false"
    )
    assert dataclasses.asdict(options) | {"profile": options.profile.name} == {
        **{"host": "smsc.example.org", "port": 2776, "system_id": "de/mo", "password": "a@b:", "bind": "receiver"},
        **{"system_type": "NSMS", "address_range": "^32", "version": "5.0", "sender": "+3247", "window": 7},
        **{"rate": 12.5, "enquire_link": 0.0, "response_timeout": 5.0, "inactivity": 60.0, "rebind": False},
        **{"timeout": 3.0, "addr_ton": 1, "addr_npi": 1, "profile": "generic", "long_password": False},
    }


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("smpp://[::1]", "::1", 2775),
        ("smpp://[2001:db8::7]:99", "2001:db8::7", 99),
        ("smpp://a:b@[fe80::1%25eth0]:2775", "fe80::1%eth0", 2775),
        ("smpp://host:", "host", 2775),
        ("  smpp://host/  ", "host", 2775),
        ("smpp://:@host", "host", 2775),
    ],
)
def test_hosts_and_ports_of_urls(url, host, port):
    options = Options.of(url)
    assert (options.host, options.port) == (host, port)


def test_percent_escapes_are_utf8_or_else_single_octets():
    assert Options.of("smpp://a:%C3%BC@h").password == "ü"
    assert Options.of("smpp://a:%FC@h").password == "ü"


def test_keywords_go_before_the_url_and_none_is_not_given():
    options = Options.of("smpp://a:b@h:1?window=3&rate=4", window=9, rate=None, system_id="c", port=None)
    assert (options.window, options.rate, options.system_id, options.password, options.port) == (9, 4.0, "c", "b", 1)
    assert Options.of("smpp://h?rate=4", rate=0).rate is None


def test_the_url_of_the_simulator_is_taken_as_it_is():
    assert Options.of(Url.of("demo", "a secr:t", "::1", 2775)).password == "a secr:t"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://demo:{}@h", ["http:// is no SMPP", "smpp://system_id:password@host:port"]),
        ("smpps://demo:{}@h", ["TLS", "does not speak yet", "tunnel"]),
        ("demo:{}@h:2775", ["does not begin with smpp://", "host="]),
        ("127.0.0.1:2775", ["does not begin with smpp://"]),
        ("", ["does not begin with smpp://"]),
        ("smpp://demo:{}@:2775", ["names no host"]),
        ("smpp://", ["names no host"]),
        ("smpp://demo:{}@h:0", ["port", "1 to 65,535"]),
        ("smpp://demo:{}@h:65536", ["port", "1 to 65,535"]),
        ("smpp://demo:{}@h:27x5", ["port", "1 to 65,535"]),
        ("smpp://demo:{}", ["is no port", "smpp://system_id:password@host:port"]),  # the host was forgotten
        ("smpp://demo:{}@::1", ["colon", "brackets"]),
        ("smpp://demo:{}@[::1", ["brackets"]),
        ("smpp://demo:{}@[::1]2775", ["brackets"]),
        ("smpp://demo:x/{}@h", ["%2F"]),
        ("smpp://demo:x?{}@h", ["%3F"]),
        ("smpp://demo:x?a={}@h", ["%3F"]),
        ("smpp://demo:x#{}@h", ["%23"]),
        ("smpp://demo:x@y/{}@h", ["%2F"]),
        ("smpp://demo:{}%zz@h", ["password", "%25"]),
        ("smpp://demo:{}@h/path", ["path"]),
        ("smpp://demo:{}@h?window", ["name=value"]),
        ("smpp://demo:{}@h?window=1&window=2", ["window twice"]),
        ("smpp://demo:{}@h?system_id=other", ["system_id twice"]),
        ("smpp://demo:{}@h?window=many", ["window", "whole number"]),
        ("smpp://demo:{}@h?window=0", ["window", "1 to 1,000,000"]),
        ("smpp://demo:{}@h?rate=fast", ["rate", "number"]),
        ("smpp://demo:{}@h?timeout=nan", ["timeout", "seconds, 0 for off"]),
        ("smpp://demo:{}@h?timeout=-1", ["timeout", "seconds, 0 for off"]),
        ("smpp://demo:{}@h?rebind=perhaps", ["rebind", "true or false"]),
        ("smpp://demo:{}@h?bind=both", ["bind", "transceiver, transmitter or receiver"]),
        ("smpp://demo:{}@h?version=3.5", ["version", "3.3, 3.4, 5.0"]),
        ("smpp://demo:{}@h?windw=3", ["'windw'", "window"]),
        ("smpp://demo:{}@h?reciever=1", ["'reciever'"]),
        ("smpp://demo:{}@h?tls=1", ["'tls'", "TLS"]),
        ("smpp://demo:{0}@h?bind={0}", ["bind"]),
        ("smpp://demo:{0}@h?window={0}", ["window"]),
        ("smpp://demo:{0}@h?{0}", ["name=value"]),
    ],
)
def test_what_is_wrong_with_a_url_is_one_sentence_without_the_password(url, words):
    with pytest.raises(ValueError) as caught:
        Options.of(url.format(CANARY), long_password=True)
    sentence = str(caught.value)
    assert all(word in sentence for word in words), sentence
    assert "\n" not in sentence
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert CANARY not in shown.replace(repr(url), "")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ["no host is given", "smpp://"]),
        ({"host": ""}, ["no host is given"]),
        ({"host": 7}, ["host", "name or the address"]),
        ({"host": "smpp://demo:x@h"}, ["host", "URL goes first"]),
        ({"host": "h:2775"}, ["host", "port="]),
        ({"host": "h h"}, ["host"]),
        ({"host": "h", "port": "2775"}, ["port", "whole number", "65,535"]),
        ({"host": "h", "port": 0}, ["port"]),
        ({"host": "h", "port": True}, ["port"]),
        ({"host": "h", "window": 2.5}, ["window", "whole number"]),
        ({"host": "h", "rate": -1}, ["rate", "parts a second"]),
        ({"host": "h", "rate": "10"}, ["rate", "parts a second"]),
        ({"host": "h", "timeout": float("inf")}, ["timeout", "seconds"]),
        ({"host": "h", "rebind": 1}, ["rebind", "True or False"]),
        ({"host": "h", "system_id": "x" * 16}, ["system_id: 16 characters", "room for 15"]),
        ({"host": "h", "system_id": 5}, ["system_id", "text"]),
        ({"host": "h", "system_id": "Δ"}, ["system_id", "one octet"]),
        ({"host": "h", "system_type": "x" * 13}, ["system_type: 13 characters", "room for 12"]),
        ({"host": "h", "address_range": "x" * 41}, ["address_range: 41 characters", "room for 40"]),
        ({"host": "h", "password": "x" * 9}, ["password: 9 characters", "room for 8", "long_password=True"]),
        ({"host": "h", "password": "x" * 65, "long_password": True}, ["password: 65 characters", "64"]),
        ({"host": "h", "password": b"octets"}, ["password", "text, not a bytes"]),
        ({"host": "h", "password": "a\0b"}, ["password", "cannot be sent"]),
        ({"host": "h", "addr_ton": 256}, ["addr_ton", "0 to 255"]),
        ({"host": "h", "sender": 32}, ["sender", "text"]),
        ({"host": "h", "version": "3.3"}, ["3.3 has no transceiver", "bind='transmitter'"]),
        ({"host": "h", "version": 3.4}, ["version", "as text"]),
        ({"host": "h", "username": "demo"}, ["'username'", "system_id"]),
        ({"host": "h", "bind_type": "trx"}, ["'bind_type'", "bind"]),
        ({"host": "h", "enquire_link_interval": 3}, ["enquire_link"]),
        ({"host": "h", "responsetimeout": 3}, ["response_timeout"]),
        ({"host": "h", "colour": 3}, ["'colour'", "there are host, port"]),
    ],
)
def test_what_is_wrong_with_keywords_is_one_sentence(given, words):
    with pytest.raises(ValueError) as caught:
        Options.of(**given)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert caught.value.__traceback__.tb_next.tb_next is None  # this frame and that of ``of``, none of our depths


def test_a_url_that_is_no_text():
    with pytest.raises(ValueError, match="the URL is a bytes; give text"):
        Options.of(b"smpp://demo:secret@h")
    assert parts("smpp://h") == {"host": "h"}


def test_an_unknown_profile_names_those_there_are():
    with pytest.raises(ProfileError, match="no profile 'genric': there is generic"):
        Options.of(host="h", profile="genric")


def test_blank_credentials_and_zero_seconds_are_right():
    options = Options(host="h", enquire_link=0, response_timeout=0, inactivity=0, timeout=0, window=np.int64(3))
    machine = options.machine
    assert (machine.enquire_link, machine.response_timeout, machine.inactivity, machine.window) == (0, 0, 0, 3)
    assert (options.system_id, options.password, options.sender) == ("", "", "")
    assert type(options.window) is int


@pytest.mark.parametrize("bind", ["transceiver", "transmitter", "receiver"])
@pytest.mark.parametrize(("version", "number"), [("3.4", 0x34), ("5.0", 0x50)])
def test_the_bind_that_follows(bind, version, number):
    options = Options(
        **{"host": "h", "system_id": "demo", "password": "secret", "bind": bind, "version": version},
        **{"system_type": "NSMS", "address_range": "^32", "addr_ton": 1, "addr_npi": 9},
    )
    pdu = options.bind_pdu()
    assert pdu.command == f"bind_{bind}"
    values = {name: getattr(pdu, name) for name in pdu.field_names}
    assert values == {
        **{"system_id": "demo", "password": "secret", "system_type": "NSMS", "interface_version": number},
        **{"addr_ton": 1, "addr_npi": 9, "address_range": "^32"},
    }


def test_the_bind_of_3_3():
    assert Options(host="h", version="3.3", bind="transmitter").bind_pdu().interface_version == 0x33


@pytest.mark.parametrize("length", [9, 16, 64])
def test_a_long_password_is_sent_as_it_is(length):
    password = ("pässwörd" * 8)[:length]
    pdu = Options(host="h", system_id="demo", password=password, long_password=True, system_type="x").bind_pdu()
    again = sk.decode(pdu.encode())
    assert (again.password, again.system_id, again.system_type) == (password, "demo", "x")
    assert password not in repr(pdu) + pdu.explain()


def test_no_form_of_it_shows_the_password():
    options = Options(host="h", system_id="demo", password=CANARY, long_password=True)
    shown = [repr(options), str(options), f"{options}", repr(options.changed(options.replace(password="x")))]
    shown += [repr(options.key), options.place, repr(options.machine), repr(options.bind_pdu())]
    assert not [each for each in shown if CANARY in each]
    with pytest.raises(ValueError) as caught:
        options.replace(password=CANARY * 9)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert CANARY not in shown.replace("password=CANARY", "").replace(f"CANARY = {CANARY!r}", "")


def test_the_same_account_is_the_same_key():
    options = Options(host="Smsc.Example.org", system_id="demo", password="a")
    assert options.key == options.replace(host="smsc.example.ORG", password="b", window=3, rate=5).key
    others = [{"port": 1}, {"system_id": "d"}, {"bind": "receiver"}, {"system_type": "x"}, {"host": "h"}]
    assert len({options.key, *(options.replace(**other).key for other in others)}) == 6


def test_changes_are_told_by_name():
    options = Options(host="h")
    assert options.changed(Options(host="h")) == {}
    assert options.changed(options.replace(window=3, rate=7)) == {"window": (50, 3), "rate": (None, 7.0)}
    with pytest.raises(ValueError, match="there is no 'windw'; did you mean window"):
        options.replace(windw=3)


def test_options_do_not_change_and_compare_by_value():
    options = Options(host="h", password="a")
    with pytest.raises(AttributeError):
        options.host = "other"
    assert options == Options(host="h", password="a") != Options(host="h", password="b")
    assert len({options, Options(host="h", password="a")}) == 1


def test_discreet_lets_no_frame_keep_a_password():
    @discreet
    def connect(url, **keywords):
        inner = keywords["password"]

        def deeper(password):
            raise KeyError("something of our own")

        try:
            deeper(inner)
        except KeyError as error:
            if url == "ours":
                raise ConnectFailed("no way there") from error
            raise

    for url, kind in (("ours", ConnectFailed), ("theirs", KeyError)):
        with pytest.raises(kind) as caught:
            connect(url, password="-".join(["Pf3", "canary"]))
        shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
        assert CANARY not in shown
        assert ("deeper(inner)" in shown) == (kind is KeyError)
