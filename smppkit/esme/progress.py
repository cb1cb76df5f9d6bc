"""A bar of progress, for runs that take longer than a second and where somebody looks."""

import sys
from time import monotonic
from typing import Any

AFTER = 1.0  # seconds without a bar


class Progress:
    """Shows how many of ``total`` parts have their outcome; nothing before a second has passed.

    ``wanted`` is True, False, or None for a terminal or a notebook.

    >>> with Progress(10, False) as bar:
    ...     bar.show(5)
    """

    def __init__(self, total: int, wanted: bool | None = None) -> None:
        """Begin without a bar."""
        self._total = total
        self._wanted = somebody_looks() if wanted is None else wanted
        self._begun = monotonic()
        self._bar: Any = None

    def show(self, done: int) -> None:
        """Say how many are done by now."""
        if not self._wanted:
            return
        if self._bar is None:
            if monotonic() - self._begun < AFTER:
                return
            from tqdm.auto import tqdm  # type: ignore[import-untyped]  # it ships no types

            self._bar = tqdm(total=self._total, initial=done, unit="part", dynamic_ncols=True)
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> "Progress":
        """Return the bar."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Leave what it shows."""
        if self._bar is not None:
            self._bar.refresh()
            self._bar.close()


def somebody_looks() -> bool:
    """Tell whether this is a notebook, or errors go to a terminal.

    >>> somebody_looks() in (True, False)
    True
    """
    if "ipykernel" in sys.modules:
        return True
    return sys.stderr is not None and sys.stderr.isatty()
