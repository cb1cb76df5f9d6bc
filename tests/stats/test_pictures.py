"""One picture for each question: it says what it shows, and draws whatever it is given."""

import io

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import smppkit.stats  # noqa: F401
from smppkit.errors import TableError
from tests.stats.traffic import HOSTILE, START, messages

QUESTIONS = {
    "delivery_rate": lambda ask, by: ask.delivery_rate(by),
    "horizon": lambda ask, by: ask.delivery_rate(by, "10s"),
    "latency": lambda ask, by: ask.latency(by=by),
    "response": lambda ask, by: ask.latency(by=by, of="response"),
    "errors": lambda ask, by: ask.errors(by),
    "timeline": lambda ask, by: ask.timeline(),
    "funnel": lambda ask, by: ask.funnel(),
}


def png(figure):
    with io.BytesIO() as file:
        figure.savefig(file, format="png")
        return file.getvalue()


def texts(figure):
    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text)]


@pytest.mark.parametrize("name", QUESTIONS)
def test_pictures_name_units_n_and_horizon(name):
    answer = QUESTIONS[name](messages(400, cut=1_205, accepted=0.9).smpp, None)
    figure = answer.plot()
    assert isinstance(figure, Figure)
    (ax,) = figure.axes
    assert ax.get_xlabel()
    words = " ".join(" ".join(texts(figure)).split())
    assert f"n = {answer.attrs['n']:,}" in words
    assert "12:00:05 UTC" in words
    assert answer.attrs["title"] in words
    data, size = figure._repr_png_()
    assert data.startswith(b"\x89PNG")
    assert size["width"] == 720


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize(
    "table",
    [
        messages(0),
        messages(1),
        messages(40).assign(state=None, final=None, time_final=pd.NaT, delivery_time=np.nan),
        messages(40).assign(outcome="queued", time_sent=pd.NaT, time_resp=pd.NaT, response_time=np.nan),
        messages(40, fail=1),
        messages(40).assign(delivery_time=0.0, response_time=0.0),
        messages(900, country=np.arange(900) % 90),
        messages(40, cut=1_000, spread=1_000, median=300, registered_delivery=np.arange(40) % 3),
        messages(40, registered_delivery=0).assign(state=None, final=None, time_final=pd.NaT, delivery_time=np.nan),
    ],
    ids=["empty", "one", "silent", "queued", "failed", "at once", "many groups", "some unasked", "all unasked"],
)
def test_pictures_of_odd_tables(name, table):
    for by in (None, "country"):
        assert png(QUESTIONS[name](table.smpp, by).plot()).startswith(b"\x89PNG")


def test_hostile_labels_are_drawn_as_they_are_and_no_wider_than_the_page():
    labels = np.resize(np.array(HOSTILE, dtype=object), 280)
    table = messages(280, country=labels, err=labels, accepted=0.9)
    for ask in QUESTIONS.values():
        figure = ask(table.smpp, "country").plot()
        words = texts(figure)
        assert all(len(word) < 110 for word in words if "\n" not in word)
        assert not any((char < " " and char != "\n") or "\u202a" <= char <= "\u202e" for word in words for char in word)
    labels = [label.get_text() for label in table.smpp.delivery_rate("country").plot().axes[0].get_yticklabels()]
    assert any(label.startswith("$\\frac{1}{0}$ and $x$") for label in labels)
    assert not any(label.get_parse_math() for label in figure.axes[0].get_yticklabels())


def test_pending_is_drawn_and_silence_named():
    table = pd.DataFrame({"outcome": "accepted", "state": ["DELIVERED", None, None], "country": ["BE", "BE", "FR"]})
    figure = table.smpp.delivery_rate("country").plot()
    words = texts(figure)
    assert "  not measurable" in words
    assert "pending" in words


def test_unasked_are_drawn_and_named():
    table = messages(60, cut=1_000, spread=1_000, median=300, registered_delivery=[0, 1, 1] * 20)
    unasked = table.smpp.delivery_rate().loc["all", "unasked"]
    assert unasked > 0
    assert f"all  (n = {60 - unasked:.0f} of 60)" in texts(table.smpp.delivery_rate().plot())
    words = texts(table.smpp.funnel().plot())
    assert {"receipt asked", "asked for no receipt"} <= set(words)
    assert sum(word.endswith("% of those)") for word in words) == 2
    assert "unasked" in texts(table.smpp.timeline().plot())
    silent = table[table["state"].isna() & (table["registered_delivery"] == 0)]
    assert "not measurable: no receipt was asked for" in texts(silent.smpp.latency().plot())
    assert "  not measurable" in texts(silent.smpp.delivery_rate().plot())


def test_captions_of_any_length_leave_the_picture_its_size():
    labels = np.array([f"a_country_with_quite_a_long_name_{place}" for place in range(6)], dtype=object)
    table = messages(600, country=np.resize(labels, 600), cut=900, median=400)
    short, long = table.smpp.latency().plot(), table.smpp.latency(by="country").plot()
    for figure in (short, long):
        figure.canvas.draw()
    assert long.get_size_inches()[1] > short.get_size_inches()[1]
    caption = long.findobj(matplotlib.text.Text, include_self=False)
    assert all(text.get_window_extent().x1 <= 722 for text in caption if text.get_text().startswith("Seconds from"))


