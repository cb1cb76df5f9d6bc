"""``import smppkit`` is quick and light: what is heavy arrives when it is first used."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pandas", "scipy", "matplotlib", "pyarrow", "ipywidgets", "IPython", "numpy", "anywidget", "tqdm")
TIMED = "import time; t = time.perf_counter(); import smppkit; print(time.perf_counter() - t)"


def python(code: str, cwd: Path) -> str:
    """Run ``code`` in a fresh interpreter and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_takes_less_than_150_ms(tmp_path):
    best = min(float(python(TIMED, tmp_path)) for _ in range(5))  # the best: other processes only ever add
    assert best < 0.150, f"import smppkit takes {best * 1000:.0f} ms"


def test_import_loads_nothing_heavy(tmp_path):
    loaded = python("import smppkit, sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))", tmp_path)
    assert not set(HEAVY) & set(loaded.split())


def test_codec_and_text_need_no_pandas(tmp_path):
    code = (
        "import sys\nfor name in ('pandas', 'scipy', 'matplotlib', 'pyarrow'): sys.modules[name] = None\n"
        "import smppkit as sk\n"
        "pdu = sk.decode(sk.SubmitSm(destination_addr='32471123456', short_message=b'hi').encode())\n"
        "print(pdu.destination_addr, sk.plan('hi').parts, sk.parse_receipt('id:1 stat:DELIVRD').id)"
    )
    assert python(code, tmp_path) == "32471123456 1 1"


@pytest.mark.parametrize("module", ["smppkit.stats", "smppkit.frames", "smppkit.cli"])
def test_modules_load_without_matplotlib(module, tmp_path):
    assert python(f"import {module}, sys; print('matplotlib' in sys.modules)", tmp_path) == "False"


def test_accessor_registers_itself_wherever_pandas_is_used(tmp_path):
    before = "import pandas, smppkit; print(hasattr(pandas.DataFrame, 'smpp'))"
    after = "import smppkit.stats, pandas; print(hasattr(pandas.DataFrame, 'smpp'))"
    frames = "import smppkit as sk; sk.frame(b''); import pandas; print(hasattr(pandas.DataFrame, 'smpp'))"
    assert [python(code, tmp_path) for code in (before, after, frames)] == ["True"] * 3
