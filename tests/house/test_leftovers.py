"""Nothing half done, nothing of one machine, nothing too long to be read."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.modules import Module, modules

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 450
LONGEST_FUNCTION = 60
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|NotImplemented" r"Error)\b")
OF_ONE_MACHINE = re.compile(r"(?<![\w.])/(home|root|work|Users|tmp|opt)/\w+|[A-Z]:\\Users\\")
TEXTS = {".py", ".pyx", ".pxd", ".pyi", ".md", ".toml", ".yaml", ".yml", ".cfg", ".ipynb", ".js", ".css", ".csv", ""}
FOLDERS = ("smppkit", "tests", "tools", "docs", "benchmarks", "notebooks", ".ci", ".github")
EVERY_MODULE = pytest.mark.parametrize("module", modules(), ids=lambda module: module.path.name + ":" + module.name)


def texts() -> list[Path]:
    """Return every text file of the project."""
    inside = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    return [path for path in (*ROOT.iterdir(), *inside) if path.is_file() and path.suffix in TEXTS]


def functions(module: Module) -> dict[str, int]:
    """Return name and length of every function; in Cython a function ends where the indentation does."""
    if module.is_python:
        nodes = [node for node in ast.walk(ast.parse(module.text)) if isinstance(node, ast.FunctionDef)]
        return {node.name: (node.end_lineno or node.lineno) - node.lineno + 1 for node in nodes}
    found: dict[str, int] = {}
    open_: list[tuple[int, str, int]] = []
    lines = module.text.splitlines()
    last = 0
    for number, line in enumerate([*lines, "end"]):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        while open_ and indent <= open_[-1][0] and not line.lstrip().startswith(")"):
            _, name, start = open_.pop()
            found[name] = last - start + 1
        head = re.match(r"\s*(?:async )?(?:c|cp)?def [^=]*?(\w+)\(", line)
        if head:
            open_.append((indent, head[1], number))
        last = number
    return found


@EVERY_MODULE
def test_nothing_is_left_unfinished(module):
    assert not UNFINISHED.search(module.text)


@pytest.mark.parametrize("path", texts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_path_of_one_machine(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    found = OF_ONE_MACHINE.search(text)
    assert found is None or path == Path(__file__), f"{path}: {text[max(found.start() - 20, 0) : found.end() + 20]!r}"


@EVERY_MODULE
def test_files_can_be_read_in_one_go(module):
    if module.part != "spec":  # tables are as long as the standard
        assert module.text.count("\n") <= LONGEST_FILE


@EVERY_MODULE
def test_functions_can_be_read_in_one_go(module):
    too_long = {name: length for name, length in functions(module).items() if length > LONGEST_FUNCTION}
    assert not too_long, f"{module.path}: {too_long}"


@EVERY_MODULE
def test_module_says_its_one_job(module):
    if module.path.suffix == ".pxd":
        return
    assert re.match(r'(#[^\n]*\n)*\s*r?"""\S', module.text), f"{module.path} opens without a docstring"


def test_the_measure_of_functions_works_for_cython():
    source = (
        "cdef int short(\n    int a,\n) noexcept nogil:\n    return a\n\n\n"
        "class A:\n    def long(self):\n        x = 1\n\n        return x\n"
    )
    module = Module("_core.some", Path("some.pyx"), source)
    assert functions(module) == {"short": 4, "long": 4}
