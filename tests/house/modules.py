"""The modules of the package as they lie on disk, and what each imports; read, not executed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "smppkit"
PYX_IMPORT = re.compile(
    r"^(?P<indent>[ \t]*)"
    r"(?:from[ \t]+(?P<origin>[.\w]+)[ \t]+c?import[ \t]+(?P<names>[^#\n]+)|c?import[ \t]+(?P<plain>[^#\n]+))",
    re.M,
)


class Import(NamedTuple):
    """One imported module; ``lazy`` when it stands inside a function."""

    name: str
    lazy: bool
    line: int


class Module(NamedTuple):
    """One source file: its dotted name below smppkit ("" for smppkit itself), its path and its text."""

    name: str
    path: Path
    text: str

    @property
    def part(self) -> str:
        """The first part of the name: the layer it belongs to."""
        return self.name.partition(".")[0]

    @property
    def is_python(self) -> bool:
        return self.path.suffix == ".py"


def modules() -> list[Module]:
    """Return every .py, .pyx and .pxd of the package."""
    found = []
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in (".py", ".pyx", ".pxd"):
            parts = path.relative_to(PACKAGE).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(name, path, path.read_text(encoding="utf-8")))
    return found


def _absolute(module: Module, level: int, origin: str) -> str:
    """Return the full name of a relative import."""
    if level == 0:
        return origin
    package = ["smppkit", *module.name.split(".")] if module.name else ["smppkit"]
    if module.path.stem != "__init__":
        package.pop()
    base = package[: len(package) - level + 1]
    return ".".join([*base, *([origin] if origin else [])])


def _typing_only(tree: ast.Module) -> set[int]:
    """Return the lines under ``if TYPE_CHECKING``: those imports never run."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.body:
                lines.update(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
    return lines


def _python_imports(module: Module) -> Iterator[Import]:
    tree = ast.parse(module.text)
    skipped = _typing_only(tree)
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    inside = {line for node in functions for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom) or node.lineno in skipped:
            continue
        lazy = node.lineno in inside
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, lazy, node.lineno) for alias in node.names)
        else:
            origin = _absolute(module, node.level, node.module or "")
            yield from (Import(f"{origin}.{alias.name}", lazy, node.lineno) for alias in node.names)


def _cython_imports(module: Module) -> Iterator[Import]:
    text = re.sub(r"\\\n", " ", module.text)
    for found in PYX_IMPORT.finditer(text):
        lazy, line = bool(found["indent"]), text.count("\n", 0, found.start()) + 1
        if found["plain"]:
            for part in found["plain"].split(","):
                yield Import(part.split()[0], lazy, line)
        else:
            bare = found["origin"].lstrip(".")
            origin = _absolute(module, len(found["origin"]) - len(bare), bare)
            for part in found["names"].strip("() \t").split(","):
                if part.strip():
                    yield Import(f"{origin}.{part.split()[0]}", lazy, line)
                else:
                    yield Import(origin, lazy, line)


def imports(module: Module) -> list[Import]:
    """Return what a module imports, by full name, imports for type checkers left out."""
    return list(_python_imports(module) if module.is_python else _cython_imports(module))


def part_of(name: str) -> str | None:
    """Return the part of smppkit that an imported name belongs to ("" is smppkit itself), None for a foreign one."""
    if name != "smppkit" and not name.startswith("smppkit."):
        return None
    return name.split(".")[1] if "." in name else ""
