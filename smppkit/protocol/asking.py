"""Our half of a session: requests that we send, and what becomes of them.

Every request ends exactly once: with a response, or unanswered. A response that comes later still is told as late.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..codec import EnquireLink, Pdu, SubmitMulti
from ..codec.index import Index
from ..errors import WindowFull
from ..spec.commands import BY_ID, BY_NAME, ROWS
from ..spec.kinds import REQUEST
from . import answers, events
from .pacing import Pace
from .session import BINDS, Bind, Session, said
from .versions import version_of
from .window import ALONE, BEYOND, NACK, STRANGE, Ended, Interval, Request, Window

PACED = frozenset({"submit_sm", "submit_multi", "data_sm", "broadcast_sm", "deliver_sm"})
UNLIMITED = frozenset({"enquire_link", "unbind", *BINDS})  # never held up by a full window
_STAMP = np.arange(12, 16)  # where a sequence_number stands in a PDU
_EXPECTS = {row.name: BY_NAME[row.partner].command_id if row.kind == REQUEST else 0 for row in ROWS}


class _Asked(NamedTuple):
    """What a request that came alone was; ``own`` when the machine made it."""

    command: str
    handle: Any
    own: bool = False


class Asking:
    """The requests of one session."""

    def __init__(self, session: Session, now: float, next_sequence: int) -> None:
        """Begin with nothing asked."""
        self.session = session
        self.window = Window(session.settings.window, next_sequence)
        self.pace = Pace(session.settings.rate, now)
        self._probe = 0  # the number of our latest test of the link

    # --- asking --------------------------------------------------------------------------------------------------

    def request(self, pdu: Pdu, now: float, handle: Any, own: bool = False) -> int:
        """Queue one request under the next sequence number and return that."""
        session, command = self.session, pdu.command
        session.check_request(command)
        expects = _EXPECTS[command]
        octets: bytes = pdu.encode()
        if expects:
            end = session.position + len(octets)
            number = self._take(command, _Asked(command, handle, own), expects, now, end)
            session.counters.requests += 1
        else:
            number = self.window.number()
        session.queue(octets[:12] + number.to_bytes(4, "big") + octets[16:])
        if command in PACED:
            self.pace.spend(pdu.number_of_dests if isinstance(pdu, SubmitMulti) else 1, now)
        if command in UNLIMITED or not expects:
            self._follow(pdu, now)
        else:
            session.timers.touch("inactivity", now)
        return number

    def request_block(
        self,
        block: int,
        octets: bytearray,
        offset: npt.NDArray[np.int64],
        first_row: int,
        now: float,
        command: str,
    ) -> list[Interval]:
        """Queue rows of a block, as many as window and pace allow; stamp their sequence numbers in place."""
        session = self.session
        session.check_request(command)
        rows = min(len(offset) - 1 - first_row, self.pace.available(now))
        taken = self.window.take(rows, block, first_row, _EXPECTS[command], now)
        whole = np.frombuffer(octets, np.uint8)
        view = memoryview(octets)
        for interval in taken:
            first, begin, count = interval
            stamps = np.arange(first, first + count, dtype=">u4").view(np.uint8).reshape(count, 4)
            whole[offset[begin : begin + count, None] + _STAMP] = stamps
            self.window.place(interval, session.position + offset[begin + 1 : begin + count + 1] - offset[begin])
            session.queue_rows(view[offset[begin] : offset[begin + count]])
            self.pace.spend(count, now)
            session.counters.requests += count
        if taken:
            session.timers.touch("inactivity", now)
        return taken

    def probe(self, now: float) -> None:
        """Test whether the peer lives."""
        self._probe = self.request(EnquireLink(), now, None, own=True)
        self.session.timers.stop("enquire_link")
        self.session.timers.start("dead_link", now)

    def _take(self, command: str, asked: _Asked, expects: int, now: float, end: int) -> int:
        if command in PACED and not self.pace.available(now):
            raise WindowFull(f"the rate of {self.session.settings.rate:g} a second lets nothing leave now; wait")
        window = self.window
        beyond = 2 * BEYOND if asked.own else BEYOND if command in UNLIMITED else 0
        number = window.take_one(asked, expects, now, beyond, end)
        if number is None:
            waiting = f"{window.pending:,} requests are not answered yet"
            raise WindowFull(f"{waiting}, and the window is {window.size:,}; wait for some, or give a larger window")
        return number

    def _follow(self, pdu: Pdu, now: float) -> None:
        """Do what follows from a request of the session itself."""
        if isinstance(pdu, Bind):
            self.session.begin_bind(pdu)
        elif pdu.command == "unbind":
            self.session.begin_unbind(False, now)
        elif pdu.command == "outbind":
            self.session.outbound(now)

    # --- what is answered ----------------------------------------------------------------------------------------

    def answered(self, octets: bytes, found: Index, begin: int, end: int, now: float) -> None:
        """Take a run of responses: the PDUs ``begin`` to ``end`` of a buffer."""
        if end - begin == 1:
            number, command_id = int(found.sequence_number[begin]), int(found.command_id[begin])
            request = self.window.answer(number, command_id)
            if request is None:
                self._strange(octets, found, begin, end, now)
            else:
                self._matched(request, octets, found, begin, False, now)
        else:
            self._run(octets, found, begin, end, now)
        self._watch_congestion(octets, found, begin, end)

    def _run(self, octets: bytes, found: Index, begin: int, end: int, now: float) -> None:
        block, row, slot = self.window.match(found.sequence_number[begin:end], found.command_id[begin:end])
        edges = np.flatnonzero(block[1:] != block[:-1]) + 1
        for first, last in zip([0, *edges.tolist()], [*edges.tolist(), len(block)], strict=True):
            if block[first] >= 0:
                self._rows(int(block[first]), row[first:last], octets, found, begin + first, False, now)
            elif block[first] == STRANGE:
                self._strange(octets, found, begin + first, begin + last, now)
            else:
                requests = self.window.release(slot[first:last])
                self._count(last - first, False)
                for which, (asked, sent) in enumerate(requests, begin + first):
                    self._one(asked, sent, _octets(octets, found, which), False, now)

    def _matched(self, request: Request, octets: bytes, found: Index, place: int, late: bool, now: float) -> None:
        """Tell of one response."""
        if request.block == ALONE:
            self._count(1, late)
            self._one(request.about, request.sent, _octets(octets, found, place), late, now)
        else:
            self._rows(request.block, np.array([request.row]), octets, found, place, late, now)

    def _one(self, asked: _Asked, sent: float, octets: bytes, late: bool, now: float) -> None:
        """Tell of the response to a request that came alone."""
        session = self.session
        pdu, error = answers.readable(octets, session.settings.max_pdu)
        if pdu is None:
            pdu = answers.bare(octets)
            session.fault("unreadable_response", f"{pdu.command} {pdu.sequence_number}: {error}")
        if not asked.own:
            handle = pdu.sequence_number if asked.handle is None else asked.handle
            session.tell(events.ResponseReceived(handle, pdu, late, now - sent))
        if asked.command not in UNLIMITED:
            session.timers.touch("inactivity", now)
        else:
            self._control_answered(asked, pdu, sent, now)

    def _control_answered(self, asked: _Asked, pdu: Pdu, sent: float, now: float) -> None:
        """Take the response to a request of the session itself."""
        if asked.command == "unbind":
            self.session.end_unbind("the peer answered")
        elif asked.command != "enquire_link":
            self._bind_answered(pdu, now)
        elif asked.own:
            self._lives(now)
            self.session.tell(events.EnquireAnswered(now - sent))

    def _rows(
        self, block: int, row: npt.NDArray[np.int64], octets: bytes, found: Index, begin: int, late: bool, now: float
    ) -> None:
        """Tell of responses to rows of one block, the PDUs from ``begin`` on."""
        which = slice(begin, begin + len(row))
        status = found.command_status[which]
        heads = (found.command_id[which], status, late, octets, found.offset[which], found.length[which])
        self._count(len(row), late)
        self.session.timers.touch("inactivity", now)
        self.session.tell(events.BlockAnswered(block, row, *heads))

    def _bind_answered(self, pdu: Pdu, now: float) -> None:
        session = self.session
        if pdu.command_status or pdu.command_id == NACK or session.cause:  # a late one finds a cause to close
            session.refuse_bind(now)
            return
        told = pdu.tlvs.get("sc_interface_version")
        number = told if isinstance(told, int) else None
        session.end_bind(version_of(number, session.binding == "bind_transceiver"), now)

    def _strange(self, octets: bytes, found: Index, begin: int, end: int, now: float) -> None:
        """Take responses that answer nothing pending: late, of the wrong command, or to nothing."""
        strays: dict[str, list[str]] = {}
        for place in range(begin, end):
            command_id, number = _header(found, place)
            request = self.window.late(number, command_id)
            if request is not None:
                self._matched(request, octets, found, place, True, now)
            elif (bind := self._nacked_bind(number, command_id)) is not None:
                self._matched(bind, octets, found, place, False, now)
            elif not self._wrong(command_id, number):
                kind = "stray_nack" if command_id == NACK else "stray_response"
                strays.setdefault(kind, []).append(said(command_id, number))
        for kind, names in strays.items():
            self.session.counters.stray += len(names)
            more = f" and {len(names) - 1:,} others answer" if len(names) > 1 else " answers"
            self.session.fault(kind, f"{names[0]}{more} nothing that waits", len(names))

    def _nacked_bind(self, number: int, command_id: int) -> Request | None:
        """Return our bind where a generic_nack without a number answers it, None for all else.

        The number is 0 where the peer could not read the header of what it refuses (SMPP 3.4, section 4.3.1). As long
        as nothing but the bind waits, it can be of nothing else.
        """
        window, ours = self.window, self.session.binding and self.session.role == "ESME"
        if number or command_id != NACK or not ours or window.pending != 1:
            return None
        return window.answer(window.first(), NACK)

    def _wrong(self, command_id: int, number: int) -> bool:
        """Whether a response has the number of a pending request of another command: that request ends unanswered.

        The peer holds it for answered, and nothing in the wrong response can be trusted.
        """
        ended = self.window.give_up(number) if command_id in BY_ID else None
        if ended is None:
            return False
        about = ended.about[0]
        asked = about.command if about else "a request of a block"
        detail = f"{said(command_id, number)} cannot answer {asked}"
        self.session.fault("wrong_response", detail)
        self._tell_unanswered(ended, "wrong_response")
        if about and (about.command in BINDS or about.command == "unbind"):
            self.session.must_close("wrong_response", detail)
        return True

    def _count(self, responses: int, late: bool) -> None:
        counters = self.session.counters
        counters.responses += responses
        counters.late += responses if late else 0

    def _watch_congestion(self, octets: bytes, found: Index, begin: int, end: int) -> None:
        last = int(found.offset[end - 1]) + int(found.length[end - 1])
        state = answers.congestion(octets, found.offset[begin:end], last, self.session.settings.max_pdu)
        if state is not None:
            self.session.congestion = state

    # --- what is not answered ------------------------------------------------------------------------------------

    def expire(self, now: float) -> None:
        """End the requests that have waited too long."""
        session = self.session
        ended = self.window.expire(now, session.timers.seconds("response"))
        self._tell_unanswered(ended, "response_timeout")
        for about in ended.about:
            if about and about.command in BINDS:
                session.must_close("response_timeout", f"{about.command} was not answered")

    def dead(self, now: float) -> None:
        """Take that the peer did not answer our enquire_link: it is gone, unless it was heard otherwise."""
        session = self.session
        asked = session.timers.since("dead_link")
        heard = session.heard
        ended = self.window.give_up(self._probe)
        if ended is not None:
            self._tell_unanswered(ended, "response_timeout")
        self._lives(now)
        if asked is not None and heard > asked:
            session.fault("enquire_link_ignored", "the peer sends, but does not answer enquire_link")
            return
        seconds = f"{round(now - heard, 1):g} s"
        session.must_close("response_timeout", f"nothing was heard for {seconds}, and enquire_link was not answered")

    def drop_all(self, reason: str) -> None:
        """End everything: the transport is gone, and with it what was never written."""
        self._tell_unanswered(self.window.drop_all(self.session.gone()), reason)

    def _lives(self, now: float) -> None:
        timers = self.session.timers
        timers.stop("dead_link")
        if self.session.bound:
            timers.start("enquire_link", now)

    def _tell_unanswered(self, ended: Ended, reason: str) -> None:
        """Tell of requests that ended without a response, runs of one block together."""
        self.session.counters.unanswered += len(ended.block)
        block, sent = ended.block, ended.sent
        edges = (np.flatnonzero((block[1:] != block[:-1]) | (sent[1:] != sent[:-1])) + 1).tolist()
        for first, last in zip([0, *edges], [*edges, len(block)], strict=True):
            if last > first and block[first] >= 0:
                event = events.BlockUnanswered(int(block[first]), ended.row[first:last], reason, bool(sent[first]))
                self.session.tell(event)
                continue
            for asked, number in zip(ended.about[first:last], ended.sequence[first:last].tolist(), strict=True):
                if not asked.own:
                    handle = number if asked.handle is None else asked.handle
                    self.session.tell(events.Unanswered(handle, asked.command, reason, bool(sent[first])))


def _octets(octets: bytes, found: Index, place: int) -> bytes:
    at = int(found.offset[place])
    return octets[at : at + int(found.length[place])]


def _header(found: Index, place: int) -> tuple[int, int]:
    return int(found.command_id[place]), int(found.sequence_number[place])
