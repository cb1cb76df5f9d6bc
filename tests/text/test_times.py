"""SMPP times both ways: every rule, the worked example, what is refused and with which command_status."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppkit.errors import DecodeError, EncodeError
from smppkit.text.times import RelativeTime, format_time, parse_time

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def zone(hours: float) -> timezone:
    return timezone(timedelta(hours=hours))


# ---- reading ----


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("261231235959908+", "2026-12-31T21:59:59.900000+00:00"),
        ("270115103000014-", "2027-01-15T14:00:00+00:00"),
        ("261122120000000+", "2026-11-22T12:00:00+00:00"),
        ("261122120000000-", "2026-11-22T12:00:00+00:00"),
        ("261122120000023+", "2026-11-22T06:15:00+00:00"),
        ("240229120000000+", "2024-02-29T12:00:00+00:00"),
        ("991231120000048-", "2100-01-01T00:00:00+00:00"),
        ("690101000000000+", "2069-01-01T00:00:00+00:00"),
        ("000229000000048+", "2000-02-28T12:00:00+00:00"),
    ],
)
def test_absolute(text, utc):
    moment = parse_time(text)
    assert moment.astimezone(UTC).isoformat() == utc
    assert f"{moment:%y%m%d%H%M%S}" == text[:12]
    assert moment == parse_time(text.encode())


def test_the_offset_is_kept():
    assert parse_time("270115103000014-").utcoffset() == -timedelta(hours=3, minutes=30)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("070605040302100R", RelativeTime(7, 6, 5, 4, 3, 2, 1)),
        ("000000003000000R", RelativeTime(minutes=30)),
        ("000001000000000R", RelativeTime(days=1)),
        ("000100000000000R", RelativeTime(months=1)),
        ("000000000000000R", RelativeTime()),
        ("991231235959948R", RelativeTime(99, 12, 31, 23, 59, 59, 9, 48)),
    ],
)
def test_relative(text, span):
    assert parse_time(text) == parse_time(text[:-1] + "r") == span
    assert str(span) == format_time(span) == text


def test_empty_is_none():
    assert parse_time("") is parse_time(b"") is None
    assert format_time(None) == format_time(pd.NaT) == ""


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("26112212000000+", 0, "15 characters"),
        ("2611221200000000+", 0, "17 characters"),
        ("2611221015", 0, "10 characters"),
        (" ", 0, "1 characters"),
        ("26112212 000000+", 8, "' ' is no digit"),
        ("2611221200000O0+", 13, "'O' is no digit"),
        ("２61122120000000+", 0, "is no digit"),
        ("-61122120000000+", 0, "'-' is no digit"),
        ("260022120000000+", 2, "month 00"),
        ("261322120000000+", 2, "month 13"),
        ("261100120000000+", 4, "no day 00"),
        ("261131120000000+", 4, "no day 31"),
        ("250229120000000+", 4, "no day 29 in 2025-02"),
        ("261122240000000+", 6, "hour 24"),
        ("261122126000000+", 8, "minute 60"),
        ("261122120060000+", 10, "second 60"),
        ("261122120000049+", 13, "49 quarter hours"),
        ("261122120000000Z", 15, "ends with 'Z'"),
        ("261122120000000 ", 15, "ends with ' '"),
        ("001300000000000R", 2, "13 months"),
        ("000032000000000R", 4, "32 days"),
        ("000000240000000R", 6, "24 hours"),
        ("000000006000000R", 8, "60 minutes"),
        ("000000000060000R", 10, "60 seconds"),
        ("000000000000049R", 13, "49 quarter hours"),
    ],
)
def test_refused(text, offset, words):
    with pytest.raises(DecodeError, match=words) as caught:
        parse_time(text, field="validity_period")
    assert (caught.value.field, caught.value.offset, caught.value.command_status) == ("validity_period", offset, 0x62)


@pytest.mark.parametrize(
    ("field", "status"),
    [("schedule_delivery_time", 0x61), ("validity_period", 0x62), ("final_date", 0x08), ("broadcast_end_time", 0x08)],
)
def test_the_status_to_answer_is_that_of_the_field(field, status):
    with pytest.raises(DecodeError, match=field) as read:
        parse_time("x", field)
    with pytest.raises(EncodeError, match=field) as written:
        format_time(datetime(2026, 11, 22), field)
    assert read.value.command_status == written.value.command_status == status


@given(st.text(max_size=17) | st.text("0123456789+-Rr", min_size=16, max_size=16) | st.binary(max_size=17))
def test_reading_anything_gives_a_time_or_a_typed_error(text):
    try:
        time = parse_time(text)
    except DecodeError:
        return
    sent = text.decode() if isinstance(text, bytes) else text
    assert format_time(time).rstrip("-+") == sent.upper().rstrip("-+")


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_octets_of_any_kind_are_read(kind):
    assert parse_time(kind(b"000000003000000R")) == RelativeTime(minutes=30)
    assert parse_time(kind(b"")) is None


@pytest.mark.parametrize("value", [0, 5, 1.5, [], ["0"] * 16, datetime(2026, 11, 22), RelativeTime()])
def test_what_is_neither_text_nor_octets_is_refused(value):
    with pytest.raises(
        TypeError, match=f"final_date: a time is read from str or bytes, not from {type(value).__name__}"
    ):
        parse_time(value, "final_date")
    with pytest.raises(TypeError, match=r"^time: a time is read"):
        parse_time(value)


# ---- adding ----


def test_worked_example():
    now = datetime(2026, 11, 22, 2, 35, 10, tzinfo=UTC)
    assert parse_time("070605040302100R").after(now) == datetime(2034, 5, 27, 6, 38, 12, 100_000, UTC)


@pytest.mark.parametrize(
    ("span", "start", "end"),
    [
        (RelativeTime(months=1), "2027-01-31T00:00:00", "2027-02-28T00:00:00"),
        (RelativeTime(months=1), "2028-01-31T00:00:00", "2028-02-29T00:00:00"),
        (RelativeTime(years=1), "2028-02-29T00:00:00", "2029-02-28T00:00:00"),
        (RelativeTime(months=12), "2026-12-31T23:59:59", "2027-12-31T23:59:59"),
        (RelativeTime(months=1, days=1), "2027-01-31T00:00:00", "2027-03-01T00:00:00"),
        (RelativeTime(days=31, hours=23), "2026-12-01T02:00:00", "2027-01-02T01:00:00"),
        (RelativeTime(quarters=8), "2026-12-01T02:00:00", "2026-12-01T02:00:00"),
    ],
)
def test_calendar_arithmetic(span, start, end):
    assert span.after(datetime.fromisoformat(start)).isoformat() == end


def test_hours_are_real_when_the_clocks_change():
    brussels = ZoneInfo("Europe/Brussels")
    evening = datetime(2026, 10, 24, 22, tzinfo=brussels)
    assert RelativeTime(hours=12).after(evening) == datetime(2026, 10, 25, 9, tzinfo=brussels)
    assert RelativeTime(days=1).after(evening) == datetime(2026, 10, 25, 22, tzinfo=brussels)


# ---- writing ----


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOON, "261122120000000+"),
        (datetime(2026, 12, 31, 23, 59, 59, 999_999, zone(2)), "261231235959908+"),
        (datetime(2027, 1, 15, 10, 30, tzinfo=zone(-3.5)), "270115103000014-"),
        (datetime(2026, 11, 22, 12, tzinfo=zone(5.75)), "261122120000023+"),
        (datetime(2026, 11, 22, 12, tzinfo=zone(12)), "261122120000048+"),
        (datetime(2026, 11, 22, 12, tzinfo=zone(-12)), "261122120000048-"),
        (datetime(2026, 11, 22, 12, tzinfo=zone(12.75)), "261121231500000+"),
        (datetime(2026, 11, 22, 12, tzinfo=zone(13)), "261121230000000+"),
        (datetime(2026, 1, 1, 12, tzinfo=zone(14)), "251231220000000+"),
        (datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(minutes=20))), "261122114000000+"),
        (datetime(2026, 11, 22, 12, tzinfo=timezone(-timedelta(minutes=1))), "261122120100000+"),
        (datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Brussels")), "260701120000008+"),
        (pd.Timestamp("2026-11-22T12:00:00.987654321", tz="Asia/Kathmandu"), "261122120000923+"),
        (datetime(2099, 12, 31, 23, tzinfo=zone(-1)), "991231230000004-"),
    ],
)
def test_written(moment, text):
    assert format_time(moment) == text
    assert parse_time(text) == moment.replace(microsecond=moment.microsecond // 100_000 * 100_000) or moment.nanosecond


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(minutes=30), "000000003000000R"),
        (timedelta(days=1), "000001000000000R"),
        (timedelta(days=31, hours=23, minutes=59, seconds=59), "000031235959000R"),
        (timedelta(seconds=1.99), "000000000001000R"),
        (pd.Timedelta("2 days 3 hours"), "000002030000000R"),
    ],
)
def test_a_timedelta_is_relative(span, text):
    assert format_time(span) == text


def test_whole_numbers_of_any_kind_are_written():
    assert format_time(RelativeTime(hours=np.int64(3), minutes=np.uint8(30))) == "000000033000000R"
    assert format_time(RelativeTime(days=True)) == "000001000000000R"


def test_tenths_are_written_when_asked_for():
    assert format_time(timedelta(seconds=1.99), tenths=True) == "000000000001900R"
    assert format_time(RelativeTime(seconds=1, tenths=9)) == "000000000001900R"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (datetime(2026, 11, 22), "no time zone"),
        (datetime(1999, 12, 31, tzinfo=UTC), "year 1999"),
        (datetime(2100, 1, 1, tzinfo=UTC), "year 2100"),
        (datetime(2000, 1, 1, tzinfo=zone(14)), "year 1999"),
        (datetime(1, 1, 1, tzinfo=zone(14)), "does not exist"),
        (timedelta(days=32), "more than 31 days"),
        (timedelta(seconds=-1), "negative"),
        (RelativeTime(years=100), "100 years"),
        (RelativeTime(months=13), "13 months"),
        (RelativeTime(days=-1), "-1 days"),
        (RelativeTime(tenths=10), "10 tenths"),
        (RelativeTime(quarters=49), "49 quarters"),
        (30, "int is no time"),
        ("000000003000000R", "str is no time"),
        ((0, 0, 0, 0, 30, 0), "tuple is no time"),
        (RelativeTime(hours=1.5), "1.5 hours, a whole number of 0 to 23 is wanted"),
        (RelativeTime(hours=1.0), "1.0 hours, a whole number"),
        (RelativeTime(minutes="1"), "'1' minutes, a whole number of 0 to 59"),
        (RelativeTime(years=None), "None years, a whole number"),
        (RelativeTime(seconds=np.float64(2)), r"2\.0\)? seconds, a whole number"),
        (np.array([1, 2]), "ndarray is no time"),
        (pd.Series([1, 2]), "Series is no time"),
        (pd.NA, "NAType is no time"),
    ],
)
def test_what_cannot_be_written(value, words):
    with pytest.raises(EncodeError, match=words) as caught:
        format_time(value, field="schedule_delivery_time")
    assert (caught.value.field, caught.value.command_status) == ("schedule_delivery_time", 0x61)


moments = st.datetimes(
    datetime(2000, 1, 2),
    datetime(2099, 12, 30),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(moments)
def test_what_is_written_reads_as_the_same_moment(moment):
    text = format_time(moment)
    assert len(text) == 16
    assert parse_time(text) == moment.replace(microsecond=moment.microsecond // 100_000 * 100_000)


@given(st.timedeltas(timedelta(0), timedelta(days=31)))
def test_spans_are_written_exactly_to_the_second(span):
    start = datetime(2026, 1, 1)
    assert parse_time(format_time(span)).after(start) == start + timedelta(days=span.days, seconds=span.seconds)


def test_reprs_say_the_parts():
    assert repr(RelativeTime(7, 6, 5, 4, 3, 2, 1)) == "RelativeTime(7y 6mo 5d 4h 3m 2.1s)"
