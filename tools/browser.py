"""Finds Chromium or Chrome for the tests of the panels, and installs Debian's where that is possible.

``python tools/browser.py`` prints where the browser is; with ``--install`` it installs what is missing, when this user
is root and there is apt-get. Exit status 1 when there is none though SMPPKIT_BROWSER=required or CI is set: then a
missing browser is a failure, elsewhere the tests that need one are skipped.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = ("/usr/bin", "/usr/local/bin", "/snap/bin", "/Applications/Google Chrome.app/Contents/MacOS")
PACKAGES = ("chromium", "fonts-dejavu-core")  # without a font every label is drawn as boxes
LACKING = "no Chromium or Chrome here"
ADVICE = "install Debian's chromium and fonts-dejavu-core, or name one: SMPPKIT_CHROMIUM=…"


def find() -> str | None:
    """Return the path of a browser, None when there is none; SMPPKIT_CHROMIUM names another."""
    named = os.environ.get("SMPPKIT_CHROMIUM")
    if named:
        return shutil.which(named)
    path = os.pathsep.join([os.environ.get("PATH", ""), *PLACES])
    return next((found for name in NAMES if (found := shutil.which(name, path=path))), None)


def required() -> bool:
    """Return whether a missing browser is a failure."""
    return os.environ.get("SMPPKIT_BROWSER") == "required" or os.environ.get("CI", "") not in ("", "0", "false")


def lacking() -> str:
    """Return the sentence for a machine without a browser."""
    return f"{LACKING}: the browser tests {'cannot run' if required() else 'are skipped'}; {ADVICE}"


def may_install() -> bool:
    """Return whether this user may install packages of Debian."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install() -> None:
    """Install the browser and a font; what apt says is shown only when it fails."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    wait = ("-o", "DPkg::Lock::Timeout=300")  # another apt may be at work
    for command in (
        ["apt-get", "update", "-qq", *wait],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *wait, *PACKAGES],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode:  # after a failed update the lists that are there may still do
            print(f"smppkit: {' '.join(command)} failed:\n{done.stdout}{done.stderr}", file=sys.stderr)


def main() -> int:
    if find() is None and "--install" in sys.argv and may_install():
        print("installing chromium for the browser tests")
        install()
    found = find()
    if found is not None:
        if "--install" not in sys.argv:
            print(Path(found))
        return 0
    print(f"smppkit: {lacking()}", file=sys.stderr)
    return 1 if required() else 0


if __name__ == "__main__":
    sys.exit(main())
