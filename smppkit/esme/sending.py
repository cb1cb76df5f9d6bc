"""The half of ``Esme`` that sends: messages, single requests, raw octets; and what is asked about sent messages."""

from collections.abc import Sequence
from concurrent.futures import Future
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any

from ..codec import CancelSm, CancelSmResp, Pdu, QuerySm, QuerySmResp, ReplaceSm, ReplaceSmResp, scan
from ..errors import ConnectionLost, FramingError, ResponseTimeout, SessionClosed, SessionError, WindowFull
from ..spec.commands import BY_NAME
from ..text.coding import alphabet_of, encode_text
from .address import AnyAddress
from .address import destination as destination_of
from .address import sender as sender_of
from .compose import compose
from .message import Message
from .pending import SUBMISSIONS, Pending
from .preview import Preview, preview
from .run import Run, start
from .states import limit, seconds
from .terms import Moment, Terms, Tlvs, Udh

if TYPE_CHECKING:
    from .core import Core
    from .references import References

_MINUTE = 30.0


class Sending:
    """What sends; ``Esme`` is made of this.

    >>> import smppkit as sk
    >>> "Sending" in [kind.__name__ for kind in sk.Esme.__mro__]
    True
    """

    _core: "Core"
    _references: "References"

    def send(
        self,
        to: AnyAddress,
        text: str | None = None,
        *,
        data: bytes | None = None,
        udh: Udh = None,
        sender: AnyAddress | None = None,
        receipt: bool | int | str = True,
        flash: bool = False,
        validity: Moment = None,
        schedule: Moment = None,
        mode: str | None = None,
        coding: str | int | None = None,
        long: str = "auto",
        tlvs: Tlvs = None,
        tag: str | int | None = None,
        timeout: float | None = 30.0,
    ) -> Message:
        """Send one message, in as many parts as it takes, and return it when every part was answered.

        ``to`` is a number such as "+32 471 123456", or (address, ton, npi). ``text``, or ``data`` (octets) with ``udh``
        (a header in front), is what is sent; ``sender`` a number or a name, the account's own when None. ``receipt``
        asks for a delivery receipt: True, False, "final", "failure" or the octet registered_delivery. ``flash`` shows
        it at once and keeps nothing. ``validity`` and ``schedule`` are seconds, a timedelta, a datetime or exact text;
        ``mode`` is "datagram", "transaction" or "store_and_forward"; ``coding`` an alphabet by name or a data_coding;
        ``long`` how parts travel; ``tag`` a word or a number of yours for the table of messages.

        A refused message is returned as well: ``message.outcome`` tells. After ``timeout`` seconds (0 returns at once,
        None is no limit) the message is returned as it is then: queued, sent or unanswered. Raises ValueError, naming
        the reason, for what cannot be sent at all, and SessionError when nothing could leave for want of a session.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.send("+32 471 123456", "Hello", sender="INFO").outcome
        'accepted'
        """
        core, patience = self._core, seconds(timeout)
        core.check("submit_sm")
        if patience > 0:
            core.may_wait()
        pdus = compose(
            to,
            text,
            data=data,
            udh=udh,
            sender=core.options.sender if sender is None else sender,
            receipt=receipt,
            flash=flash,
            validity=validity,
            schedule=schedule,
            mode=mode,
            coding=coding,
            long=long,
            tlvs=tlvs,
            reference=self._references,
            profile=core.options.profile,
            version=core.version,
        )
        return self._send(pdus, tag, patience)

    def _send(self, pdus: Sequence[Pdu], tag: str | int | None, timeout: float) -> Message:
        """Queue the parts of one message and wait for their ends."""
        core = self._core
        core.queue.check_room(len(pdus))
        number = core.memory.take_messages()
        parts = core.hand_over(pdus, number, None if tag is None else str(tag))  # as a table's tags are taken
        if timeout > 0:
            self._await(parts, timeout)
        return Message(core, number, self)

    def _await(self, parts: Sequence[Pending], timeout: float) -> None:
        """Wait until every part has its end; raise when none could leave for want of a session."""
        until = monotonic() + timeout
        try:
            waiting = [part for part in parts if not part.ended(until)]
        except BaseException:  # an interrupt: what has not left stays here
            self._core.withdraw(parts)
            raise
        error = self._core.no_session() if waiting else None
        if error is not None:
            self._core.withdraw(parts)
        ends = [part.exception() for part in parts if part.done()]
        if len(ends) == len(parts) and all(isinstance(end, SessionClosed) for end in ends):
            raise error or ends[0]  # type: ignore[misc]  # all of them are exceptions

    def send_many(
        self,
        table: Any,
        text: str | None = None,
        *,
        sender: AnyAddress | None = None,
        receipt: bool | int | str = True,
        rate: float | None = None,
        window: int | None = None,
        tag: str | int | None = None,
        **keywords: Any,
    ) -> Run:
        """Begin to send one message for each row of a table and return the ``Run``; it works on in the background.

        ``table`` is a DataFrame, a dict of columns or the like, with a column ``destination`` (or to, msisdn, …).
        ``text`` may name columns, "Hi {name}"; without it the column ``text`` is sent. ``rate`` is in parts a second,
        ``window`` the most requests of this run without a response, both within what the account allows; the other
        ``keywords`` are those of ``send``: flash, validity, schedule, mode, coding, long, udh, tlvs. A row that cannot
        be sent is left out, see ``run.left_out``. Raises ValueError or TableError for what cannot be sent at all,
        SessionClosed where nothing can leave.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     run = esme.send_many({"destination": ["+32471123456"], "name": ["Ann"]}, "Hi {name}", sender="INFO")
        ...     run.wait(30).messages["text"].tolist()
        ['Hi Ann']
        """
        given = {"sender": sender, "receipt": receipt, "tag": tag} | keywords
        return start(self, table, text, rate=rate, window=window, **given)  # type: ignore[arg-type]  # an Esme

    def preview(self, table: Any, text: str | None = None, *, rate: float | None = None, **keywords: Any) -> Preview:
        """Return what ``send_many`` would send, with the same keywords; nothing leaves.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.preview({"destination": ["+32471123456", "x"]}, "Hello", rate=2).parts
        1
        """
        return preview(self._core.options, table, text, rate=rate, **keywords)

    def submit(self, pdu: Pdu, timeout: float | None = 30.0) -> Pdu:
        """Send one request as it is, under the next sequence number, and return the response, whatever its status.

        Raises ResponseTimeout when none came within ``timeout`` seconds (0 or None: no limit), ConnectionLost when the
        connection broke before, WindowFull when the window or the rate never let it leave, SessionClosed when there is
        no session, and LocalProtocolError for what may not be sent now.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.submit(sk.SubmitSm(destination_addr="32471123456", short_message=b"hi")).command_status
        0
        """
        core = self._core
        core.may_wait()
        patience = limit(timeout)
        pending = core.submit(pdu)
        try:
            return pending.result(patience)
        except TimeoutError as error:
            if isinstance(error, SessionError):
                raise
        except BaseException:  # an interrupt: if it has not left, it never will
            core.withdraw([pending])
            raise
        if not core.withdraw([pending]):
            if pending.done() and not pending.exception():  # it came just now
                return pending.result()
            may = "it may have been carried out all the same"
            raise ResponseTimeout(f"{pdu.command} was not answered within {timeout:g} s; {may}")
        raise core.no_session() or WindowFull(
            f"{pdu.command} could not leave within {timeout:g} s: window or rate let nothing out; nothing was sent"
        )

    def submit_nowait(self, pdu: Pdu) -> Future[Pdu]:
        """Queue one request and return its response to come, a ``concurrent.futures.Future``.

        ``future.result(timeout)`` waits and returns or raises as ``submit`` does; ``future.cancel()`` helps as long as
        the request has not left. Done callbacks run on the thread of callbacks. Raises WindowFull when 100,000 wait
        already, SessionClosed and LocalProtocolError at once.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     pdu = sk.SubmitSm(destination_addr="32471123456", short_message=b"hi")
        ...     futures = [esme.submit_nowait(pdu) for _ in range(100)]
        ...     sum(future.result(30).command_status for future in futures)
        0
        """
        return self._core.submit(pdu)

    def send_raw(self, octets: bytes) -> None:
        """Write octets to the connection as they are, right or wrong; nothing waits for an answer.

        Window and rate do not hold them up. Whole PDUs among them are logged, and submissions show among the messages.
        Raises SessionClosed when there is no session.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.send_raw(sk.EnquireLink(sequence_number=77).encode())
        """
        core, raw = self._core, bytes(octets)
        core.check("enquire_link")
        core.loop.call(lambda: self._write(raw))

    def _write(self, octets: bytes) -> None:
        core = self._core
        error = core.no_session()
        traffic = core.session.traffic
        if error is not None or traffic is None or traffic.connection is None:
            raise error or ConnectionLost("the connection has just broken; nothing was sent")
        traffic.wrote()
        intents = self._intents(octets)
        traffic.machine.send_raw(octets)
        traffic.wrote(intents)
        traffic.connection.flush()

    def _intents(self, octets: bytes) -> list[int]:
        """The intents of whole PDUs; none when the octets are not such, for then nothing of them is logged."""
        try:
            index = scan(octets, max_length=max(16, len(octets)))
        except FramingError:
            return []
        if index.consumed != len(octets):
            return []
        memory, found = self._core.memory, []
        rows = zip(index.command_id.tolist(), index.offset.tolist(), index.length.tolist(), strict=True)
        for command_id, at, length in rows:
            one = octets[at : at + length]
            message = memory.take_messages() if command_id in _SUBMISSION_IDS else 0
            found.append(memory.add_intent(one, message, 1, 1, time_ns()) if message else -1)
        return found

    # --- what was sent before ------------------------------------------------------------------------------------

    def query(self, message_id: str, source: AnyAddress = "", timeout: float | None = _MINUTE) -> QuerySmResp:
        """Ask the centre what became of a message, by the id that it gave (SMPP 3.4, section 4.8).

        ``source`` is the sender the message had. Returns the response, whatever its status; raises as ``submit``.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False, delay=None) as smsc, sk.connect(smsc.url) as esme:
        ...     message = esme.send("32471123456", "Hello", sender="INFO")
        ...     esme.query(message.message_ids[0], "INFO").message_state
        1
        """
        here = self._sender(source)
        pdu = QuerySm(message_id=message_id, source_addr_ton=here.ton, source_addr_npi=here.npi, source_addr=here.addr)
        return self.submit(pdu, timeout)  # type: ignore[return-value]

    def cancel(
        self, message_id: str, source: AnyAddress = "", destination: AnyAddress = "", timeout: float | None = _MINUTE
    ) -> CancelSmResp:
        """Ask the centre to forget a message that is not delivered yet (SMPP 3.4, section 4.9).

        ``source`` and ``destination`` are those of the message. Returns the response, whatever its status; raises as
        ``submit``.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False, delay=None) as smsc, sk.connect(smsc.url) as esme:
        ...     message = esme.send("32471123456", "Hello", sender="INFO")
        ...     esme.cancel(message.message_ids[0], "INFO").command_status
        0
        """
        here = self._sender(source)
        there = destination_of(destination) if destination else None
        pdu = CancelSm(
            message_id=message_id,
            source_addr_ton=here.ton,
            source_addr_npi=here.npi,
            source_addr=here.addr,
            dest_addr_ton=there.ton if there else 0,
            dest_addr_npi=there.npi if there else 0,
            destination_addr=there.addr if there else "",
        )
        return self.submit(pdu, timeout)  # type: ignore[return-value]

    def replace(
        self,
        message_id: str,
        source: AnyAddress,
        text: str,
        *,
        validity: Moment = None,
        schedule: Moment = None,
        receipt: bool | int | str = True,
        data_coding: int = 0,
        timeout: float | None = _MINUTE,
    ) -> ReplaceSmResp:
        """Ask the centre to send another text instead of one that is not delivered yet (SMPP 3.4, section 4.10).

        The PDU has no data_coding of its own: ``data_coding`` is that of the message. One part only: 254 octets.
        Returns the response, whatever its status; raises TextError for a text that data_coding does not hold.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False, delay=None) as smsc, sk.connect(smsc.url) as esme:
        ...     message = esme.send("32471123456", "Hello", sender="INFO")
        ...     esme.replace(message.message_ids[0], "INFO", "Good morning").command_status
        0
        """
        here, options = self._sender(source), self._core.options
        terms = Terms.of(receipt=receipt, validity=validity, schedule=schedule, profile=options.profile)
        pdu = ReplaceSm(
            message_id=message_id,
            source_addr_ton=here.ton,
            source_addr_npi=here.npi,
            source_addr=here.addr,
            schedule_delivery_time=terms.schedule_delivery_time,
            validity_period=terms.validity_period,
            registered_delivery=terms.registered_delivery,
            short_message=encode_text(text, alphabet_of(data_coding, options.profile.codings)),
        )
        return self.submit(pdu, timeout)  # type: ignore[return-value]

    def _sender(self, source: AnyAddress) -> Any:
        return sender_of(source or self._core.options.sender)


_SUBMISSION_IDS = frozenset(BY_NAME[name].command_id for name in SUBMISSIONS)
