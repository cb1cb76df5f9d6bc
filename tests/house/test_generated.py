"""What is generated from the rows and committed is what the rows say today."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("tool", ["compliance.py", "stubs.py"])
def test_generated_file_is_current(tool):
    command = [sys.executable, f"tools/{tool}", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run make docs\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize(
    "mention", ["submit_sm_resp", "broadcast_area_identifier", "ESME_RTHROTTLED", "esm_class.message_type"]
)
def test_compliance_table_names_everything(mention):
    assert mention in (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8")
