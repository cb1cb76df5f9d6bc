"""``sk.demo`` and the messages that ship with it."""

import re

import phonenumbers
import pytest

import smppkit as sk
from smppkit import trial
from smppkit.esme.address import destination
from tools import campaign

PATTERNS = [country.code + pattern for country in campaign.RESERVED for pattern in country.patterns]
RESERVED = [re.compile(pattern.replace("x", r"\d")) for pattern in PATTERNS]


def number(text: object) -> str | None:
    """Return a destination as it goes out, None for one that cannot be."""
    try:
        return destination(text if isinstance(text, str) else "").addr
    except ValueError:
        return None


def test_the_shipped_messages_are_what_their_maker_makes():
    assert campaign.OUT.read_text(encoding="utf-8") == campaign.made(), "run: python tools/campaign.py"
    assert campaign.OUT.stat().st_size < 1_500_000


def test_the_shipped_messages_are_as_various_as_their_maker_says():
    table = trial.campaign()
    assert len(table) == campaign.ROWS
    assert not table.drop(columns="destination").isna().any(axis=None)
    numbers = table["destination"].map(number, na_action=None)
    wrong = table.loc[numbers.isna(), "destination"]
    assert 70 <= len(wrong) <= 130
    assert wrong.isna().any()
    assert (wrong == "").any()
    assert wrong.str.contains("[a-z]", na=False).any()
    assert numbers.dropna().is_unique
    plans = sk.plan(table["text"])
    assert 0.12 < (plans["parts"] > 1).mean() < 0.2
    assert plans["parts"].max() == 4
    assert (plans["parts"][table["tag"] == "notice"] > 1).all()
    assert {"gsm7", "ucs2"} == set(plans["encoding"])
    assert table["language"].nunique() >= 35
    assert table["text"].str.contains("[\U0001f300-\U0001faff]").mean() > 0.02


def test_no_shipped_number_is_anybodys():
    """A number is of a range for films and manuals, or of one that no operator was given."""
    found = filter(None, map(number, trial.campaign()["destination"]))
    others = [text for text in found if not any(pattern.fullmatch(text) for pattern in RESERVED)]
    somebodys = [text for text in others if phonenumbers.is_valid_number(phonenumbers.parse("+" + text))]
    assert len(others) > 5_000
    assert not somebodys, "these ranges are in use now: give their country another one in tools/campaign.py"


def test_demo_is_bound_and_closing_it_stops_the_simulator():
    with sk.demo(process=False, delay=0, sender="INFO", window=5) as esme:
        smsc = esme.smsc
        assert esme.state == "Logged in"
        assert esme.options.window == 5
        esme.send("+447700900123", "Hello")
        assert smsc.messages["source"].tolist() == ["INFO"]
    assert "not started" in repr(smsc)
    assert len(esme.messages) == 1


def test_demo_in_a_process_of_its_own_ends_with_it():
    esme = sk.demo(seed=3)
    running = esme.smsc._running
    esme.close()
    assert not running.alive


@pytest.mark.parametrize("error", [KeyboardInterrupt(), sk.ConnectFailed("no")])
def test_a_bind_that_does_not_come_about_leaves_no_simulator(monkeypatch: pytest.MonkeyPatch, error: BaseException):
    started = []

    class Seen(sk.Smsc):
        def start(self) -> "Seen":
            started.append(self)
            return super().start()  # type: ignore[return-value]

    def fail(*given: object, **named: object) -> None:
        assert started[0].port
        raise error

    monkeypatch.setattr(trial, "Smsc", Seen)
    monkeypatch.setattr(trial, "connect", fail)
    with pytest.raises(type(error)):
        sk.demo(process=False)
    assert "not started" in repr(started[0])


def test_keywords_reach_both_sides():
    with sk.demo(process=False, system_id="me", password="hunter22", version="5.0") as esme:
        assert esme.options.system_id == "me"
        assert esme.version == "5.0"
        assert "hunter22" not in repr(esme) + repr(esme.smsc)


@pytest.mark.parametrize(
    ("name", "hint"), [("windows", "did you mean window?"), ("port", "there are"), ("quux", "seed")]
)
def test_a_keyword_that_there_is_not_is_named(name: str, hint: str):
    with pytest.raises(TypeError, match=f"demo has no keyword '{name}'") as caught:
        sk.demo(**{name: 1})
    assert hint in str(caught.value)
