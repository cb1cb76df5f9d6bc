"""Coverage-guided fuzzing of the core under AddressSanitizer and UndefinedBehaviorSanitizer; ``make fuzz``.

    fuzz.py [--minutes 5] [--keep] [target ...]    libFuzzer on the targets of tests/core/targets.py
    fuzz.py --tests tests/core tests/text          pytest in the sanitized interpreter; ``make sanitize``

Everything is made under ``build/fuzz``: ``tree``, a copy of the sources with a core built by clang; ``bin/python``, an
interpreter with libFuzzer and the sanitizers in it (``sanitized_python.c``); ``run/TARGET``, which takes options and
inputs of libFuzzer; ``crashes``. ``--keep`` writes the inputs that reach something new into ``tests/core/corpus``.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build" / "fuzz"
TREE, PYTHON, CRASHES = PLACE / "tree", PLACE / "bin" / "python", PLACE / "crashes"
COPIED = ("smppkit", "tests", "tools", "benchmarks", "setup.py", "pyproject.toml", "README.md")
BUILT = shutil.ignore_patterns("*.so", "__pycache__", "*.c")
SANITIZERS = "address,undefined"
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=32",  # CPython leaks on purpose; other tests count ours
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "PYTHONMALLOC": "malloc",  # CPython's own allocator would hide where an object ends
    "PYTHONHASHSEED": "0",  # the same input counts as the same lines
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
UNFIT = (  # measure seconds or memory, of which the sanitizers take several times as much
    "tests/core/test_unbreakable_work.py",
    "tests/journal/test_capture_memory.py",
    "tests/codec/test_hexdump.py::test_a_hostile_text_takes_no_time",
    "tests/text/test_plan.py::test_a_hundred_thousand_rows_are_quick",
    "tests/text/test_receipts_columns.py::test_hostile_columns_stay_linear",
    "tests/text/test_receipts_object.py::test_hostile_texts_cost_less_than_a_millisecond",
    "tests/text/test_receipts_object.py::test_hostile_octets_of_any_coding_cost_little",
    "tests/text/test_receipts_object.py::test_broken_octets_of_any_coding_cost_little",
)
FOUND = "# found by make fuzz: each reaches what no other input does"
MOST_INPUTS, MOST_OCTETS = 400, 40_000  # found inputs kept for one target, so that the suite stays quick


def clang() -> tuple[str, Path]:
    """Return the compiler and the library of libFuzzer, or end with what to install."""
    names = ("clang", *(f"clang-{version}" for version in range(22, 13, -1)))
    for name in names:
        path = shutil.which(name)
        if path:
            folder = Path(subprocess.check_output([path, "-print-resource-dir"], text=True).strip(), "lib")
            for library in sorted(
                folder.glob("*/libclang_rt.fuzzer_no_main*.a"), key=lambda found: "i386" in found.name
            ):
                return path, library
    sys.exit(
        "smppkit: clang or its runtime is missing: install Debian's clang and libclang-rt-dev (libclang-rt-14-dev)."
    )


# ---- building ----


def newer(source: str, target: str) -> None:
    """Copy a file unless the copy is as new, so that only what changed is built again."""
    if not os.path.exists(target) or os.stat(source).st_mtime != os.stat(target).st_mtime:
        shutil.copy2(source, target)


def copy_tree() -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, TREE / name, dirs_exist_ok=True, ignore=BUILT, copy_function=newer)
        else:
            TREE.mkdir(parents=True, exist_ok=True)
            newer(str(source), str(TREE / name))
    for path in [
        path for name in COPIED for path in (TREE / name).rglob("*") if path.suffix in (".py", ".pyx", ".pxd")
    ]:
        if not (ROOT / path.relative_to(TREE)).exists():
            path.unlink()


def build_interpreter(compiler: str, library: Path) -> None:
    source = ROOT / "tools" / "sanitized_python.c"
    if PYTHON.exists() and PYTHON.stat().st_mtime > source.stat().st_mtime:
        return
    PYTHON.parent.mkdir(parents=True, exist_ok=True)
    config = sysconfig.get_config_vars()
    lib, version = config["LIBDIR"], config["LDVERSION"]
    command = [compiler, "-g", "-O1", f"-fsanitize={SANITIZERS}", f"-I{sysconfig.get_path('include')}", str(source)]
    command += ["-rdynamic", "-Wl,--whole-archive", str(library), "-Wl,--no-whole-archive", "-o", str(PYTHON)]
    command += [f"-L{lib}", f"-L{config['LIBPL']}", f"-Wl,-rpath,{lib}", f"-lpython{version}"]
    subprocess.run([*command, *config["LIBS"].split(), *config["SYSLIBS"].split(), "-lstdc++"], check=True)
    # It takes itself for the python of a virtual environment; that gets the packages of ours but for smppkit.
    site = PLACE / "lib" / f"python{version}" / "site-packages"
    site.mkdir(parents=True, exist_ok=True)
    (PLACE / "pyvenv.cfg").write_text(f"home = {config['BINDIR']}\ninclude-system-site-packages = false\n")
    (site / "packages.pth").write_text(f"{TREE}\n{sysconfig.get_path('platlib')}\n")


def build() -> None:
    compiler, library = clang()
    print("building the sanitized core in build/fuzz: minutes the first time", flush=True)
    stamp, flags = PLACE / "flags", (ROOT / "setup.py").read_text(encoding="utf-8")
    force = [] if stamp.exists() and stamp.read_text(encoding="utf-8") == flags else ["--force"]
    copy_tree()
    build_interpreter(compiler, library)
    environment = {**os.environ, "CC": compiler, "LDSHARED": f"{compiler} -shared", "SMPPKIT_SANITIZE": "1"}
    command = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace", *force]
    subprocess.run(command, cwd=TREE, env=environment, check=True)
    stamp.write_text(flags, encoding="utf-8")


# ---- running ----


def run_tests(paths: list[str]) -> int:
    """Run pytest, which captures stderr: the sanitizers write their reports into files, shown at the end."""
    reports = PLACE / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir()
    environment = {**os.environ, "SMPPKIT_FUZZ_CASES": "100", **ENVIRONMENT}
    environment["ASAN_OPTIONS"] += ":allocator_may_return_null=1"  # as malloc does when there is not so much memory
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        environment[name] += f":log_path={reports}/report"
    command = [
        PYTHON,
        "-m",
        "pytest",
        "-q",
        "-m",
        "not slow",
        "--timeout=1200",
        *(f"--deselect={test}" for test in UNFIT),
    ]
    command += ["--hypothesis-profile=ci", *paths]  # ci: no deadlines
    code = subprocess.run(command, cwd=TREE, env=environment, check=False).returncode
    for report in reports.iterdir():
        print(report.read_text(errors="replace"))
    return code or any(reports.iterdir())


class Told(NamedTuple):
    """What became of one target; ``per_second`` is of the processor's time, for others may use it too."""

    name: str
    executions: int
    per_second: int
    features: int
    crashed: bool


