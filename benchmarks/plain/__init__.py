"""The same task in plain C, built by the compiler of the system in a temporary folder: a yardstick."""

import importlib.util
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType

NAME = "plain C"


@cache
def build(name: str = "plain") -> ModuleType | str:
    """Compile and import the extension whose source is ``name``.c; return a sentence where that cannot be done."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"{name}{sysconfig.get_config_var('EXT_SUFFIX')}"
        compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
        flags = ["-O3", "-std=c11", "-shared", "-fPIC", "-I", sysconfig.get_path("include")]
        if sys.platform == "darwin":
            flags += ["-undefined", "dynamic_lookup"]
        command = [*compiler, *flags, str(Path(__file__).with_name(f"{name}.c")), "-o", str(path)]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            return f"Not measured: {NAME} (there is no compiler {compiler[0]})."
        except subprocess.CalledProcessError as error:
            return f"Not measured: {NAME} (it does not compile: {error.stderr.strip().splitlines()[0]})."
        return _load(name, path)


def _load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
