"""What all records together say of messages: receipts matched with them, and the states that follow.

Nothing of it is worked out before it is asked for, and what is new since the last time is worked out alone where it
changes nothing else: receipts that are matched, and claims of other parts, are not looked at again. Where something
else changes, all is worked out anew. The result is that of one look at the whole log.
"""

import numpy as np

from .._core.strings import prefixes
from .accounts import Accounts
from .claims import ClaimBook
from .dialects import AMBIGUOUS, ORPHAN, REFERENCE, Dialect
from .matching import Matcher, Side
from .parts import Parts
from .queries import Answer, Queries
from .receipts import Receipts
from .references import match_references, open_for_reference
from .state import Claims, PartStates
from .table import Ints, Numbers


class Resolution:
    """Receipts matched and part states, of the parts, receipts, queries and accounts of one fold.

    >>> resolution = Resolution(Parts(0), Receipts(), Queries(), Accounts())
    >>> resolution.update()
    >>> resolution.counts["receipts_matched"]
    0
    """

    def __init__(self, parts: Parts, receipts: Receipts, queries: Queries, accounts: Accounts) -> None:
        """Begin with nothing."""
        self._parts, self._receipts, self._queries, self._accounts = parts, receipts, queries, accounts
        self._matcher = Matcher()
        self._links = np.zeros(0, np.int64)  # the account of each link, of no link at the end
        self._known_accounts = (-1, -1)
        self._names: list[str] = []
        self._id_account, self._receipt_account = Numbers(np.int64), Numbers(np.int64)
        self._book = ClaimBook()
        self._by_reference: dict[int, int] = {}  # receipt -> part
        self._answers: list[tuple[int, Answer]] = []

    def add_entries(self, entries: Ints) -> None:
        """Take ids that have become known.

        >>> Resolution(Parts(0), Receipts(), Queries(), Accounts()).add_entries(np.zeros(0, np.int64))
        """
        if len(entries):
            parts = self._parts
            ids, id_offsets, _ = parts.ids.pick(parts.entry_id.array[entries])
            destinations, offsets, _ = parts.destination.pick(parts.entry_part.array[entries])
            self._matcher.add_ids(ids, id_offsets, destinations, offsets)

    def add_receipts(self, rows: Ints) -> None:
        """Take receipts that have come.

        >>> Resolution(Parts(0), Receipts(), Queries(), Accounts()).add_receipts(np.zeros(0, np.int64))
        """
        if len(rows):
            ids, id_offsets, _ = self._receipts.texts["receipt_id"].pick(rows)
            sources, offsets, _ = self._receipts.source.pick(rows)
            self._matcher.add_receipts(ids, id_offsets, sources, offsets)

    def update(self) -> None:
        """Work out what is new.

        >>> Resolution(Parts(0), Receipts(), Queries(), Accounts()).update()
        """
        anew = self._follow_accounts()
        parts, receipts = self._parts, self._receipts
        ids = Side(self._id_account.array, parts.entry_time.array)
        dates = receipts.dates["receipt_submit_date"].array
        received = Side(self._receipt_account.array, receipts.time.array, dates)
        changed = self._matcher.update(ids, received, self._names, anew)
        overlay, answers = self._refer(received), self._queries.claims(parts, self._links)
        before, self._by_reference = self._by_reference, overlay
        if changed is None or overlay or before or answers[: len(self._answers)] != self._answers:
            self._book, self._answers, changed = ClaimBook(), [], np.arange(receipts.rows)
        self._claim(changed, answers[len(self._answers) :], len(self._answers))
        self._answers = answers

    def _follow_accounts(self) -> bool:
        """Say which account each id and receipt belongs to; returns whether that changed of some that were there."""
        version = len(self._accounts.links), self._accounts.changes
        anew = False
        if version != self._known_accounts:
            links, names = self._accounts.of_links()
            known = self._links
            same = np.array_equal(links[:-1][: len(known) - 1], known[:-1]) and links[-1:] == known[-1:]
            anew = len(known) > 0 and not (same and names[: len(self._names)] == self._names)
            self._links, self._names, self._known_accounts = links, names, version
        if anew:
            self._id_account, self._receipt_account = Numbers(np.int64), Numbers(np.int64)
        self._id_account.extend(self._links[self._parts.entry_link.array[len(self._id_account) :]])
        self._receipt_account.extend(self._links[self._receipts.link.array[len(self._receipt_account) :]])
        return anew

    def _refer(self, received: Side) -> dict[int, int]:
        """The parts of receipts that are matched by their reference."""
        parts, receipts, matcher = self._parts, self._receipts, self._matcher
        rows = receipts.referring.array
        if not len(rows):
            return {}
        evidence = np.array([dialect.supporting + dialect.against for dialect in matcher.dialects], np.int64)
        without_id = receipts.texts["receipt_id"].lengths()[rows] == 0
        known, candidates = matcher.index.array[rows], matcher.candidates.array[rows]
        asking = rows[open_for_reference(known, without_id, received.account[rows], evidence, candidates)]
        if not len(asking):
            return {}
        free = np.ones(parts.rows, bool)
        named = matcher.index.array
        free[parts.entry_part.array[named[named >= 0]]] = False
        sent = Side(self._links[parts.link.array], parts.time_sent.array)
        return match_references(parts, receipts, free & (parts.record.array >= 0), asking, sent, received)

    def _claim(self, rows: Ints, answers: list[tuple[int, Answer]], told: int) -> None:
        """Book what some receipts say, and some answers to queries, of which ``told`` were booked before."""
        receipts, part = self._receipts, self.parts_of(rows)
        chosen = (part >= 0) & (receipts.state.array[rows] >= 0)
        part, rows = part[chosen], rows[chosen]
        details = np.zeros((len(rows) + len(answers), 2), np.uint64)
        for column, given in enumerate((receipts.texts["receipt_err"], receipts.network_error)):
            octets, offsets, _ = given.pick(rows)
            heads = np.zeros(len(rows), np.uint64)
            prefixes(octets, offsets, heads)
            details[: len(rows), column] = heads
        asked = [(meant, answer.state, answer.done_date, answer.time) for meant, answer in answers]
        queried = np.array(asked, np.int64).reshape(-1, 4)
        done = receipts.dates["receipt_done_date"].array
        columns = (part, receipts.state.array[rows], done[rows], receipts.time.array[rows])
        part, state, done, time = (np.append(column, queried[:, place]) for place, column in enumerate(columns))
        source = np.append(rows, -1 - told - np.arange(len(answers)))
        self._book.add(Claims(part, state, done, time, details), source)

    # ---- what it says ----

    @property
    def dialects(self) -> list[Dialect]:
        """What the receipts of each account say of its ids.

        >>> Resolution(Parts(0), Receipts(), Queries(), Accounts()).dialects
        []
        """
        return self._matcher.dialects

    @property
    def counts(self) -> dict[str, int]:
        """Contradictions, and receipts by their match.

        >>> Resolution(Parts(0), Receipts(), Queries(), Accounts()).counts["receipts_orphaned"]
        0
        """
        every = np.arange(len(self._matcher.index))
        code = self.codes_of(every)
        return {
            "contradictions": self._book.contradictions,
            "receipts_matched": int((self.parts_of(every) >= 0).sum()),
            "receipts_ambiguous": int((code == AMBIGUOUS).sum()),
            "receipts_orphaned": int((code == ORPHAN).sum()),
        }

    def parts_of(self, rows: Ints) -> Ints:
        """Return the part that each of some receipts means, -1 for none.

        >>> Resolution(Parts(0), Receipts(), Queries(), Accounts()).parts_of(np.zeros(0, np.int64)).tolist()
        []
        """
        index = self._matcher.index.array[rows]
        part = np.where(index >= 0, np.append(self._parts.entry_part.array, -1)[index], -1)
        return self._with_references(part, rows, self._by_reference)

    def codes_of(self, rows: Ints) -> Ints:
        """Return how each of some receipts was matched: codes of ``MATCHED_BY``.

        >>> Resolution(Parts(0), Receipts(), Queries(), Accounts()).codes_of(np.zeros(0, np.int64)).tolist()
        []
        """
        return self._with_references(self._matcher.code.array[rows], rows, dict.fromkeys(self._by_reference, REFERENCE))

    def _with_references(self, values: Ints, rows: Ints, meant: dict[int, int]) -> Ints:
        """``values`` with those of receipts matched by reference in their places; ``rows`` rise."""
        if meant and len(rows):
            receipts = np.fromiter(meant, np.int64, len(meant))
            place = np.minimum(np.searchsorted(rows, receipts), len(rows) - 1)
            there = rows[place] == receipts
            values[place[there]] = np.fromiter(meant.values(), np.int64, len(meant))[there]
        return values

    def states(self, rows: Ints) -> PartStates:
        """Return the states of some parts; parts that share an id share its state.

        >>> Resolution(Parts(0), Receipts(), Queries(), Accounts()).states(np.zeros(0, np.int64)).state.tolist()
        []
        """
        return self._book.states(self._parts.owner.array[rows])

    def receipts_of(self, rows: Ints) -> Ints:
        """Return the receipt that decided the state of some parts, -1 where none did.

        >>> Resolution(Parts(0), Receipts(), Queries(), Accounts()).receipts_of(np.zeros(0, np.int64)).tolist()
        []
        """
        return self._book.sources(self._parts.owner.array[rows])
