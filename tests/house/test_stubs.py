"""The .pyi files say what the built modules have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "smppkit" / "_core"
ALLOWED = ROOT / "tests" / "house" / "stubtest_allowed.txt"


def test_every_module_of_the_core_has_a_stub():
    assert {path.stem for path in CORE.glob("*.pyi")} >= {path.stem for path in CORE.glob("*.pyx")}


def test_every_stub_belongs_to_a_module():
    stubs = (ROOT / "smppkit").rglob("*.pyi")
    orphans = [stub for stub in stubs if not (stub.with_suffix(".py").exists() or stub.with_suffix(".pyx").exists())]
    assert not orphans


@pytest.mark.slow
def test_stubs_match_the_built_modules(tmp_path):
    settings = tmp_path / "mypy.ini"
    settings.write_text("[mypy]\nfollow_imports = silent\n")  # what is wrong elsewhere, make lint says
    stubs = sorted((ROOT / "smppkit").rglob("*.pyi"))
    names = [".".join(stub.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for stub in stubs]
    options = ["--concise", "--ignore-unused-allowlist", "--allowlist", ALLOWED, "--mypy-config-file", settings]
    options += ["--ignore-disjoint-bases"]  # every cdef class is one
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", *options, *names],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
