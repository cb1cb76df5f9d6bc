"""``Smsc`` as users hold it: how it looks, what its frame holds, what it refuses."""

import traceback

import pandas as pd
import pytest

import smppkit as sk
from smppkit.smsc import Smsc
from smppkit.smsc.snapshot import COLUMNS
from smppkit.smsc.url import Url
from tests.link.helpers import until
from tests.smsc.client import Client, bound, centre, submit


def test_its_one_line_says_where_it_is():
    smsc = Smsc(process=False)
    assert repr(smsc) == "<Smsc 'demo' not started>"
    with smsc:
        assert repr(smsc) == f"<Smsc 'demo' at smpp://demo:***@127.0.0.1:{smsc.port} in this process>"
    assert repr(smsc) == "<Smsc 'demo' not started>"


def test_its_card_shows_what_happened_and_no_markup_of_others():
    with bound(fields={"system_id": "<b>&"}, system_id="<b>&", delay=0.0, states={"DELIVERED": 1}) as (smsc, client):
        client.ask(submit())
        until(lambda: smsc.counters["pending"] == 0)
        card = smsc._repr_html_()
        assert "<b>" not in card
        assert "&lt;b&gt;&amp;" in card
        assert "1 bound, 1 connected" in card
        assert "1 DELIVERED" in card
        assert "secret" not in card


def test_before_the_start_there_is_nothing_to_ask():
    smsc = Smsc()
    for name in ("url", "port", "host", "messages", "counters"):
        with pytest.raises(sk.SmppError, match=r"does not run: call start\(\)"):
            getattr(smsc, name)
    assert "not started" in smsc._repr_html_()


def test_starting_twice_is_starting_once_and_it_may_start_again():
    smsc = Smsc(process=False).start()
    port = smsc.port
    assert smsc.start() is smsc
    assert smsc.port == port
    smsc.stop()
    smsc.stop()
    with smsc.start() as again, Client(again.port) as client:
        assert client.bind().command_status == 0


def test_the_url_is_whole_as_text_and_masked_where_it_is_shown():
    with centre(system_id="a b@c", password="p:/@ss", process=False) as smsc:
        assert smsc.url == f"smpp://a%20b%40c:p%3A%2F%40ss@127.0.0.1:{smsc.port}"
        assert repr(smsc.url) == f"'smpp://a%20b%40c:***@127.0.0.1:{smsc.port}'"
        assert isinstance(smsc.url, str)
        assert "p%3A" not in repr({"url": smsc.url})
        assert Url.of("", "", "::1", 1) == "smpp://:@[::1]:1"


def test_other_addresses_want_a_password_of_ones_own():
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):
        for password in ("", "secret"):
            with pytest.raises(ValueError, match="can be reached from other machines"):
                Smsc(host=host, password=password)
    with centre(host="0.0.0.0", password="my own") as smsc, Client(smsc.port) as client:
        assert smsc.url.endswith(f"@127.0.0.1:{smsc.port}")
        assert client.bind(password="my own").command_status == 0
    with centre(host="localhost") as smsc:
        assert smsc.host in ("127.0.0.1", "::1")


def test_ipv6():
    with centre(host="::1") as smsc, Client(smsc.port, "::1") as client:
        assert client.bind().command_status == 0
        assert smsc.url.endswith(f"@[::1]:{smsc.port}")


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"delais": 1}, TypeError, "no keyword 'delais'; did you mean delay"),
        ({"faults": []}, TypeError, "no keyword 'faults'"),
        ({"profile": "o2"}, sk.ProfileError, "no profile 'o2'"),
        ({"states": {"DELIVRD": 1}}, ValueError, "no final state"),
    ],
)
def test_keywords_that_make_no_sense(given, kind, sentence):
    with pytest.raises(kind, match=sentence):
        Smsc(**given)