def program(name: str) -> Path:
    """Write build/fuzz/run/NAME, one word for libFuzzer to run itself by, and for who replays a crash."""
    path = PLACE / "run" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = " ".join(f"{key}={value}" for key, value in ENVIRONMENT.items())
    command = f'exec nice -n 19 env {settings} "{PYTHON}" "{TREE}/tools/fuzz_one.py" {name} "$0" "$@"'
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)
    return path


def write_inputs(folder: Path, inputs: list[bytes]) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for octets in inputs:
        (folder / hashlib.sha1(octets).hexdigest()).write_bytes(octets)
    return folder


def prepare(name: str) -> list[str]:
    """Write seeds, corpus and dictionary of a target; return the options that they mean for libFuzzer."""
    from tests.core.targets import TARGETS
    from tests.core.unbreakable import corpus

    target = TARGETS[name]
    pool = target.pool(1)
    write_inputs(PLACE / "seeds" / name, pool)
    write_inputs(PLACE / "given" / name, corpus(name))
    (PLACE / "inputs" / name).mkdir(parents=True, exist_ok=True)
    escaped = ("".join(f"\\x{octet:02x}" for octet in word) for word in target.words())
    words = "".join(f'"{word}"\n' for word in escaped)
    (PLACE / f"{name}.dict").write_text(words)
    longest = 1024 if max(map(len, pool)) <= 1024 else 4096
    return [f"-dict={PLACE / name}.dict", f"-max_len={longest}"]


def fuzz(name: str, seconds: int) -> Told:
    options = [*prepare(name), f"-max_total_time={seconds}", f"-artifact_prefix={CRASHES}/{name}-"]
    options += ["-print_final_stats=1", "-timeout=120", "-malloc_limit_mb=100", "-rss_limit_mb=3000"]
    folders = [PLACE / kind / name for kind in ("inputs", "given", "seeds")]
    log = PLACE / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen([program(name), *options, *folders], stdout=out, stderr=out, cwd=TREE)
        _, status, usage = os.wait4(process.pid, 0)
    text = log.read_text(errors="replace")
    executions, features, started = (
        last(rf"{word}:? *([0-9.]+)", text) for word in ("executed_units", " ft", "started")
    )
    cpu = usage.ru_utime + usage.ru_stime - started
    told = Told(name, int(executions), int(executions / max(cpu, 0.01)), int(features), crashed=status != 0)
    print(
        f"{name:12} {told.executions:>10,} executions {told.per_second:>7,}/s {told.features:>7,} features", flush=True
    )
    return told


