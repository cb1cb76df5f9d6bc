"""Times of SMPP as 16 characters, read and written: absolute and relative (SMPP 3.4, section 7.1.1; SMPP 5.0, 4.7.23).

    YYMMDDhhmmsstnnp     t tenths of a second, nn quarter hours from UTC, p + ahead of it, - behind it, R relative

Dates in receipt texts have forms of their own: see ``text.receipts``.
"""

from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone
from operator import index
from typing import NamedTuple

from ..errors import DecodeError, EncodeError
from ..spec.commands import ROWS
from ..spec.kinds import TIME

_STATUSES = {field.name: field.status for row in ROWS for field in row.fields if field.kind == TIME}
_OTHER = 0x08  # ESME_RSYSERR, where the standard names no status for the field
_QUARTER = timedelta(minutes=15)
_FARTHEST = 48  # quarter hours that two digits of nn may hold
_LIMITS = (("months", 12), ("days", 31), ("hours", 23), ("minutes", 59), ("seconds", 59))


class RelativeTime(NamedTuple):
    """A time counted from the moment the centre takes the message, by its calendar: a month is 28 to 31 days.

    ``tenths`` (0 to 9) and ``quarters`` (0 to 48) should be 0 and are kept as read; ``quarters`` has no meaning.

    >>> RelativeTime(minutes=30)
    RelativeTime(0y 0mo 0d 0h 30m 0s)
    >>> str(RelativeTime(days=1))
    '000001000000000R'
    """

    years: int = 0
    months: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0
    tenths: int = 0
    quarters: int = 0

    def after(self, moment: datetime) -> datetime:
        """Return ``moment`` with this added: years and months first, then days, then the time.

        A day that the month does not have becomes its last; the hours are real ones, whatever clocks are put forward.

        >>> parse_time("070605040302100R").after(datetime(2026, 11, 22, 2, 35, 10)).isoformat()
        '2034-05-27T06:38:12.100000'
        >>> RelativeTime(months=1).after(datetime(2027, 1, 31)).isoformat()
        '2027-02-28T00:00:00'
        """
        years, month = divmod(moment.month - 1 + self.months, 12)
        year = moment.year + self.years + years
        day = min(moment.day, monthrange(year, month + 1)[1])
        date = moment.replace(year=year, month=month + 1, day=day) + timedelta(days=self.days)
        time = timedelta(hours=self.hours, minutes=self.minutes, seconds=self.seconds, milliseconds=100 * self.tenths)
        return date + time if date.tzinfo is None else (date.astimezone(UTC) + time).astimezone(date.tzinfo)

    def __str__(self) -> str:
        """Return the 16 characters."""
        return "".join(f"{number:02}" for number in self[:6]) + f"{self.tenths}{self.quarters:02}R"

    def __repr__(self) -> str:
        """Return the parts with their units."""
        units = ("y", "mo", "d", "h", "m", "s")
        shown = " ".join(f"{number}{unit}" for number, unit in zip(self, units, strict=False))
        tenths = f".{self.tenths}" if self.tenths else ""
        return f"RelativeTime({shown[:-1]}{tenths}s)"


def parse_time(text: str | bytes | bytearray | memoryview | None, field: str = "") -> datetime | RelativeTime | None:
    """Return the moment or the span that a time field holds; ``None`` for an empty one, whose meaning is the field's.

    An absolute time is an aware datetime at the offset given, tenths as microseconds, of the years 2000 to 2099.
    Tenths and an offset in a relative time, and a small ``r``, are accepted. ``DecodeError`` says what is wrong; its
    ``offset`` is the character, its ``command_status`` that of ``field``. ``TypeError`` for what is neither text nor
    octets, nor the ``None`` of a field that a response leaves out.

    >>> parse_time("261231235959908+").isoformat()
    '2026-12-31T23:59:59.900000+02:00'
    >>> parse_time("000000003000000R")
    RelativeTime(0y 0mo 0d 0h 30m 0s)
    >>> parse_time("261322120000000+", field="validity_period")
    Traceback (most recent call last):
        ...
    smppkit.errors.DecodeError: validity_period: month 13 in '261322120000000+'
    """
    if isinstance(text, bytes | bytearray | memoryview):
        text = bytes(text).decode("latin-1")
    elif text is not None and not isinstance(text, str):
        raise TypeError(f"{field or 'time'}: a time is read from str or bytes, not from {type(text).__name__}")
    return _read(text, field) if text else None


def _read(time: str, field: str) -> datetime | RelativeTime:
    if len(time) != 16:
        raise _unread(field, f"{len(time)} characters in {time!r}, a time has 16 or none", 0)
    for place, character in enumerate(time[:15]):
        if not "0" <= character <= "9":
            raise _unread(field, f"{character!r} is no digit, at character {place} of {time!r}", place)
    if time[15] not in "+-Rr":
        raise _unread(field, f"{time!r} ends with {time[15]!r}, not with +, - or R", 15)
    if int(time[13:15]) > _FARTHEST:
        raise _unread(field, f"offset of {time[13:15]} quarter hours in {time!r}, at most 48", 13)
    return _relative(time, field) if time[15] in "Rr" else _absolute(time, field)


