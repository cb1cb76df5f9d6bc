"""One message that was sent: its outcome, its states and its life, read from the fold whenever it is asked."""

from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from .. import html
from ..errors import ResponseTimeout, SmppError
from .looking import message_row, receipts_of, requests_of, text_of
from .outcome import message_sentence
from .states import limit

if TYPE_CHECKING:
    import pandas as pd

    from .core import Core
    from .sending import Sending

_LEAST = 0.01  # seconds between two looks while waiting
_SHARE = 5.0  # and so many times what the last look took
_ENDED = frozenset({"refused", "unanswered", "not_sent"})


class Message:
    """A message of one or several parts; what ``send`` returns. Nothing is kept here: all of it is read from the log.

    >>> import smppkit as sk
    >>> with sk.Smsc(process=False, delay=0) as smsc, sk.connect(smsc.url) as esme:
    ...     message = esme.send("+32471123456", "Hello", sender="INFO")
    ...     message.outcome, message.wait().state in ("DELIVERED", "UNDELIVERABLE", "EXPIRED", "REJECTED")
    ('accepted', True)
    """

    def __init__(self, core: "Core", msg_id: int, owner: "Sending | None" = None) -> None:
        """Belong to an account, which lives as long as its messages are held."""
        self._core = core
        self._owner = owner
        self._msg_id = msg_id
        self._receipt: bool | None = None

    # --- what it is ----------------------------------------------------------------------------------------------

    @property
    def msg_id(self) -> int:
        """Its number in the tables ``messages`` and ``parts``."""
        return self._msg_id

    @property
    def to(self) -> str | None:
        """The destination, as it went out."""
        return self._row(states=False)["parts"][0]["destination"]  # type: ignore[no-any-return]

    @property
    def text(self) -> str | None:
        """The text, None for data."""
        return text_of([pdu for pdu, _ in requests_of(self._core, self._msg_id)])

    @property
    def outcome(self) -> str:
        """What became of it: queued, sent, accepted, refused, unanswered or not_sent; of several parts the worst."""
        return str(self._row(states=False)["outcome"])

    @property
    def command_status(self) -> int | None:
        """The command_status of the response, that of the refusal where a part was refused; None without any."""
        return self._row(states=False)["command_status"]  # type: ignore[no-any-return]

    @property
    def state(self) -> str | None:
        """The message_state of the standard that receipts tell, such as "DELIVERED"; None before the first."""
        return self._row()["state"]  # type: ignore[no-any-return]

    @property
    def final(self) -> bool:
        """Whether the state will change no more."""
        return bool(self._row()["final"])

    @property
    def parts(self) -> int:
        """How many parts it has."""
        return len(self._row(states=False)["parts"])

    @property
    def message_ids(self) -> list[str]:
        """The ids that the centre gave its parts, in their order."""
        return list(self._row(states=False)["message_ids"])

    # --- what becomes of it --------------------------------------------------------------------------------------

    def wait(self, timeout: float | None = 60.0) -> "Message":
        """Wait until it is final, or can never be, and return it.

        It can never be when it was refused, is unanswered or was not sent, and when no receipt was asked for: then it
        is done once it was answered. Raises ResponseTimeout, saying what is missing, after ``timeout`` seconds (0 or
        None: no limit).

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False, delay=0) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.send("32471123456", "Hello").wait().final
        True
        """
        core, until = self._core, monotonic() + limit(timeout)
        core.here()
        while True:
            ended, seen, began = core.ended.is_set(), core.growth.number, monotonic()
            row = self._row()
            if self._done(row):
                return self
            took, left = monotonic() - began, until - monotonic()
            if ended or left <= 0:
                why = "the account is closed" if ended else f"not within {timeout:g} s"
                raise ResponseTimeout(f"message {self._msg_id} is not final, {why}: {_missing(row)}")
            core.growth.wait(seen, left)
            sleep(min(max(_LEAST, _SHARE * took), max(0.0, until - monotonic())))

    def _done(self, row: dict[str, Any]) -> bool:
        if row["final"] or row["outcome"] in _ENDED:
            return True
        return row["outcome"] == "accepted" and not self._asks_receipt()

    def _asks_receipt(self) -> bool:
        """Whether a receipt that tells its end was asked for."""
        if self._receipt is None:
            self._receipt = bool((getattr(self._sent(), "registered_delivery", None) or 0) & 0x03)
        return self._receipt

    def timeline(self) -> "pd.DataFrame":
        """Return what happened to it, oldest first: time (UTC), since (seconds), part, step and detail.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False, delay=0) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.send("32471123456", "Hello").wait().timeline()["step"].tolist()
        ['queued', 'sent', 'response', 'receipt']
        """
        import pandas as pd

        steps = self._steps()
        began = steps[0][0] if steps else 0
        return pd.DataFrame(
            {
                "time": pd.to_datetime([step[0] for step in steps], unit="ns", utc=True),
                "since": pd.array([(step[0] - began) / 1e9 for step in steps], "float64"),
                "part": pd.array([step[1] for step in steps], "int64"),
                "step": pd.array([step[2] for step in steps], "str"),
                "detail": pd.array([step[3] for step in steps], "str"),
            }
        )

    # --- what the centre is asked --------------------------------------------------------------------------------

    def query(self, timeout: float | None = 30.0) -> Any:
        """Ask the centre for its state: the response, or one for each part where there are several.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False, delay=None) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.send("32471123456", "Hello").query().message_state
        1
        """
        return self._ask(lambda owner, id, sender, to: owner.query(id, sender, timeout))

    def cancel(self, timeout: float | None = 30.0) -> Any:
        """Ask the centre to forget it: the response, or one for each part where there are several.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False, delay=None) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.send("32471123456", "Hello").cancel().command_status
        0
        """
        return self._ask(lambda owner, id, sender, to: owner.cancel(id, sender, to, timeout))

    def replace(self, text: str, timeout: float | None = 30.0) -> Any:
        """Ask the centre to send another text instead; only a message of one part can be replaced.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False, delay=None) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.send("32471123456", "Hello").replace("Good morning").command_status
        0
        """
        if self.parts > 1:
            raise ValueError(f"a message of {self.parts} parts cannot be replaced: cancel it and send another one")
        coding = self._sent().data_coding
        return self._ask(
            lambda owner, id, sender, to: owner.replace(id, sender, text, data_coding=coding, timeout=timeout)
        )

    def _ask(self, ask: Any) -> Any:
        if self._owner is None:
            raise SmppError("the account of this message is gone")
        ids = self.message_ids
        if not ids:
            why = message_sentence(self.outcome, self.command_status)
            raise SmppError(f"the centre gave this message no id, so there is nothing to ask for ({why})")
        sent = self._sent()
        sender = (sent.source_addr, sent.source_addr_ton, sent.source_addr_npi)
        to = (sent.destination_addr, sent.dest_addr_ton, sent.dest_addr_npi)
        answers = [ask(self._owner, id, sender, to) for id in ids]
        return answers[0] if len(answers) == 1 else answers

    # --- how it looks --------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        """Show in one line what became of it; its text stays out."""
        row = self._row()
        state = f" {row['state']}" if row["state"] else ""
        to, count = row["parts"][0]["destination"] or "", len(row["parts"])
        return f"<Message {self._msg_id} to {html.visible(to)}: {row['outcome']}{state}, {_count(count, 'part')}>"

    def _repr_html_(self) -> str:
        row = self._row()
        sentence = message_sentence(row["outcome"], row["command_status"])
        rows: list[tuple[object, object]] = [("to", row["parts"][0]["destination"])]
        rows += [("text", self.text if self.text is not None else "data")]
        rows += [("outcome", sentence), ("state", row["state"] or "no receipt yet")]
        rows += [("message_id", ", ".join(row["message_ids"]))] if row["message_ids"] else []
        steps = self._steps()
        began = steps[0][0] if steps else 0
        several = len(row["parts"]) > 1
        for time, part, step, detail in steps[:12]:
            of_part = f"part {part}: " if several else ""
            rows.append((f"{(time - began) / 1e9:+.3f} s", f"{of_part}{step} {detail}".strip()))
        return html.card(f"message {self._msg_id}", rows)

    # --- where it is read from -----------------------------------------------------------------------------------

    def _row(self, states: bool = True) -> dict[str, Any]:
        return message_row(self._core, self._msg_id, states)

    def _sent(self) -> Any:
        """The first request of it."""
        return requests_of(self._core, self._msg_id)[0][0]

    def _steps(self) -> list[tuple[int, int, str, str]]:
        """Time, part, name and detail of everything that happened, in order of time."""
        links = self._core.memory.links
        steps = [
            (time, part, "queued", "")
            for part, (_, time) in enumerate(requests_of(self._core, self._msg_id), 1)
            if time is not None
        ]
        for part in self._row(states=False)["parts"]:
            number, sent, answered = part["part"], part["time_sent"], part["time_resp"]
            if sent is not None:
                steps.append((sent, number, "sent", links[part["link"]].name if part["link"] is not None else ""))
            if answered is not None:
                said = message_sentence(part["outcome"], part["command_status"])
                steps.append((answered, number, "response", said + (", late" if part["late"] else "")))
            elif part["outcome"] in _ENDED:
                steps.append((sent or (steps[0][0] if steps else 0), number, part["outcome"], ""))
        steps += [(time, number, "receipt", said) for time, number, said in receipts_of(self._core, self._msg_id)]
        return sorted(steps, key=lambda step: step[0])


def _missing(row: dict[str, Any]) -> str:
    if row["outcome"] == "accepted":
        told = f"the latest receipt says {row['state']}" if row["state"] else "no receipt has come"
        return f"{message_sentence('accepted', 0)}, and {told}"
    return message_sentence(row["outcome"], row["command_status"])


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
