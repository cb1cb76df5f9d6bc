"""Says in one sentence each what this machine lacks to build smppkit; exit status 1 when anything is missing.

Run by ``make`` before anything else, with whatever Python there is: keep to the syntax of Python 3.6.
"""

import importlib.util
import os
import shlex
import shutil
import sys
import sysconfig

OLDEST = (3, 11)


def version_fault():
    """Python itself."""
    if sys.version_info >= OLDEST:
        return None
    return (
        f"Python 3.11 or later is needed, and {sys.executable} is {sys.version.split()[0]}: install Debian's python3 "
        "(a release that has 3.11), or any later Python and name it: make PYTHON=/path/to/python3 …"
    )


def venv_fault():
    """The standard modules that make a virtual environment; Debian packages them apart."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return None
    return "Python's venv module is missing: install Debian's python3-venv, or your system's full Python package."


def header_fault():
    """The headers that a C extension includes."""
    header = os.path.join(sysconfig.get_path("include"), "Python.h")
    if os.path.exists(header):
        return None
    return f"Python's C headers are missing ({header}): install Debian's python3-dev, python3-devel elsewhere."


def compiler_fault():
    """The C compiler and the C library's headers."""
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if os.name != "nt" and not shutil.which(command):
        return f"No C compiler: {command} is not there; install Debian's gcc, elsewhere clang or Xcode's tools."
    if sys.platform.startswith("linux") and not os.path.exists("/usr/include/stdlib.h"):
        return "The C library's headers are missing: install Debian's libc6-dev, glibc-devel or musl-dev elsewhere."
    return None


def main():
    checks = [version_fault, venv_fault, header_fault, compiler_fault]
    faults = [fault for fault in (check() for check in checks) if fault]
    for fault in faults:
        print("smppkit: " + fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