def last(pattern: str, text: str) -> float:
    return float((re.findall(pattern, text) or [0])[-1])


def crash_lines(name: str) -> list[str]:
    """Make crashing inputs small, and return the command that replays each."""
    lines = []
    for path in sorted(CRASHES.glob(f"{name}-[colt]*")):  # crash, oom, leak, timeout; not slow-unit
        if not path.name.endswith(".small"):
            small = path.with_name(path.name + ".small")
            command = [program(name), "-minimize_crash=1", "-max_total_time=20", f"-exact_artifact_path={small}", path]
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=TREE, check=False)
            shown = (small if small.exists() else path).relative_to(ROOT)
            lines.append(f"build/fuzz/run/{name} {shown}")
    return lines


# ---- the corpus ----


def merged(name: str) -> list[bytes]:
    """Return the fewest inputs that reach all that was ever reached, but for what the seeds reach already."""
    kept = PLACE / "kept" / name
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(PLACE / "seeds" / name, kept)
    seeds = {path.name for path in kept.iterdir()}
    options = [*prepare(name), "-set_cover_merge=1"]
    folders = [str(kept), *(str(PLACE / kind / name) for kind in ("given", "inputs"))]
    with (PLACE / f"{name}.merge.log").open("wb") as out:
        subprocess.run([program(name), *options, *folders], stdout=out, stderr=out, cwd=TREE, check=True)
    return sorted(
        (path.read_bytes() for path in kept.iterdir() if path.name not in seeds),
        key=lambda octets: (len(octets), octets),
    )


def keep(name: str, inputs: list[bytes]) -> None:
    """Write found inputs under those that people wrote, the shortest first, as many as the suite has time for."""
    from tests.core.targets import TARGETS
    from tests.core.unbreakable import CORPUS

    path = CORPUS / f"{name}.txt"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    written, _, _ = text.partition(FOUND)
    known = {bytes.fromhex(line.partition("#")[0]) for line in written.splitlines() if line.strip()}
    lines, left = [], MOST_OCTETS
    for octets in inputs[: max(20, int(MOST_INPUTS * min(1, TARGETS[name].share)))]:
        left -= len(octets)
        if octets not in known and left >= 0:
            lines.append(octets.hex())
    path.write_text("\n".join([*written.splitlines(), FOUND, *lines]) + "\n", encoding="utf-8")


def after(name: str, keeping: bool) -> str:
    """Merge what was found; say how much of it the committed corpus lacks."""
    from tests.core.unbreakable import corpus

    try:
        inputs = merged(name)
    except subprocess.CalledProcessError:
        return f"{name}: could not be merged, see build/fuzz/{name}.merge.log"
    new = len(set(inputs) - set(corpus(name)))
    if keeping:
        keep(name, inputs)
    return f"{name}: {new} new inputs of {len(inputs)}" + (", kept" if keeping else "")


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from tests.core.targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="target")
    parser.add_argument("--minutes", type=float, default=5, help="for all targets together")
    parser.add_argument("--keep", action="store_true", help="write the minimised inputs into tests/core/corpus")
    parser.add_argument("--tests", action="store_true", help="run these tests instead")
    asked = parser.parse_args()
    build()
    if asked.tests:
        return run_tests(asked.names)
    names = asked.names or list(TARGETS)
    if set(names) - set(TARGETS):
        parser.error(f"targets are {' '.join(TARGETS)}")
    CRASHES.mkdir(parents=True, exist_ok=True)
    workers = os.cpu_count() or 1
    seconds = max(1, int(asked.minutes * 60 * min(workers, len(names)) / len(names)))
    print(f"{len(names)} targets, {seconds} s each, {workers} at a time", flush=True)
    with ThreadPoolExecutor(workers) as pool:
        told = list(pool.map(lambda name: fuzz(name, seconds), names))
        print(f"{sum(one.executions for one in told):,} executions in all")
        crashed = {one.name for one in told if one.crashed}  # a merge leaves out what crashes: the corpus would shrink
        print(*pool.map(lambda name: after(name, asked.keep and name not in crashed), names), sep="\n")
    crashes = [line for one in told if one.crashed for line in crash_lines(one.name)]
    print("\n".join(f"crash: {line}" for line in crashes) or "no crash")
    return 1 if any(one.crashed for one in told) else 0


if __name__ == "__main__":
    sys.exit(main())
