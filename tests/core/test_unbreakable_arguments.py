"""Functions of the core called with anything: they answer or raise, whatever they are given."""

import subprocess
import sys

import pytest

ROUNDS = 40


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="each round is a child, made by fork")
def test_arguments_of_every_kind_end_in_an_answer_or_an_error(seed, root):
    command = [sys.executable, "-m", "tests.core.arguments", str(seed), str(ROUNDS)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