def format_time(value: datetime | timedelta | RelativeTime | None, field: str = "", tenths: bool = False) -> str:
    """Return the 16 characters for a time field; ``""`` for ``None`` and ``NaT``.

    A datetime must have a zone and lie in 2000 to 2099; tenths come from its microseconds, cut. An offset that is no
    whole number of quarter hours, or beyond 12 hours, cannot be written: such a time is written in UTC. A timedelta is
    relative, below 32 days (beyond, say months: their length is the calendar's), its fraction left out unless
    ``tenths``. ``EncodeError`` says what does not fit, with the command_status of ``field``.

    >>> format_time(datetime(2027, 1, 15, 10, 30, tzinfo=timezone(-timedelta(hours=3, minutes=30))))
    '270115103000014-'
    >>> format_time(timedelta(minutes=30)), format_time(RelativeTime(months=1)), format_time(None)
    ('000000003000000R', '000100000000000R', '')
    >>> format_time(datetime(2027, 1, 15), field="schedule_delivery_time")
    Traceback (most recent call last):
        ...
    smppkit.errors.EncodeError: schedule_delivery_time: 2027-01-15T00:00:00 has no time zone: add tzinfo=datetime.UTC
    """
    if value is None or _is_unlike_itself(value):
        return ""
    if isinstance(value, datetime):
        return _written(value, field)
    if isinstance(value, timedelta):
        value = _span(value, field, tenths)
    if isinstance(value, RelativeTime):
        return str(_checked(value, field))
    raise _unwritten(field, f"{type(value).__name__} is no time: give a datetime, a timedelta or a RelativeTime")


def _is_unlike_itself(value: object) -> bool:
    """Tell whether a value is NaT or NaN; an array, or pandas' NA, cannot be asked."""
    try:
        return bool(value != value)  # noqa: PLR0124
    except (TypeError, ValueError):
        return False


def _absolute(time: str, field: str) -> datetime:
    year, month, day, hour, minute, second = (int(time[place : place + 2]) for place in range(0, 12, 2))
    year += 2000  # always: the two digits name no other century
    if not 1 <= month <= 12:
        raise _unread(field, f"month {month:02} in {time!r}", 2)
    if not 1 <= day <= monthrange(year, month)[1]:
        raise _unread(field, f"no day {day:02} in {year}-{month:02}, in {time!r}", 4)
    for name, number, limit, place in (("hour", hour, 23, 6), ("minute", minute, 59, 8), ("second", second, 59, 10)):
        if number > limit:
            raise _unread(field, f"{name} {number} in {time!r}", place)
    offset = int(time[13:15]) * _QUARTER
    zone = timezone(-offset if time[15] == "-" else offset)
    return datetime(year, month, day, hour, minute, second, 100_000 * int(time[12]), zone)


def _relative(time: str, field: str) -> RelativeTime:
    numbers = [int(time[place : place + 2]) for place in range(0, 12, 2)]
    for place, (name, limit) in enumerate(_LIMITS, start=1):
        if numbers[place] > limit:
            raise _unread(field, f"{numbers[place]} {name} in {time!r}, at most {limit}", 2 * place)
    return RelativeTime._make([*numbers, int(time[12]), int(time[13:15])])


def _written(moment: datetime, field: str) -> str:
    offset = moment.utcoffset()
    if offset is None:
        raise _unwritten(field, f"{moment.isoformat()} has no time zone: add tzinfo=datetime.UTC")
    if offset % _QUARTER or abs(offset) > _FARTHEST * _QUARTER:
        try:
            moment, offset = moment.astimezone(UTC), timedelta(0)
        except OverflowError:
            raise _unwritten(field, f"{moment.isoformat()} does not exist in UTC") from None
    if not 2000 <= moment.year <= 2099:
        raise _unwritten(field, f"year {moment.year} cannot be written: two digits mean 2000 to 2099")
    sign = "-" if offset < timedelta(0) else "+"
    return f"{moment:%y%m%d%H%M%S}{moment.microsecond // 100_000}{abs(offset) // _QUARTER:02}{sign}"


def _span(span: timedelta, field: str, tenths: bool) -> RelativeTime:
    if span < timedelta(0):
        raise _unwritten(field, f"{span} is negative: a relative time lies ahead")
    if span.days > 31:
        raise _unwritten(field, f"{span} is more than 31 days: give a datetime, or RelativeTime(months=…)")
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return RelativeTime(0, 0, span.days, hours, minutes, seconds, span.microseconds // 100_000 if tenths else 0)


def _checked(span: RelativeTime, field: str) -> RelativeTime:
    """Return a span in plain whole numbers that two digits hold; ``EncodeError`` when it has others."""
    limits = (("years", 99), *_LIMITS, ("tenths", 9), ("quarters", _FARTHEST))
    found = []
    for (name, limit), number in zip(limits, span, strict=True):
        try:
            whole = index(number)
        except TypeError:
            raise _unwritten(field, f"{number!r} {name}, a whole number of 0 to {limit} is wanted") from None
        if not 0 <= whole <= limit:
            raise _unwritten(field, f"{whole} {name}, 0 to {limit} can be written")
        found.append(whole)
    return RelativeTime._make(found)


def _unread(field: str, what: str, place: int) -> DecodeError:
    name = field or "time"
    return DecodeError(f"{name}: {what}", field=name, offset=place, command_status=_STATUSES.get(name, _OTHER))


def _unwritten(field: str, what: str) -> EncodeError:
    name = field or "time"
    return EncodeError(f"{name}: {what}", field=name, command_status=_STATUSES.get(name, _OTHER))
