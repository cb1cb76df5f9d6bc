"""Builds the Cython core; fails loudly without a compiler, for the package has no other codec."""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

DEBUG = os.environ.get("SMPPKIT_DEBUG") == "1"  # bounds checks on: the whole suite runs once this way
ANNOTATE = os.environ.get("SMPPKIT_ANNOTATE") == "1"
ONLY = os.environ.get("SMPPKIT_ONLY", "").split()  # developer's loop: these modules of the core alone; "none": no core
SANITIZE = os.environ.get("SMPPKIT_SANITIZE") == "1"  # by tools/fuzz.py, with CC=clang, in a copy of the tree
# Warnings about generated C say nothing to who installs the package; the debug build shows them to who writes it.
FLAGS = [] if sys.platform == "win32" else ["-O3", "-g0", *([] if DEBUG else ["-w"])]
if SANITIZE:  # the first misstep ends the program; the runtimes are in the interpreter that loads the modules
    # Python's own flags say -fwrapv, under which signed overflow goes unseen; not every compiler has it.
    FLAGS = ["-O1", "-gline-tables-only", "-fno-omit-frame-pointer", "-w", "-fno-wrapv", "-fno-sanitize-recover=all"]
    FLAGS += ["-fsanitize=address,undefined,fuzzer-no-link"]
    FLAGS += ["-fno-sanitize=pointer-overflow"]  # Cython adds 0 to NULL where a class is made without arguments
GIVEN = os.environ.get("SMPPKIT_FLAGS", "").split()  # for compiler and linker in place of these: coverage, sanitizers

directives = {
    "language_level": 3,
    "binding": True,
    "embedsignature": True,
    "freethreading_compatible": True,
    "cdivision": not DEBUG,
    "boundscheck": DEBUG,
    "wraparound": DEBUG,
    "initializedcheck": DEBUG,
    "overflowcheck": DEBUG,
}
sources = sorted(path for path in Path("smppkit/_core").glob("*.pyx") if not ONLY or path.stem in ONLY)
modules = cythonize(
    [
        Extension(f"smppkit._core.{path.stem}", [str(path)], extra_compile_args=GIVEN or FLAGS, extra_link_args=GIVEN)
        for path in sources
    ],
    compiler_directives=directives,
    annotate=ANNOTATE,
    force=ANNOTATE,
    quiet=True,
    nthreads=(os.cpu_count() or 0) if sys.platform == "linux" else 0,  # processes, started by fork
    build_dir="build/cython-debug" if DEBUG else "build/cython",  # generated C stays out of the source tree
)
setup(ext_modules=modules, options={"build_ext": {"parallel": os.cpu_count()}})
