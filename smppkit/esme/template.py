"""Texts with the columns of a table in them: "Hi {name}"; joined without an object for a row."""

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import TableError

if TYPE_CHECKING:
    from .rows import Rows

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class Template(NamedTuple):
    """A text and the columns in it: ``literals`` stand before, between and behind the ``fields``.

    >>> Template.of("Hi {name}, {{soon}}")
    Template(literals=('Hi ', ', {soon}'), fields=('name',))
    """

    literals: tuple[str, ...]
    fields: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Template":
        """Read a text; ``ValueError`` for a brace that stands alone, and for a field without a name."""
        if not isinstance(text, str):
            raise ValueError(f"the text is {type(text).__name__}, not a str")
        literals, fields, at = [""], [], 0
        for found in _PIECE.finditer(text):
            literals[-1] += text[at : found.start()]
            at = found.end()
            if found[0] in ("{{", "}}"):
                literals[-1] += found[0][0]
            elif found[1] is None:
                raise ValueError(f"the text has a single {found[0]} at {found.start()}: write {found[0] * 2} for it")
            elif not found[1].strip():
                raise ValueError(f"the text has {{}} at {found.start()}: write the name of a column in it, or {{{{}}}}")
            else:
                fields.append(found[1].strip())
                literals.append("")
        literals[-1] += text[at:]
        return cls(tuple(literals), tuple(fields))

    def fill(self, rows: "Rows") -> tuple[Any, dict[int, str]]:
        """Return the text of every row (large_string, null where a value is missing), and which lack what.

        ``TableError`` names the columns there are when one is not.

        >>> from smppkit.esme.rows import Rows
        >>> texts, lacking = Template.of("Hi {name}").fill(Rows.of({"to": ["1", "2"], "name": ["Ann", None]}))
        >>> texts.to_pylist(), lacking
        (['Hi Ann', None], {1: "no value in column 'name'"})
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        self._check(rows)
        if not self.fields:
            return pa.repeat(pa.scalar(self.literals[0], pa.large_string()), rows.count), {}
        columns = {name: rows.texts(name) for name in self.fields}
        pieces: list[Any] = []
        for literal, name in zip(self.literals, (*self.fields, ""), strict=True):
            pieces += [pa.scalar(literal, pa.large_string())] if literal else []
            pieces += [columns[name]] if name else []
        lacking: dict[int, str] = {}
        for name, column in reversed(columns.items()):
            if column.null_count:
                bad = pc.indices_nonzero(column.is_null()).to_pylist()
                lacking |= dict.fromkeys(bad, f"no value in column {name!r}")
        return pc.binary_join_element_wise(*pieces, pa.scalar("", pa.large_string())), lacking

    def _check(self, rows: "Rows") -> None:
        for name in self.fields:
            if name not in rows.names:
                raise TableError(
                    f"the text names {{{name}}}, but the table has: {', '.join(rows.names) or 'no column'}"
                )
