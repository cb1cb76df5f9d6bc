"""The code of README.md runs as it stands: Python blocks in order, in one namespace, and the smppkit commands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of one language, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [code for found, code in BLOCK.findall(text) if found == language]


def commands(page: str) -> list[str]:
    """Return the smppkit commands that console blocks show."""
    lines = "".join(blocks(page, "console")).splitlines()
    return [line[2:] for line in lines if line.startswith("$ smppkit")]


def test_readme_shows_code_and_commands():
    assert blocks("README.md", "python")
    assert commands("README.md")
    assert "make demo" in (ROOT / "README.md").read_text(encoding="utf-8").split("\n## ")[0]


def test_python_blocks_run_in_order(workplace):
    namespace: dict[str, object] = {"__name__": "__main__"}
    for number, code in enumerate(blocks("README.md", "python")):
        exec(compile(code, f"README.md, Python block {number + 1}", "exec"), namespace)


@pytest.mark.parametrize("command", commands("README.md"))
def test_commands_run(command, workplace):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
    assert done.stdout.strip()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_to_files_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), f"{page} links to {target}"
