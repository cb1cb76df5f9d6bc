"""JupyterLab and Chromium for the tests of the panels: homes and a server of their own, a page that asks nobody else.

The picture of every test is written to the folder E2E_SHOTS, when that is set.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, WebSocket, sync_playwright
from playwright.sync_api import TimeoutError as TooLong

from tests.conftest import ROOT
from tools import browser

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
HOME = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
NOTEBOOKS = Path(__file__).parent / "notebooks"
PATIENCE = 60.0  # seconds for a server or a page to come up
TOKEN = "e2e"
_FOLDERS = (
    *("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"),
    *("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR"),
)
_ERROR = '.jp-OutputArea [data-mime-type="application/vnd.jupyter.error"]'
_STARTED = r"""() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
    .some(prompt => /\[(\d+|\*)\]/.test(prompt.textContent))"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def served(command: list[str], environment: dict[str, str], url: str, log: Path) -> Iterator[None]:
    """Run a web server for a while; return when it answers."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + PATIENCE
        while True:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[2]} did not come up:\n{log.read_text(errors='replace')[-2000:]}")
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
                answer.read()
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Path]:
    """Return an environment with homes of its own: a developer's settings reach no test, nor the other way."""
    base = tmp_path_factory.mktemp("jupyter")
    environment = dict(os.environ)
    for name in _FOLDERS:
        (base / name).mkdir()
        environment[name] = str(base / name)
    laboratory = base / "JUPYTER_CONFIG_DIR" / "labconfig"
    laboratory.mkdir()
    no_news = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (laboratory / "page_config.json").write_text(json.dumps(no_news), encoding="utf-8")
    environment["PYTHONPATH"] = str(ROOT)
    return environment, base


class Lab(NamedTuple):
    """A JupyterLab that runs: its address, the folder of its homes and its notebooks."""

    address: str
    base: Path

    @property
    def root(self) -> Path:
        return self.base / "work"

    def settings(self, extension: str, plugin: str) -> Path:
        """Return the file in which JupyterLab keeps what a user set."""
        return self.base / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab" / extension / f"{plugin}.jupyterlab-settings"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return what its REST interface answers."""
        url = f"{self.address}/api/{path}?token={TOKEN}"
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=PATIENCE) as answer:
            return json.loads(answer.read() or b"null")


@pytest.fixture(scope="session")
def lab(chromium_path: str, jupyter: tuple[dict[str, str], Path]) -> Iterator[Lab]:
    """Run JupyterLab in an empty folder."""
    environment, base = jupyter
    (base / "work").mkdir()
    tracker = Lab("", base).settings("notebook-extension", "tracker")
    tracker.parent.mkdir(parents=True)
    tracker.write_text(json.dumps({"windowingMode": "none"}), encoding="utf-8")  # all cells stay on the page
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    command += [f"--ServerApp.root_dir={base / 'work'}", "--LabApp.extension_manager=readonly"]
    with served(command, environment, f"{address}/api?token={TOKEN}", base / "lab.log"):
        yield Lab(address, base)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return where the browser is; without one, skip here and fail where it is required."""
    found = browser.find()
    if found is None:
        (pytest.fail if browser.required() else pytest.skip)(browser.lacking())
    return str(found)


@pytest.fixture(scope="module")  # no longer: while playwright runs, no other test of the session can use asyncio
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return a page; ``page.outside`` has every address it asked that is not of this machine."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    made = context.new_page()
    outside: list[str] = []
    made.outside = outside
    made.kernel_speaks = False

    def heard(socket: WebSocket) -> None:
        if socket.url.partition("?")[0].endswith("/channels"):
            socket.on("framereceived", lambda _: setattr(made, "kernel_speaks", True))

    made.on("websocket", heard)
    made.on("request", lambda asked: None if asked.url.startswith(HOME) else outside.append(asked.url))
    yield made
    picture(made, request.node.name)
    context.close()


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page when E2E_SHOTS names a folder."""
    if folder := os.environ.get("E2E_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


@pytest.fixture
def run_all(lab: Lab, page: Page, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Return what opens a copy of a notebook, runs all its cells and waits until ``count`` of something are seen."""

    def run(notebook: str, ready: str, count: int = 1) -> Page:
        name = f"{request.node.name}.ipynb"
        shutil.copy(NOTEBOOKS / notebook, lab.root / name)  # JupyterLab saves by itself
        # A kernel is there before the page: else JupyterLab may ask which one to take, or start two.
        session = {"path": name, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        lab.ask("POST", "sessions", session)
        page.goto(f"{lab.address}/doc/tree/{name}?token={TOKEN}")  # /doc/: one document, no side panels
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=PATIENCE * 1000)
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=PATIENCE * 1000)
        wanted, error = page.locator(ready), page.locator(_ERROR)
        end = time.monotonic() + PATIENCE
        while wanted.count() < count and not error.count():
            assert time.monotonic() < end, f"{notebook} did not show {ready}"
            # The idle dot comes before the kernel is connected; a "Run All" before that is lost, or asks for a kernel.
            if page.kernel_speaks and not page.evaluate(_STARTED):
                press_run_all(page)
            page.wait_for_timeout(100)
        assert not error.count(), error.first.inner_text()
        return page

    yield run
    lab.settings("apputils-extension", "themes").unlink(missing_ok=True)  # the next test begins in the light
    for kernel in lab.ask("GET", "kernels"):
        lab.ask("DELETE", f"kernels/{kernel['id']}")


def press_run_all(page: Page) -> None:
    """Run all cells, and see that this is not lost."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-item", has_text="Run All Cells").first.click()
    with contextlib.suppress(TooLong):
        page.wait_for_function(_STARTED, timeout=3_000)
    choice = page.get_by_role("button", name="Select Kernel")
    if choice.is_visible():
        choice.click()


def dark(page: Page) -> None:
    """Switch to the dark theme of JupyterLab."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.locator(".lm-Menu-item", has_text="Theme").first.hover()
    page.locator(".lm-Menu-item", has_text="JupyterLab Dark").first.click()
    page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached", timeout=PATIENCE * 1000)
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=PATIENCE * 1000)
