"""What the centre answers to requests about messages: submit, query, cancel, replace (SMPP 3.4, chapter 4)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from .. import codec
from .._core.entries import DistributionList, SmeAddress, UnsuccessSme
from ..codec import CancelSmResp, DataSmResp, QuerySmResp, ReplaceSmResp, SubmitMultiResp, SubmitSmResp
from ..errors import DecodeError
from ..protocol import answers
from ..spec.commands import BY_NAME
from ..spec.statuses import BY_NAME as STATUSES
from ..text.times import RelativeTime, format_time, parse_time
from .clock import Clock
from .life import Life
from .receipts import error_of
from .settings import Settings
from .store import DELETED, DELIVERED, ENROUTE, SCHEDULED, Caller, Message, Store

_TRANSACTION = 2  # messaging mode of esm_class: answered with the outcome
_MODES = 0x03
_LONGEST = 20  # characters of an address in a deliver_sm: a receipt must be able to name it
_UNAVAILABLE = 0  # delivery_failure_reason (SMPP 3.4, section 5.3.2.33)
_SECOND = 10**9


def _status(name: str) -> int:
    return STATUSES[f"ESME_{name}"].code


RINVCMDID = _status("RINVCMDID")
RINVSRCADR = _status("RINVSRCADR")
RINVDSTADR = _status("RINVDSTADR")
RINVMSGID = _status("RINVMSGID")
RCANCELFAIL = _status("RCANCELFAIL")
RREPLACEFAIL = _status("RREPLACEFAIL")
RMSGQFUL = _status("RMSGQFUL")
RINVNUMDESTS = _status("RINVNUMDESTS")
RINVDLNAME = _status("RINVDLNAME")
RSUBMITFAIL = _status("RSUBMITFAIL")
RTHROTTLED = _status("RTHROTTLED")
RINVSCHED = _status("RINVSCHED")
RINVEXPIRY = _status("RINVEXPIRY")
RQUERYFAIL = _status("RQUERYFAIL")
RDELIVERYFAILURE = _status("RDELIVERYFAILURE")


Answer: TypeAlias = codec.Pdu | None
"""The response, None when it comes later."""


class Refused(Exception):  # noqa: N818  no error of ours: a status for the peer
    """A request that is answered with a status."""

    def __init__(self, command_status: int) -> None:
        """Keep the status."""
        super().__init__(command_status)
        self.command_status = command_status


class Behaviour:
    """Answers requests; the messages it accepts begin to live.

    >>> from smppkit import SubmitSm
    >>> settings, clock = Settings(), Clock()
    >>> store = Store(10)
    >>> behaviour = Behaviour(settings, store, Life(store, clock, print, print), clock)
    >>> caller = Caller.of("demo", settings)
    >>> behaviour.answer(caller, SubmitSm(destination_addr="32471123456", sequence_number=3), 0.0, 0)
    <SubmitSmResp sequence_number=3 message_id='f4f398e0ba'>
    >>> behaviour.answer(caller, SubmitSm(destination_addr="Bob"), 0.0, 0)
    <SubmitSmResp command_status=ESME_RINVDSTADR sequence_number=0>
    """

    def __init__(self, settings: Settings, store: Store, life: Life, clock: Clock) -> None:
        """Answer for one store."""
        self.refused = 0
        self._settings = settings
        self._store = store
        self._life = life
        self._clock = clock
        self._handlers: Mapping[str, Callable[[Caller, Any, float, int], Answer]] = MappingProxyType(
            {
                "submit_sm": self._submit_sm,
                "data_sm": self._data_sm,
                "submit_multi": self._submit_multi,
                "query_sm": self._query_sm,
                "cancel_sm": self._cancel_sm,
                "replace_sm": self._replace_sm,
            }
        )

    def answer(self, caller: Caller, pdu: codec.Pdu, now: float, date: int) -> Answer:
        """Return the response to one request, at the time ``now`` of the centre's clock, which is that date."""
        handler = self._handlers.get(pdu.command)
        try:
            if handler is None:
                raise Refused(RINVCMDID)
            return handler(caller, pdu, now, date)
        except Refused as refused:
            self.refused += 1
            partner = BY_NAME[pdu.command].partner
            status = refused.command_status
            return answers.pdu_of(partner, sequence_number=pdu.sequence_number, command_status=status)

    def outcome(self, message: Message) -> None:
        """Answer a submission in transaction mode: with success, or why it failed (SMPP 3.4, section 2.10.3)."""
        caller, number, data_sm = message.caller, message.waiting, message.pdu.command == "data_sm"
        caller.waiting -= 1
        kind: type[Any] = DataSmResp if data_sm else SubmitSmResp
        if message.state == DELIVERED:
            caller.respond(kind(sequence_number=number, message_id=message.id))
            return
        reason = {"delivery_failure_reason": _UNAVAILABLE} if data_sm else {}
        tlvs = reason if caller.version >= "3.4" else {}
        failed = kind(sequence_number=number, command_status=RDELIVERYFAILURE, message_id=message.id, tlvs=tlvs)
        caller.respond(failed)

    # --- submitting ----------------------------------------------------------------------------------------------

    def _submit_sm(self, caller: Caller, pdu: codec.SubmitSm, now: float, date: int) -> Answer:
        message_id = self._accept(caller, pdu, now, date)
        if message_id is None:
            return None
        return SubmitSmResp(message_id=message_id, sequence_number=pdu.sequence_number)

    def _data_sm(self, caller: Caller, pdu: codec.DataSm, now: float, date: int) -> Answer:
        if len(pdu.source_addr) > _LONGEST:
            raise Refused(RINVSRCADR)
        message_id = self._accept(caller, pdu, now, date)
        if message_id is None:
            return None
        return DataSmResp(message_id=message_id, sequence_number=pdu.sequence_number)

    def _accept(self, caller: Caller, pdu: codec.SubmitSm | codec.DataSm, now: float, date: int) -> str | None:
        """Accept a message to one destination; return its id, None when its outcome is the answer."""
        destination = pdu.destination_addr
        if not is_number(destination):
            raise Refused(RINVDSTADR)
        if self._store.full:
            raise Refused(RMSGQFUL)
        transaction = pdu.esm_class & _MODES == _TRANSACTION
        if transaction and caller.waiting >= self._settings.window:
            raise Refused(RTHROTTLED)
        schedule, expires = self._times(pdu, now)
        message = Message(pdu, caller.ids.next(), destination, caller, date)
        if transaction:
            message.waiting = pdu.sequence_number
            caller.waiting += 1
        message.expires = expires
        message.fate, delay = caller.chances.fate()
        self._life.begin(message, delay, now, schedule)
        return None if transaction else message.id

    def _submit_multi(self, caller: Caller, pdu: codec.SubmitMulti, now: float, date: int) -> Answer:
        entries = pdu.dest_address or ()
        if not entries:
            raise Refused(RINVNUMDESTS)
        accepted = [entry for entry in entries if isinstance(entry, SmeAddress) and is_number(entry.destination_addr)]
        failures = [failure for failure in map(_failure, entries) if failure is not None]
        number = pdu.sequence_number
        if not accepted:
            self.refused += 1
            refusal = SubmitMultiResp(command_status=RSUBMITFAIL, message_id="", unsuccess_sme=failures)
            return refusal.replace(sequence_number=number)
        if self._store.pending + len(accepted) > self._store.most:
            raise Refused(RMSGQFUL)
        schedule, expires = self._times(pdu, now)
        message_id, before = caller.ids.next(), None
        for entry in accepted:
            message = Message(pdu, message_id, entry.destination_addr, caller, date)
            message.entry = entry
            message.expires = expires
            message.fate, delay = caller.chances.fate()
            if before is not None:
                before.twin = message
            before = message
            self._life.begin(message, delay, now, schedule)
        return SubmitMultiResp(sequence_number=number, message_id=message_id, unsuccess_sme=failures)

    def _times(self, pdu: Any, now: float) -> tuple[float | None, float | None]:
        """Return when a message may leave and when its validity is over, by the centre's clock; None for unsaid."""
        if pdu.command == "data_sm":
            seconds = pdu.tlvs.get("qos_time_to_live")
            return None, now + seconds if isinstance(seconds, int) else None
        schedule, validity = pdu.schedule_delivery_time, pdu.validity_period
        if not schedule and not validity:
            return None, None
        leaves = self._moment(schedule, "schedule_delivery_time", now)
        expires = self._moment(validity, "validity_period", now)
        if expires is not None and expires <= now:
            raise Refused(RINVEXPIRY)
        if leaves is not None and expires is not None and leaves >= expires:
            raise Refused(RINVSCHED)
        return leaves, expires

    def _moment(self, text: str, field: str, now: float) -> float | None:
        try:
            time = parse_time(text, field)
        except DecodeError as error:
            raise Refused(error.command_status) from None
        if time is None:
            return None
        today = datetime.fromtimestamp(self._clock.date(now) / _SECOND, UTC)
        moment = time.after(today) if isinstance(time, RelativeTime) else time
        return now + (moment - today).total_seconds()

    # --- asking and changing -------------------------------------------------------------------------------------

    def _query_sm(self, caller: Caller, pdu: codec.QuerySm, now: float, date: int) -> Answer:
        message = self._found(caller, pdu, RQUERYFAIL)
        state = message.state
        if state == SCHEDULED and caller.version < "5.0":
            state = ENROUTE  # 3.4 has no word for it
        final_date = format_time(datetime.fromtimestamp(message.time_final / _SECOND, UTC)) if message.final else ""
        return QuerySmResp(
            sequence_number=pdu.sequence_number,
            message_id=message.id,
            final_date=final_date,
            message_state=state,
            error_code=error_of(state),
        )

    def _cancel_sm(self, caller: Caller, pdu: codec.CancelSm, now: float, date: int) -> Answer:
        if pdu.message_id:
            message = self._found(caller, pdu, RCANCELFAIL)
            chosen = [each for each in message.twins() if pdu.destination_addr in ("", each.destination)]
        else:
            both = pdu.source_addr, pdu.destination_addr
            chosen = self._store.matching(caller.account, *both, pdu.service_type)
        pending = [message for message in chosen if not message.final]
        if not pending:
            raise Refused(RCANCELFAIL)
        for message in pending:
            self._life.end(message, DELETED, date)
        return CancelSmResp(sequence_number=pdu.sequence_number)

    def _replace_sm(self, caller: Caller, pdu: codec.ReplaceSm, now: float, date: int) -> Answer:
        message = self._found(caller, pdu, RREPLACEFAIL)
        pending = [each for each in message.twins() if not each.final]
        if not pending or message.pdu.command == "data_sm":
            raise Refused(RREPLACEFAIL)
        schedule, expires = self._times(pdu, now)
        kept = [(tag, value) for tag, value in message.pdu.raw_tlvs if tag != _PAYLOAD]
        replaced = message.pdu.replace(short_message=pdu.short_message, tlvs=[*kept, *_payload(pdu)])
        for each in pending:
            each.pdu = replaced
            each.registered = pdu.registered_delivery
            if expires is not None:
                each.expires = expires
                self._life.reckon(each, now)
            if schedule is not None:
                _, delay = caller.chances.fate()
                self._life.set_off(each, delay, now, schedule)
        return ReplaceSmResp(sequence_number=pdu.sequence_number)

    def _found(self, caller: Caller, pdu: Any, status: int) -> Message:
        """Return the message that a request is about: its id and its sender have to agree."""
        message = self._store.find(pdu.message_id, caller.account)
        if message is None:
            raise Refused(RINVMSGID)
        if message.source != pdu.source_addr:
            raise Refused(status)
        return message


_PAYLOAD = 0x0424


def _payload(pdu: codec.ReplaceSm) -> list[tuple[int, bytes]]:
    """Return the message_payload of a replace_sm, which SMPP 5.0 allows (section 4.5.3)."""
    return [(tag, value) for tag, value in pdu.raw_tlvs if tag == _PAYLOAD]


def is_number(address: str) -> bool:
    """Whether a message can be sent to that address: 1 to 20 digits, a plus before them at most.

    >>> [is_number(address) for address in ("32471123456", "+32471123456", "Bob", "", "²", "1" * 21)]
    [True, True, False, False, False, False]
    """
    if not address.isdigit():
        address = address.removeprefix("+")
    return address.isdigit() and address.isascii() and len(address) <= _LONGEST


def _failure(entry: SmeAddress | DistributionList) -> UnsuccessSme | None:
    """Return what is told about a destination that is not accepted, None for one that is."""
    if isinstance(entry, DistributionList):
        return UnsuccessSme(0, 0, entry.dl_name[:_LONGEST], RINVDLNAME)
    if is_number(entry.destination_addr):
        return None
    address = entry.destination_addr[:_LONGEST]
    return UnsuccessSme(entry.dest_addr_ton, entry.dest_addr_npi, address, RINVDSTADR)
