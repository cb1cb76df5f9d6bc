"""The packages we are measured beside: which are here, and why the others are not."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import NamedTuple


class Rival(NamedTuple):
    """A package as the index calls it, and what to import of it."""

    package: str
    modules: tuple[str, ...]


# Asked for, and never to be measured: said in every report, for leaving them out silently would flatter us.
CODEC_UNFIT = {
    "rusmppyc": "a client only: it decodes and encodes inside its event loop, nothing of that can be called; "
    "benchmarks.sending measures how it sends"
}
ALPHABET_UNFIT = {"smspdu": "does not install: its setup is written in Python 2"}


class Found(NamedTuple):
    """The modules of the rivals that are here, and a sentence for each that is not."""

    modules: dict[str, tuple[ModuleType, ...]]
    absent: list[str]

    @property
    def packages(self) -> list[str]:
        return list(self.modules)


def find(rivals: Sequence[Rival], unfit: dict[str, str]) -> Found:
    found = Found({}, [f"Not measured: {name} {_version(name)}({reason})." for name, reason in unfit.items()])
    for rival in rivals:
        try:
            found.modules[rival.package] = tuple(_import(rival.modules))
        except ImportError as error:
            found.absent.append(f"Not measured: {rival.package} (cannot be imported: {error}).")
    return found


def _import(names: Iterable[str]) -> Iterable[ModuleType]:
    return [import_module(name) for name in names]


def _version(package: str) -> str:
    try:
        return f"{version(package)} "
    except PackageNotFoundError:
        return ""
