"""The tool that finds the browser: a machine without one skips these tests, and fails where a browser is required."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tools import browser


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    for name in ("CI", "SMPPKIT_BROWSER", "SMPPKIT_CHROMIUM"):
        monkeypatch.delenv(name, raising=False)


def test_a_browser_is_found_by_name_and_by_the_environment(tmp_path, monkeypatch):
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\n", encoding="ascii")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find() == str(program)
    monkeypatch.setenv("SMPPKIT_CHROMIUM", str(tmp_path / "nothing"))
    assert browser.find() is None


@pytest.mark.parametrize(
    ("name", "value", "needed"),
    [("CI", "true", True), ("CI", "false", False), ("SMPPKIT_BROWSER", "required", True), ("CI", "", False)],
)
def test_where_a_browser_is_required(name, value, needed, monkeypatch):
    monkeypatch.setenv(name, value)
    assert browser.required() is needed
    assert ("cannot run" if needed else "are skipped") in browser.lacking()


@pytest.mark.parametrize(("required", "status"), [("", 0), ("required", 1)])
def test_without_a_browser_one_line_says_so(required, status):
    environment = os.environ | {"SMPPKIT_CHROMIUM": "no-such-program", "SMPPKIT_BROWSER": required}
    command = [sys.executable, str(ROOT / "tools" / "browser.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == status
    assert done.stderr.startswith("smppkit: no Chromium or Chrome here")
    assert done.stderr.count("\n") == 1
