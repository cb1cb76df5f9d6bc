"""What is shipped: the core is built from these sources, and sdist and wheel hold what they must."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

from tests.conftest import CORE, SUFFIX, stale_modules

ROOT = Path(__file__).parents[2]
SDIST = "from setuptools import build_meta; print(build_meta.build_sdist('dist'))"
WHEEL = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"


def test_core_is_built_from_these_sources():
    assert not stale_modules(), "run: make core"


def test_no_built_module_has_lost_its_source():
    sources = {path.stem for path in CORE.glob("*.pyx")}
    orphans = {path.name for path in CORE.glob(f"*{SUFFIX}") if path.name.removesuffix(SUFFIX) not in sources}
    assert not orphans, f"delete {sorted(orphans)} from {CORE}"


def test_enumerations_of_the_core_hold_plain_numbers():
    """With overflow checks, which the debug build has, Cython cannot compile arithmetic in a cdef enum."""
    found = []
    for path in sorted([*CORE.glob("*.pyx"), *CORE.glob("*.pxd")]):
        for enumeration in re.finditer(r"^cdef enum[^\n]*:\n((?:[ ]{4}[^\n]*\n|\n)+)", path.read_text(), re.MULTILINE):
            for line in enumeration[1].splitlines():
                value = line.partition("#")[0].partition("=")[2].strip()
                if value and not re.fullmatch(r"-?(?:0[xX][0-9a-fA-F]+|[0-9_]+|[A-Z_][A-Z0-9_]*)", value):
                    found.append(f"{path.name}: {line.strip()}")
    assert not found


def test_the_core_has_no_list_comprehensions():
    """Of those Cython 3.3.1 frees an item twice when the list cannot grow: field names were lost to everybody."""
    found = []
    for path in sorted([*CORE.glob("*.pyx"), *CORE.glob("*.pxd")]):
        code = re.sub(r"^\s*(>>>|\.\.\.) .*$", "", path.read_text(), flags=re.MULTILINE)  # examples are Python
        written = re.finditer(r"\[(?:[^\[\]{}]|\{[^{}]*\})*?\sfor\s[^\[\]]*\sin\s", code)  # of dicts it frees none
        found += [f"{path.name}: {match[0]}" for match in written]
    assert not found, "write a loop"


def run(code: str, cwd: Path, **environment: str) -> str:
    """Run Python ``code`` in ``cwd`` and return the last line that it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1]


def copy_of_project(folder: Path) -> Path:
    """Copy what a checkout holds, nothing built."""
    built = {".so", ".c", ".pyc", ".html"}
    written = set((ROOT / "benchmarks").rglob("*.c"))
    for source in (*ROOT.glob("*"), *(ROOT / "smppkit").rglob("*"), *(ROOT / "benchmarks").rglob("*")):
        target = folder / source.relative_to(ROOT)
        if source.is_file() and (source.suffix not in built or source in written):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return folder


def test_sdist_and_wheel_hold_what_they_must(tmp_path):
    """Both are built with one module of the core; the others, which take a minute to compile, come from the tree."""
    tree = copy_of_project(tmp_path / "tree")
    sdist = tree / "dist" / run(SDIST, tree, SMPPKIT_ONLY="plan")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "sdist", filter="data")
    (unpacked,) = (tmp_path / "sdist").iterdir()
    in_sdist = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    wheel = unpacked / "dist" / run(WHEEL, unpacked, SMPPKIT_ONLY="plan")
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = set(archive.namelist())
        archive.extractall(tmp_path / "installed")

    package = {path.relative_to(tree).as_posix() for path in (tree / "smppkit").rglob("*") if path.is_file()}
    assert {"LICENSE", "README.md", "pyproject.toml", "setup.py"} | package <= in_sdist
    benchmarks = {path.relative_to(tree).as_posix() for path in (tree / "benchmarks").rglob("*") if path.suffix}
    assert "benchmarks/plain/plain.c" in benchmarks
    assert benchmarks <= in_sdist
    assert not {name for name in in_sdist - benchmarks if name.endswith((".c", ".so"))}
    assert {name for name in package if not name.endswith(".pyx")} <= in_wheel
    assert not {name for name in in_wheel if name.endswith((".c", ".pyx"))}
    assert "smppkit/py.typed" in in_wheel
    assert f"smppkit/_core/plan{SUFFIX}" in in_wheel
    for built in CORE.glob(f"*{SUFFIX}"):
        shutil.copy(built, tmp_path / "installed" / "smppkit" / "_core")
    code = "import smppkit as sk; print(sk.__file__, sk.decode('00000010 00000015 00000000 00000001').sequence_number)"
    assert run(code, tmp_path, PYTHONPATH=str(tmp_path / "installed")).split() == [
        str(tmp_path / "installed" / "smppkit" / "__init__.py"),
        "1",
    ]


def test_version_is_said_once_and_is_in_the_changelog():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" not in project
    namespace: dict[str, str] = {}
    exec((ROOT / "smppkit" / "_version.py").read_text(encoding="utf-8"), namespace)
    assert f"## {namespace['__version__']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