def test_a_profile_says_what_data_coding_means(tmp_path):
    profile = tmp_path / "mine.toml"
    profile.write_text('[codings]\n0 = "latin1"\n4 = "gsm7"\n')
    for process in (False, True):
        with bound(profile=profile, process=process) as (smsc, client):
            client.ask(submit(short_message="é".encode("latin-1")))
            assert smsc.messages["text"].tolist() == ["é"]
            smsc.deliver("32471123456", "1234", "@")
            assert client.wait("deliver_sm").data_coding == 4


# --- messages ------------------------------------------------------------------------------------------------------


def test_the_frame_has_its_columns_and_types_even_when_empty():
    with bound() as (smsc, client):
        empty = smsc.messages
        assert tuple(empty.columns) == COLUMNS
        client.ask(submit())
        full = smsc.messages
        assert (empty.dtypes == full.dtypes).all()
        assert full["time"].dtype == pd.DatetimeTZDtype("ns", "UTC")
        assert full["final"].dtype == bool
        assert full["message_id"].dtype == "str"
        assert list(full["state"].cat.categories)[:2] == ["SCHEDULED", "ENROUTE"]


@pytest.mark.parametrize("process", [False, True])
def test_many_messages_come_whole_and_in_order(process):
    with bound(process=process) as (smsc, client):
        for _ in range(13):
            for n in range(1000):
                client.send(submit(destination_addr=str(10_000 + n)))
            ids = [client.wait("submit_sm_resp").message_id for _ in range(1000)]
        table = smsc.messages
        assert len(table) == 13_000
        assert table["destination"].tolist() == [str(10_000 + n) for n in range(1000)] * 13
        assert table["message_id"].tolist()[-1000:] == ids
        assert table["time"].is_monotonic_increasing


def test_a_snapshot_does_not_change():
    with bound() as (smsc, client):
        message_id = client.ask(submit()).message_id
        before = smsc.messages
        smsc.finish(message_id, "EXPIRED")
        assert before["state"].tolist() == ["ENROUTE"]
        assert smsc.messages["state"].tolist() == ["EXPIRED"]


def test_texts_of_strangers_stay_texts():
    with bound() as (smsc, client):
        client.ask(submit(short_message=b"=HYPERLINK(1)", source_addr="<script>"))
        row = smsc.messages.iloc[0]
        assert (row["text"], row["source"]) == ("=HYPERLINK(1)", "<script>")
        assert "<script>" not in smsc._repr_html_()
        assert "HYPERLINK" not in repr(smsc)


@pytest.mark.parametrize("process", [False, True])
def test_finishing_what_cannot_be_finished(process):
    with bound(process=process) as (smsc, client):
        message_id = client.ask(submit()).message_id
        with pytest.raises(ValueError, match="the centre has no message 'x'"):
            smsc.finish("x", "DELIVERED")
        with pytest.raises(ValueError, match="'ENROUTE' is no final state"):
            smsc.finish(message_id, "ENROUTE")
        smsc.finish(message_id, "REJECTED")
        with pytest.raises(ValueError, match="is REJECTED already"):
            smsc.finish(message_id, "DELIVERED")


def test_what_was_refused_has_a_repr_and_no_local_keeps_the_password():
    canary = "kanarie!"
    with pytest.raises(ValueError, match="system_id") as caught:
        Smsc(system_id="x" * 17, password=canary)
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame for frame in told.stack if frame.filename != __file__]
    assert frames
    assert not any(canary in str(frame.locals) for frame in frames)
    assert repr(Smsc.__new__(Smsc)) == "<Smsc 'demo' not started>"


def test_messages_do_not_keep_the_connection_they_came_on():
    with Smsc(process=False, delay=None) as smsc:
        with sk.connect(smsc.url) as esme:
            esme.send("32471123456", "Hello")
        server = smsc._running._server
        until(lambda: not server.sockets)
        [message] = server.store.among(1, 1, 1)
        assert message.caller.respond(None) is None
        assert getattr(message.caller.respond, "__self__", None) is None
