"""Run every benchmark beside rivals, with short defaults: ``python -m benchmarks [--rounds 5] [--write [PATH]]``.

Each part run by itself is longer: ``python -m benchmarks.codec``, ``.alphabets``, ``.sending``. ``--write`` keeps the
tables in benchmarks/results, with the command that repeats them.
"""

from . import alphabets, codec, sending
from .rounds import options

SHORT = {
    alphabets: ["--receipts", "50000"],
    codec: ["--pdus", "200000", "--many-rounds", "3"],
    sending: ["--messages", "5000"],
}

chosen = options(__doc__ or "", rounds=5).parse_args()
for part, given in SHORT.items():
    kept = ["--write", str(chosen.write)] if chosen.write else []
    part.main(["--rounds", str(chosen.rounds), *given, *kept])
    print()
