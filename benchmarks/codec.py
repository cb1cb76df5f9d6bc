"""The codec beside rivals, one PDU and a million: ``python -m benchmarks.codec``.

--rounds 9          rounds of the rows of one call
--pdus 1000000      how many PDUs make a million; 0 leaves those rows out
--many-rounds 3     rounds of those rows
--write [PATH]      last: keep the tables as codec.md, in benchmarks/results or where PATH says
"""

from . import encoding, many_pdus, one_pdu
from .rounds import options, publish


def main(arguments: list[str] | None = None) -> None:
    chosen = options(__doc__ or "", pdus=1_000_000, many_rounds=3).parse_args(arguments)
    tables = one_pdu.tables(chosen.rounds)
    if chosen.pdus:
        tables += many_pdus.tables(chosen.pdus, chosen.many_rounds)
        tables += encoding.tables(chosen.pdus, chosen.many_rounds)
    publish(chosen.write, "codec", arguments, *tables)


if __name__ == "__main__":
    main()