@pytest.mark.parametrize(("median", "corner"), [(1, "right"), (300, "left")])
def test_quantiles_are_listed_where_the_curve_leaves_room(median, corner):
    table = messages(300, cut=1_205, fail=0)
    table["delivery_time"] = np.where(
        np.arange(300) == 0, 0.001 if median > 1 else 3_000.0, median + np.arange(300) / 300
    )
    (listed,) = [text for text in table.smpp.latency().plot().axes[0].texts if text.get_text().startswith("50 %")]
    assert listed.get_horizontalalignment() == corner


def test_ticks_of_short_times():
    answer = messages(2_000).assign(response_time=np.geomspace(2e-4, 50, 2_000)).smpp.latency(of="response")
    labels = [label.get_text() for label in answer.plot().axes[0].get_xticklabels()]
    assert labels == ["1 ms", "10 ms", "100 ms", "1 s", "10 s", "1 min"]


def test_an_axis_of_few_seconds_has_ticks_to_read_it_by():
    answer = messages(200).assign(delivery_time=np.linspace(1.05, 2, 200)).smpp.latency()
    labels = [label.get_text() for label in answer.plot().axes[0].get_xticklabels()]
    assert labels == ["800 ms", "1 s", "1.5 s", "2 s", "2.5 s"]


@pytest.mark.parametrize("name", ["delivery_rate", "latency", "errors"])
def test_titles_name_the_groups(name):
    table = messages(60, country=["BE", "FR", "NL"] * 20, operator=["$a", "b"] * 30, fail=0.5)
    for by, title in ((None, ""), ("country", " by country"), (["country", "operator"], " by country, operator")):
        answer = QUESTIONS[name](table.smpp, by)
        assert answer.plot().get_suptitle() == answer.attrs["title"] + title


def test_the_first_groups_only():
    table = messages(3_000, country=np.arange(3_000) % 60)
    assert "The first 30 rows of 60." in " ".join(" ".join(texts(table.smpp.delivery_rate("country").plot())).split())
    latency = table.smpp.latency(by="country").plot()
    assert "The first 6 groups of 60." in " ".join(" ".join(texts(latency)).split())
    assert len(latency.axes[0].lines) == 6


@pytest.mark.parametrize("by", ["country", ["country", "sender"]])
def test_every_group_has_its_curve_also_the_nameless(by):
    figure = messages(600).smpp.latency(by=by).plot()
    assert len(figure.axes[0].lines) == 3
    assert all(len(line.get_xdata()) > 10 for line in figure.axes[0].lines)


def test_own_axes_and_settings_are_left_alone():
    before = dict(matplotlib.rcParams)
    own = Figure(figsize=(6, 4))
    ax = own.add_subplot()
    for ask in QUESTIONS.values():
        assert ask(messages(60).smpp, None).plot(ax=ax) is own
        ax.clear()
    assert dict(matplotlib.rcParams) == before


def test_a_changed_answer_says_so():
    table = messages(60)
    with pytest.raises(TableError, match="needs the column 'pending'"):
        table.smpp.delivery_rate()[["rate", "low", "high", "n"]].plot()
    with pytest.raises(TableError, match="curve of this answer is gone"):
        table.smpp.latency(by="country").loc["BE"].plot()
    joined = table.smpp.latency().merge(table.smpp.latency(), on="n")
    with pytest.raises(TableError):
        joined.plot()


def test_pandas_own_plots_remain():
    answer = messages(60).smpp.delivery_rate("country")
    assert len(answer.plot.bar(y="rate").patches) == 3
    assert len(answer.plot(kind="barh", y="rate").patches) == 3
    matplotlib.pyplot.close("all")


def test_background_is_transparent_and_text_readable_on_light_and_dark():
    figure = messages(60).smpp.funnel().plot()
    assert figure.get_facecolor()[3] == 0
    assert figure.axes[0].get_facecolor()[3] == 0
    for colour in [text.get_color() for text in figure.findobj(matplotlib.text.Text) if text.get_text()]:
        for page in ("#ffffff", "#111111"):
            assert contrast(colour, page) >= 3.9


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    channels = np.array(matplotlib.colors.to_rgb(colour))
    linear = np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_single_interval_and_zone():
    table = pd.DataFrame({"outcome": ["sent"], "time_sent": [START]})
    ax = table.smpp.timeline().plot().axes[0]
    assert ax.get_xlabel() == "time (UTC)"
    assert ax.get_ylabel() == "messages per min"


def test_the_legend_names_only_what_is_drawn():
    table = pd.DataFrame({"outcome": "accepted", "state": ["DELIVERED"] * 3 + [None], "final": [True] * 3 + [False]})
    assert "pending" in texts(table.smpp.delivery_rate().plot())
    assert "pending" not in texts(table.iloc[:3].smpp.delivery_rate().plot())
