"""What all tests share: a seed that is printed and can be given again, and a core that is built from these sources.

SMPPKIT_SEED=123 in the environment repeats a run: it seeds hypothesis, ``random`` and the fixture ``seed``.
"""

import importlib.machinery
import os
import random
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "smppkit" / "_core"
SUFFIX = importlib.machinery.EXTENSION_SUFFIXES[0]


def stale_modules() -> list[str]:
    """Return the modules of the core whose built form is missing or older than their source."""
    stale = []
    for source in sorted(CORE.glob("*.pyx")):
        built = source.with_suffix(SUFFIX)
        if not built.exists() or built.stat().st_mtime < source.stat().st_mtime:
            stale.append(source.stem)
    return stale


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    seed = os.environ.setdefault("SMPPKIT_SEED", str(random.SystemRandom().randrange(2**32)))
    if getattr(config.option, "hypothesis_seed", None) is None:
        config.option.hypothesis_seed = seed


def pytest_report_header() -> list[str]:
    lines = [f"seed: {os.environ['SMPPKIT_SEED']} (again: SMPPKIT_SEED={os.environ['SMPPKIT_SEED']})"]
    stale = stale_modules()
    return [*lines, f"core: older than its source: {', '.join(stale)}"] if stale else lines


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that tested a core built from other sources than those in the tree: its results mean nothing."""
    if session.exitstatus == pytest.ExitCode.OK and stale_modules():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    stale = stale_modules()
    if stale:
        names = ", ".join(stale)
        terminalreporter.section("stale core", red=True)
        terminalreporter.line(f"{names}: the built module is older than its source, so this run fails. Run: make core")


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Return a number that differs from test to test and repeats with SMPPKIT_SEED."""
    return int(os.environ["SMPPKIT_SEED"]) ^ zlib.crc32(request.node.nodeid.encode())


@pytest.fixture(autouse=True)
def _seeded(seed: int) -> None:
    random.seed(seed)


@pytest.fixture
def root() -> Path:
    """Return the folder of the project."""
    return ROOT


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change into an empty folder from which the shipped captures are reachable as tests/captures."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def every_microsecond() -> Iterator[None]:
    """Let Python switch between threads as often as it can, so that few runs meet many orders of what they do."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)
